package io.lbkit.core.sim;

import io.lbkit.core.loop.Clock;

/** Time that stands still until it is moved. */
final class SimClock implements Clock {

    private final long originNanos;
    private long elapsedNanos;

    /** @param originNanos what the clock shows at first; near the largest number, to see it wrap */
    SimClock(long originNanos) {
        this.originNanos = originNanos;
    }

    @Override
    public long nanoTime() {
        return originNanos + elapsedNanos;
    }

    /** Nanoseconds since the beginning. */
    long elapsedNanos() {
        return elapsedNanos;
    }

    void moveTo(long toNanos) {
        assert toNanos >= elapsedNanos : "time does not run backwards";
        elapsedNanos = toNanos;
    }
}
