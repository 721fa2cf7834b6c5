package io.lbkit.core.relay;

import io.lbkit.CloseReason;
import io.lbkit.core.transport.Endpoint;

/**
 * The end of a session of which one endpoint is dead: what that one had sent is delivered to the survivor, which is reset when
 * its system has taken all of it. Of a real one it can only be told that all but the last segment has been taken (see
 * {@link Endpoint#flushed}). Whoever took the rest at once has room for the last one; one that had to be waited for reads
 * slowly, and may have no room yet: it gets as long again, and a moment at least.
 *
 * <p>Owned by one event loop.
 */
final class Ending {

    /** No shorter than the time after which Linux looks again whether a peer has room. */
    private static final long MOMENT_NANOS = 200_000_000;

    private final Relay relay;
    private final Session session;
    private final Exchange exchange;
    private final CloseReason reason;
    private final Direction tail; // from the dead one
    private final Endpoint dead;
    private final Endpoint survivor;
    private boolean flushing;
    private long askedNanos; // since when it flushes, and in which turn that began
    private long askedTurn;
    private boolean waits; // for the last segment
    private long resetNanos;

    Ending(
            Relay relay,
            Session session,
            Exchange exchange,
            CloseReason reason,
            Direction tail,
            Endpoint dead,
            Endpoint survivor) {
        this.relay = relay;
        this.session = session;
        this.exchange = exchange;
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
        } else if (endpoint == survivor && writable && !waits && endpoint.flushed()) {
            onFlushed();
        }
    }

    private void pump() {
        if (!tail.isDone()) {
            exchange.pump(tail);
        }
        if (tail.sinkFailed() || tail.isDone() && survivor.flushed()) {
            session.close(reason);
            return;
        }
        if (tail.isDone()) {
            flushing = true;
            askedNanos = relay.nowNanos();
            askedTurn = relay.loop().turns();
        }
        updateInterest();
        if (tail.isHeld()) {
            session.armTimer();
        }
    }

    void updateInterest() {
        dead.interest(tail.wantsRead() ? Endpoint.READ : 0);
        survivor.interest(flushing || tail.wantsWrite() ? Endpoint.WRITE : 0);
    }

    private void onFlushed() {
        if (relay.loop().turns() - askedTurn <= 1) {
            session.close(reason); // there was nothing to wait for
            return;
        }
        waits = true;
        resetNanos = relay.nowNanos() + Math.max(MOMENT_NANOS, relay.nowNanos() - askedNanos);
        survivor.interest(0);
        session.armTimer();
    }

    /** How long until the survivor is reset anyway. */
    long timeLeft(long nowNanos) {
        return waits ? resetNanos - nowNanos : RelayLimits.OFF;
    }
}
