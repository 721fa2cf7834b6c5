package io.lbkit.core.relay;

import io.lbkit.CloseReason;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ReadyHandler;
import java.lang.reflect.Field;

/** What sessions can use of their endpoints, worked out from how they stand and from nothing that they have asked for. */
public final class Wishes {

    private static final Field CLIENT = field(Session.class, "client");
    private static final Field TO_BACKEND = field(Session.class, "toBackend");
    private static final Field EXCHANGE = field(Session.class, "exchange");
    private static final Field ENDING = field(Session.class, "ending");
    private static final Field TAIL = field(Ending.class, "tail");
    private static final Field WAITS = field(Ending.class, "waits");

    private Wishes() {}

    /** What a session speaks to its client through. */
    public static Endpoint client(ReadyHandler session) {
        return (Endpoint) in(CLIENT, session);
    }

    /**
     * Readiness for what a session can use now.
     *
     * @param ofClient of its client's endpoint, or else of that of its backend
     */
    public static int of(ReadyHandler owner, boolean ofClient) {
        Session session = (Session) owner;
        Direction toBackend = (Direction) in(TO_BACKEND, session);
        if (session.isIn(SessionPhase.PRELUDE)) {
            return Endpoint.READ; // something is missing, or it would be over
        }
        if (session.isIn(SessionPhase.RELAYING)) {
            Direction toClient = ((Exchange) in(EXCHANGE, session)).toClient();
            return ofClient ? both(toBackend, toClient) : both(toClient, toBackend);
        }
        if (session.isIn(SessionPhase.ENDING)) {
            return ofEnding((Ending) in(ENDING, session), ofClient);
        }
        return ofClient ? read(toBackend.wantsGather()) : Endpoint.WRITE; // for the outcome of the connect
    }

    private static int ofEnding(Ending ending, boolean ofClient) {
        Direction tail = (Direction) in(TAIL, ending);
        boolean ofDead = ofClient == (ending.reason() == CloseReason.RESET_BY_CLIENT);
        if (ofDead) {
            return read(canRead(tail));
        }
        boolean waits = (boolean) in(WAITS, ending);
        return !waits && (mustWrite(tail) || tail.isDone()) ? Endpoint.WRITE : 0; // to know when it is taken
    }

    private static int both(Direction from, Direction to) {
        return read(canRead(from)) | (mustWrite(to) ? Endpoint.WRITE : 0);
    }

    private static int read(boolean can) {
        return can ? Endpoint.READ : 0;
    }

    /** There may be more, it has somewhere to go, and it is not too fast. */
    private static boolean canRead(Direction from) {
        return from.isOpen() && from.carried() == 0 && !from.isHeld();
    }

    /** Bytes wait, or an end. */
    private static boolean mustWrite(Direction to) {
        return to.carried() > 0 || !to.isOpen() && !to.isDone();
    }

    private static Field field(Class<?> owner, String name) {
        try {
            Field field = owner.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }

    private static Object in(Field field, Object owner) {
        try {
            return field.get(owner);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
