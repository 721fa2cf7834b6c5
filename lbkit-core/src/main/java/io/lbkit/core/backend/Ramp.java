package io.lbkit.core.backend;

import io.lbkit.SlowStart;

/**
 * The formula of a slow start: what share of its weight and of its maximum a backend has after some time. As in Envoy
 * ({@code slow_start_config}; {@code EdfLoadBalancerBase::applySlowStartFactor}); HAProxy's {@code slowstart} is the one of
 * aggression 1, from the least weight on.
 *
 * <p>Immutable.
 */
final class Ramp {

    /** What is earlier counts as this, as in Envoy, or as the twentieth part of a window of less than 20 s. */
    private static final long EARLIEST_NANOS = 1_000_000_000;

    private static final long SHORTEST_STEP_NANOS = 100_000_000;
    private static final long LONGEST_STEP_NANOS = 1_000_000_000;

    private final long windowNanos;
    private final double exponent;
    private final double least;

    Ramp(SlowStart slowStart) {
        windowNanos = slowStart.window().toNanos();
        exponent = 1 / slowStart.aggression();
        least = slowStart.minimumPercent() / 100.0;
    }

    boolean isOn() {
        return windowNanos > 0;
    }

    boolean isOver(long elapsedNanos) {
        return elapsedNanos >= windowNanos;
    }

    /** From the minimum to 1. */
    double share(long elapsedNanos) {
        long reckoned = Math.max(elapsedNanos, Math.min(EARLIEST_NANOS, windowNanos / 20));
        return isOver(elapsedNanos) ? 1 : Math.max(least, Math.pow((double) reckoned / windowNanos, exponent));
    }

    /** How often to look again: twenty times in a window, but no more often than is worth a new snapshot. */
    long stepNanos() {
        return Math.max(SHORTEST_STEP_NANOS, Math.min(LONGEST_STEP_NANOS, windowNanos / 20));
    }
}
