package io.lbkit.core.relay;

import io.lbkit.core.admission.Throttle;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.transport.ReadyHandler;

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

    /** Limits of bandwidth have forgotten what was moved so far. */
    public static void fillBuckets(Relay relay) throws ReflectiveOperationException {
        var level = Throttle.class.getDeclaredField("level");
        level.setAccessible(true);
        for (Session session = relay.sessions().first(); session != null; session = session.next) {
            for (String way : new String[] {"toBackend", "toClient"}) {
                var field = Session.class.getDeclaredField(way);
                field.setAccessible(true);
                var throttle = Direction.class.getDeclaredField("throttle");
                throttle.setAccessible(true);
                Object own = throttle.get(field.get(session));
                if (own != null) {
                    level.set(own, Math.max(level.getLong(own), 1_000_000_000_000L));
                }
            }
        }
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
