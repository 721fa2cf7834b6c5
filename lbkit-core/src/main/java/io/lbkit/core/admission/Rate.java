package io.lbkit.core.admission;

/**
 * So many a second, and so many at once after a rest: the arithmetic of a token bucket (RFC 2697, one bucket of it). The
 * level of a bucket is counted in billionths of a token, of which each nanosecond brings {@code perSecond}: nothing is ever
 * rounded, however long it runs.
 *
 * <p>Immutable.
 *
 * @param perSecond how many tokens a second brings
 * @param burst how many tokens a bucket holds, {@value #MOST_BURST} at most
 */
public record Rate(long perSecond, long burst) {

    /** A token, in the unit of levels. */
    static final long TOKEN = 1_000_000_000;

    /** So that a full bucket and the same as debt fit a long together. */
    public static final long MOST_BURST = Long.MAX_VALUE / 2 / TOKEN;

    public Rate {
        if (perSecond < 1 || burst < 1 || burst > MOST_BURST) {
            throw new IllegalArgumentException("rate is " + perSecond + " a second and " + burst
                    + " at once, must be at least 1, and between 1 and " + MOST_BURST);
        }
    }

    /** The level of a full bucket. */
    long full() {
        return burst * TOKEN;
    }

    /** What a level has become after a time, which counts as none if it is negative. */
    long levelAfter(long level, long elapsedNanos) {
        if (elapsedNanos <= 0) {
            return level;
        }
        // Compared before it is multiplied: nobody knows how long nothing happened.
        return elapsedNanos >= nanosFor(full() - level) ? full() : level + elapsedNanos * perSecond;
    }

    /** How long it takes until a bucket of this level has so many tokens. */
    long nanosUntil(long level, long tokens) {
        return nanosFor(Math.max(0, tokens * TOKEN - level));
    }

    private long nanosFor(long missing) {
        return missing / perSecond + (missing % perSecond == 0 ? 0 : 1);
    }
}
