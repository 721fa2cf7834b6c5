package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.selector.LeastResponseTime.Measure;

/**
 * See {@link LeastResponseTime}.
 *
 * <p>Immutable.
 */
final class ResponsePerWeight implements Load {

    private static final long WORST_NANOS = 5_000_000_000L;
    private static final int SMALL_BITS = 40; // by any weight that is no overflow

    private final Measure measure;
    private final long resolutionNanos;
    private final long reciprocal; // of the resolution, in 2^-63, rounded up; exact up to the worst

    /** @param resolutionNanos 1 to 1,000,000,000 */
    ResponsePerWeight(Measure measure, long resolutionNanos) {
        this.measure = measure;
        this.resolutionNanos = resolutionNanos;
        this.reciprocal = Long.MAX_VALUE / resolutionNanos + 1;
    }

    @Override
    public double of(Candidates candidates, int index) {
        return (double) expected(candidates, index) / candidates.weight(index);
    }

    @Override
    public int compare(Candidates candidates, int one, int other) {
        long ofOne = expected(candidates, one);
        long ofOther = expected(candidates, other);
        int weightOfOne = candidates.weight(one);
        int weightOfOther = candidates.weight(other);
        if ((ofOne | ofOther) >>> SMALL_BITS == 0) {
            return Long.signum(ofOne * weightOfOther - ofOther * weightOfOne);
        }
        return Double.compare((double) ofOne * weightOfOther, (double) ofOther * weightOfOne);
    }

    private long expected(Candidates candidates, int index) {
        return expected(measure.average(candidates, index), candidates.connections(index));
    }

    /** What a new session is expected to wait, in nanoseconds, before the weight is considered. */
    long expected(long responseNanos, int connections) {
        long counted = Math.min(responseNanos, WORST_NANOS);
        long classes = Math.multiplyHigh(
                counted << 1, reciprocal); // whole ones; a division would take longer than all the rest
        long upToClass = Math.min((classes + 1) * resolutionNanos, WORST_NANOS);
        return upToClass * (connections + 1L);
    }
}
