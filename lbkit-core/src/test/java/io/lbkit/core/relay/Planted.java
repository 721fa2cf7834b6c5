package io.lbkit.core.relay;

import io.lbkit.core.admission.Throttle;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.transport.ReadyHandler;
import java.util.List;

/** Bugs that can only be planted from inside the engine's package. */
public final class Planted {

    private Planted() {}

    /** A buffer is taken and never given back. */
    public static void leakBuffer(Relay relay) {
        relay.buffers().takeLargest();
    }

    /** The first in the line is dropped from it, though it waits. */
    public static void forgetFirst(WaitingLine line) throws ReflectiveOperationException {
        if (line.first() != null) {
            var unlink = WaitingLine.class.getDeclaredMethod("unlink", Ticket.class);
            unlink.setAccessible(true);
            unlink.invoke(line, line.first());
        }
    }

    /** Nobody is let into the line any more. */
    public static void closeLine(WaitingLine line) throws ReflectiveOperationException {
        var capacity = WaitingLine.class.getDeclaredField("capacity");
        capacity.setAccessible(true);
        capacity.set(line, 0);
    }

    /** Limits of bandwidth have forgotten what was moved so far. */
    public static void fillBuckets(Relay relay) throws ReflectiveOperationException {
        var level = Throttle.class.getDeclaredField("level");
        level.setAccessible(true);
        for (Session session = relay.sessions().first(); session != null; session = session.next) {
            Object exchange = in(session, "exchange");
            if (exchange != null) {
                for (Object direction : List.of(in(session, "toBackend"), in(exchange, "toClient"))) {
                    Object pace = in(direction, "pace");
                    if (pace != null) {
                        Object throttle = in(pace, "throttle");
                        level.set(throttle, Math.max(level.getLong(throttle), 1_000_000_000_000L)); // a thousand bytes
                    }
                }
            }
        }
    }

    private static Object in(Object owner, String name) throws ReflectiveOperationException {
        var field = owner.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(owner);
    }

    /** The deadline of a session or of a probe is forgotten. */
    public static void forgetTimer(EventLoop loop, ReadyHandler owner) throws ReflectiveOperationException {
        if (owner instanceof Session session) {
            loop.timers().cancel(session.lifetime().timer());
            return;
        }
        var field = owner.getClass().getDeclaredField("timer");
        field.setAccessible(true);
        loop.timers().cancel((Timer) field.get(owner));
    }
}
