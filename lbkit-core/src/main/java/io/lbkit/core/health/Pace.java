package io.lbkit.core.health;

import io.lbkit.AgentCheck;
import io.lbkit.HealthCheck;
import java.util.random.RandomGenerator;

/**
 * How often to ask, in nanoseconds.
 *
 * <p>Immutable.
 *
 * @param intervalNanos from one question to the next
 * @param fastNanos the same while something changes
 * @param jitter by which part an interval is longer or shorter at most
 * @param concurrency how many questions may be under way at once
 */
record Pace(long intervalNanos, long fastNanos, double jitter, int concurrency) {

    private static final double AGENT_JITTER = 0.1;
    private static final int AGENT_CONCURRENCY = 256;

    static Pace of(HealthCheck check, int concurrency) {
        return new Pace(check.interval().toNanos(), check.fastInterval().toNanos(), check.jitter(), concurrency);
    }

    static Pace of(AgentCheck check) {
        long interval = check.interval().toNanos();
        return new Pace(interval, interval, AGENT_JITTER, AGENT_CONCURRENCY);
    }

    /** From the beginning of a question to that of the next one. */
    long next(boolean fast, RandomGenerator random) {
        long nanos = fast ? fastNanos : intervalNanos;
        return nanos + (long) (nanos * jitter * (2 * random.nextDouble() - 1));
    }
}
