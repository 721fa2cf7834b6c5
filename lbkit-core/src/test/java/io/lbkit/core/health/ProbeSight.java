package io.lbkit.core.health;

import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ReadyHandler;
import java.lang.reflect.Field;

/** What can only be seen from inside a probe. */
public final class ProbeSight {

    private static final Field PHASE = field("phase");
    private static final Field REQUEST = field("request");
    private static final Field SAID = field("said");
    private static final Field SAY_FAILED = field("sayFailed");
    private static final Field ENDED = field("ended");

    private ProbeSight() {}

    /** Readiness for what a probe can use now: it hears whatever comes, from when it is connected until it is gone. */
    public static int wish(ReadyHandler probe) {
        boolean mustSay =
                (int) in(SAID, probe) < ((byte[]) in(REQUEST, probe)).length && !(boolean) in(SAY_FAILED, probe);
        return switch (in(PHASE, probe).toString()) {
            case "CONNECTING" -> Endpoint.WRITE;
            case "TALKING" -> Endpoint.READ | (mustSay ? Endpoint.WRITE : 0);
            case "LEAVING" -> Endpoint.READ | ((boolean) in(ENDED, probe) ? 0 : Endpoint.WRITE);
            default -> 0;
        };
    }

    private static Field field(String name) {
        try {
            Field field = Probe.class.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }

    private static Object in(Field field, Object probe) {
        try {
            return field.get(probe);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
