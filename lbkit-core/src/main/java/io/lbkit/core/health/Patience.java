package io.lbkit.core.health;

/**
 * A timeout that counts only while its loop is on time. It is spent in slices, with a look at the matter after each; a
 * slice that took much longer than it should have is not counted, because nobody looked: the process had paused, or the
 * machine was asleep.
 *
 * <p>Owned by one event loop. It reads no clock.
 */
final class Patience {

    private static final int SLICES = 8;
    private static final long SHORTEST_SLICE_NANOS = 5_000_000;

    /** What the timer wheel and the poll may add to any slice: a tick of 4.2 ms, and a millisecond's rounding. */
    private static final long ALWAYS_LATE_NANOS = 8_000_000;

    private final long timeoutNanos;
    private final long sliceNanos;
    private long leftNanos;
    private long lookedNanos;
    private boolean wasLate;
    private boolean lost;

    Patience(long timeoutNanos, long nowNanos) {
        this.timeoutNanos = timeoutNanos;
        this.sliceNanos = Math.max(SHORTEST_SLICE_NANOS, timeoutNanos / SLICES);
        this.leftNanos = timeoutNanos;
        this.lookedNanos = nowNanos;
    }

    /** When to look next. */
    long nextLookNanos() {
        return lookedNanos + nextSlice();
    }

    private long nextSlice() {
        return Math.min(sliceNanos, leftNanos);
    }

    /** Whether nobody has looked for much longer than intended. */
    boolean isLate(long nowNanos) {
        return nowNanos - nextLookNanos() > ALWAYS_LATE_NANOS + sliceNanos / 4;
    }

    /** Somebody has looked, and found nothing. */
    void onLook(long nowNanos) {
        long slice = nowNanos - lookedNanos;
        if (isLate(nowNanos)) {
            wasLate = true;
            lost |= slice >= timeoutNanos;
        } else {
            leftNanos -= slice;
        }
        lookedNanos = nowNanos;
    }

    /** Whether the time is up. */
    boolean isOver() {
        return leftNanos <= 0;
    }

    /** Whether nobody has looked for as long as the whole timeout, so that nothing can be said. */
    boolean isLost() {
        return lost;
    }

    /** Whether nobody looked for a while, at some time, so that an answer may have failed through our own silence. */
    boolean wasLate(long nowNanos) {
        return wasLate || isLate(nowNanos);
    }
}
