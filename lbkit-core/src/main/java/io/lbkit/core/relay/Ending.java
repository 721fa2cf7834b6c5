package io.lbkit.core.relay;

import io.lbkit.CloseReason;
import io.lbkit.core.transport.Endpoint;

/**
 * The end of a session of which one endpoint is dead: what that one had sent is delivered to the survivor, which is reset when
 * its system has taken all of it.
 *
 * <p>Owned by one event loop.
 */
final class Ending {

    private final Session session;
    private final CloseReason reason;
    private final Direction tail; // from the dead one
    private final Endpoint dead;
    private final Endpoint survivor;
    private boolean flushing;

    Ending(Session session, CloseReason reason, Direction tail, Endpoint dead, Endpoint survivor) {
        this.session = session;
        this.reason = reason;
        this.tail = tail;
        this.dead = dead;
        this.survivor = survivor;
    }

    CloseReason reason() {
        return reason;
    }

    void begin() {
        tail.distrustSource();
        pump();
    }

    void onReady(Endpoint endpoint, boolean writable) {
        if (!flushing) {
            pump();
        } else if (endpoint == survivor && writable && endpoint.flushed()) {
            session.close(reason);
        }
    }

    private void pump() {
        if (!tail.isDone()) {
            session.pump(tail, dead, survivor);
        }
        if (tail.sinkFailed() || tail.isDone() && survivor.flushed()) {
            session.close(reason);
            return;
        }
        flushing = tail.isDone();
        dead.interest(tail.wantsRead() ? Endpoint.READ : 0);
        survivor.interest(flushing || tail.wantsWrite() ? Endpoint.WRITE : 0);
    }
}
