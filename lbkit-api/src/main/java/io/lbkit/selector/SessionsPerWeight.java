package io.lbkit.selector;

import io.lbkit.Candidates;

/**
 * See {@link Load#connections()}.
 *
 * <p>Stateless.
 */
final class SessionsPerWeight implements Load {

    @Override
    public double of(Candidates candidates, int index) {
        return (double) counted(candidates, index) / candidates.weight(index);
    }

    @Override
    public int compare(Candidates candidates, int one, int other) {
        long more = counted(candidates, one) * candidates.weight(other)
                - counted(candidates, other) * candidates.weight(one); // of less than 2^54
        return Long.signum(more);
    }

    /** One more than there are, but 0 if there is none; without a jump, which nobody could foresee. */
    private static long counted(Candidates candidates, int index) {
        long connections = candidates.connections(index);
        return connections + (-connections >>> 63);
    }
}
