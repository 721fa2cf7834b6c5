package io.lbkit.core.relay;

import io.lbkit.core.admission.Rate;
import io.lbkit.core.admission.Throttle;
import io.lbkit.core.loop.EventLoop;

/**
 * The limit of bandwidth of one direction: how much it may read now, and whether it is held, because it has been too fast.
 *
 * <p>Owned by one event loop.
 */
final class Pace {

    private final EventLoop loop;
    private final Throttle throttle;
    private final HeldBack counts;
    private boolean held;
    private long heldNanos; // since when

    /** @param counts told when it is held, and when no longer */
    Pace(EventLoop loop, Rate bytes, HeldBack counts) {
        this.loop = loop;
        this.throttle = new Throttle(bytes, loop.nowNanos());
        this.counts = counts;
    }

    /** How many bytes may be read now; if none, it is held from now on. */
    int mostToRead() {
        long allowed = throttle.allowedBytes(loop.nowNanos());
        hold(allowed == 0);
        return (int) Math.min(allowed, Integer.MAX_VALUE);
    }

    void onRead(long bytes) {
        throttle.onMoved(bytes);
    }

    boolean isHeld() {
        return held;
    }

    /** How long it is still held. */
    long leftNanos() {
        return throttle.nanosUntilAllowed(loop.nowNanos());
    }

    /** Looks whether it is still held; returns whether it was and no longer is. */
    boolean release() {
        boolean was = held;
        hold(throttle.allowedBytes(loop.nowNanos()) == 0);
        return was && !held;
    }

    /** Nothing is read any more. */
    void end() {
        hold(false);
    }

    private void hold(boolean now) {
        if (now && !held) {
            heldNanos = loop.nowNanos();
            counts.onHeld();
        } else if (held && !now) {
            counts.onReleased(loop.nowNanos() - heldNanos);
        }
        held = now;
    }
}
