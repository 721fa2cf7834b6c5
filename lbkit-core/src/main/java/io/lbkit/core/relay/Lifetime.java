package io.lbkit.core.relay;

import io.lbkit.CloseReason;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a session came, connected, and last moved a byte; and from that, how long it may go on relaying. Has the one timer of
 * a session, which is armed for what is due first, and lets the session look again.
 *
 * <p>Owned by one event loop.
 */
final class Lifetime implements TimerOwner {

    /** A session that lives this long is worth the options that a short one does without. */
    private static final long SETTLED_NANOS = 10_000_000_000L;

    private final Session session;
    private final Timer timer;
    private final long acceptedNanos;
    private final long maxAgeNanos;
    private long queuedNanos;
    private long connectNanos = -1; // how long it took
    private long connectedNanos;
    private long askedNanos; // since when the backend may be expected to answer
    private long firstByteNanos = -1; // after the connect
    private long activeNanos;
    private long halfClosedNanos;
    private boolean halfClosed;
    private boolean settled;

    Lifetime(Session session, Relay relay) {
        this.session = session;
        this.timer = new Timer(this);
        this.acceptedNanos = relay.nowNanos();
        this.activeNanos = acceptedNanos;
        long age = relay.limits().maxAgeNanos();
        this.maxAgeNanos = age == RelayLimits.OFF
                ? age
                : age - (long) (age * 0.1 * relay.random().nextDouble());
    }

    // ---- what happens

    /** It was queued for so long. */
    void onWaited(long nanos) {
        queuedNanos += nanos;
    }

    void onConnected(long nowNanos, long tookNanos) {
        connectedNanos = nowNanos;
        connectNanos = tookNanos;
        askedNanos = nowNanos;
        activeNanos = nowNanos;
    }

    /** Until now we have kept from the backend what it may have to answer: its time to do so counts from here on. */
    void onHeldBack(long nowNanos) {
        askedNanos = nowNanos;
    }

    /** Another backend is tried. */
    void onLost() {
        connectNanos = -1;
        settled = false;
    }

    /** A byte has moved, or what counts as one. */
    void onActive(long nowNanos) {
        activeNanos = nowNanos;
    }

    void onFirstByte(long afterNanos) {
        firstByteNanos = afterNanos;
    }

    /** Tells whether one side has ended its stream, and not the other; returns whether that is news. */
    boolean isHalfClosed(boolean now, long nowNanos) {
        boolean news = halfClosed != now;
        if (news) {
            halfClosed = now;
            halfClosedNanos = nowNanos;
        }
        return news;
    }

    /** Whether it has just become one of those that live long. */
    boolean settles(long nowNanos) {
        boolean news = !settled && nowNanos - connectedNanos >= SETTLED_NANOS;
        settled |= news;
        return news;
    }

    // ---- how long it may go on

    long preludeLeft(RelayLimits limits, long nowNanos) {
        return limits.preludeNanos() - (nowNanos - acceptedNanos);
    }

    /** @param awaitsFirstByte whether the backend has neither said anything nor ended its stream */
    long relayingLeft(RelayLimits limits, boolean awaitsFirstByte, long nowNanos) {
        long left = Math.min(maxAgeNanos - (nowNanos - acceptedNanos), limits.idleNanos() - (nowNanos - activeNanos));
        if (awaitsFirstByte) {
            left = Math.min(left, limits.firstByteNanos() - (nowNanos - askedNanos));
        }
        if (!settled) {
            left = Math.min(left, SETTLED_NANOS - (nowNanos - connectedNanos));
        }
        return halfClosed ? Math.min(left, limits.halfCloseNanos() - quietHalfClosedNanos(nowNanos)) : left;
    }

    long endingLeft(RelayLimits limits, long nowNanos) {
        return limits.endingNanos() - (nowNanos - activeNanos);
    }

    /** Which limit has been reached when nothing is left. */
    CloseReason overdue(RelayLimits limits, boolean awaitsFirstByte, long nowNanos) {
        if (nowNanos - acceptedNanos >= maxAgeNanos) {
            return CloseReason.MAX_AGE;
        }
        if (awaitsFirstByte && nowNanos - askedNanos >= limits.firstByteNanos()) {
            return CloseReason.FIRST_BYTE_TIMEOUT;
        }
        return halfClosed && quietHalfClosedNanos(nowNanos) >= limits.halfCloseNanos()
                ? CloseReason.HALF_CLOSE_TIMEOUT
                : CloseReason.IDLE_TIMEOUT;
    }

    /** How long there has been no byte, of the time since one side ended its stream. */
    private long quietHalfClosedNanos(long nowNanos) {
        return Math.min(nowNanos - activeNanos, nowNanos - halfClosedNanos);
    }

    // ---- the timer

    Timer timer() {
        return timer;
    }

    @Override
    public void onDue(Timer due) {
        session.onDeadline();
    }

    // ---- what can be told of it

    long acceptedNanos() {
        return acceptedNanos;
    }

    long connectedNanos() {
        return connectedNanos;
    }

    /** When it last had a byte, or connected. */
    long activeNanos() {
        return activeNanos;
    }

    long queuedNanos() {
        return queuedNanos;
    }

    boolean hasFirstByte() {
        return firstByteNanos >= 0;
    }

    /** How long the connect took, if it is connected. */
    @Nullable
    Duration connect() {
        return connectNanos < 0 ? null : Duration.ofNanos(connectNanos);
    }

    /** How long after that the first byte came, if it has. */
    @Nullable
    Duration firstByte() {
        return firstByteNanos < 0 ? null : Duration.ofNanos(firstByteNanos);
    }
}
