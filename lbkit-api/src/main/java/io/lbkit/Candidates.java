package io.lbkit;

import java.time.Duration;

/**
 * The backends that a {@link Selector} may choose from, by index, with their live numbers: the usable ones of one tier.
 * A backend that is full or was tried for this session already is not among them.
 * They are numbered without gaps, in the order of configuration.
 *
 * <p>A number from 0 to {@code size() - 1} is an <em>index</em>, and holds for one call. The <em>position</em> of a backend
 * holds for as long as the selector is not {@linkplain Selector#prepare prepared} anew, in every view of the pool.
 *
 * <p>Numbers are read as they are now, shared by all loops; reading does not allocate. Owned by one event loop: use it
 * during the call it was passed to, and keep nothing but {@link Backend}s.
 */
public interface Candidates {

    /** {@return how many there are; in a call of {@link Selector#select} at least 1, after {@link #only} maybe none} */
    int size();

    /**
     * The backend at an index.
     *
     * @param index 0 to {@code size() - 1}
     * @return the configured backend
     */
    Backend backend(int index);

    /**
     * The weight in force. Only its ratio to the weights of the others counts: while any backend is in its slow start, the
     * weights of all are a hundred times what is configured, so that a hundredth of a weight can be told.
     *
     * @param index 0 to {@code size() - 1}
     * @return 1 to 6,553,500. A sum over thousands of backends takes a {@code long}
     */
    int weight(int index);

    /**
     * Sessions of the backend now, over all loops, those still connecting included.
     *
     * @param index 0 to {@code size() - 1}
     * @return 0 or more
     */
    int connections(int index);

    /**
     * How often the backend was chosen during the last second, in a sliding window. Tells apart backends that are
     * equally loaded, so that short sessions do not all go to one of several idle backends.
     *
     * @param index 0 to {@code size() - 1}
     * @return picks per second, 0 or more
     */
    double recentPicks(int index);

    /**
     * What a connect to the backend takes now, in nanoseconds: a moving average of successful connects, halved for each
     * 10 seconds without one, but at least the mean age of the connects that are still waiting. A failed connect counts
     * as the time after which it would have been given up, so that failing fast does not look fast; and so does one that
     * succeeded and was reset before a byte had moved.
     *
     * @param index 0 to {@code size() - 1}
     * @return nanoseconds; 0 when nothing is known yet
     */
    long connectNanos(int index);

    /**
     * What the backend takes from being connected to its first byte, in nanoseconds, reckoned as in
     * {@link #connectNanos}. Sessions that end without a byte from the backend do not count, unless the
     * {@linkplain Limits#firstByteTimeout() first-byte timeout} ended them, or the backend by a reset: that counts as
     * this timeout, or as that of a connect where there is none.
     *
     * @param index 0 to {@code size() - 1}
     * @return nanoseconds; 0 when nothing is known yet
     */
    long firstByteNanos(int index);

    /**
     * The worst time that a connect to the backend took of late, in nanoseconds, forgotten by and by: the peak EWMA of
     * Finagle ({@code PeakEwma.scala}). A longer connect counts at once; shorter ones, and none at all, let it decay with
     * a time constant of {@link #PEAK_DECAY}. It is at least the mean age of the connects that are still waiting, and a
     * failed connect counts as in {@link #connectNanos}.
     *
     * @param index 0 to {@code size() - 1}
     * @return nanoseconds; 0 when nothing is known yet, or nothing has been for minutes
     */
    long connectPeakNanos(int index);

    /**
     * The worst time from being connected to the first byte of late, in nanoseconds, reckoned as in
     * {@link #connectPeakNanos} from the times that count for {@link #firstByteNanos}.
     *
     * @param index 0 to {@code size() - 1}
     * @return nanoseconds; 0 when nothing is known yet, or nothing has been for minutes
     */
    long firstBytePeakNanos(int index);

    /**
     * The number of a member of the pool, by which it can be found again. To be kept by {@link Selector#prepare}, where it
     * equals the index unless another selector has narrowed the set.
     *
     * @param index 0 to {@code size() - 1}
     * @return 0 or more; below the number of members
     */
    int position(int index);

    /**
     * Where a member is among these candidates.
     *
     * @param position what {@link #position} gave, now or at the time of {@link Selector#prepare}
     * @return its index, or {@link Selector#NONE} if it is not to be had for this session: not usable, of another
     *     tier, full, or tried already
     */
    int indexOf(int position);

    /**
     * Some of these candidates, numbered anew without gaps. Positions are the same as here, so that
     * {@code indexOf(some.position(i))} leads back. Costs a pass over the candidates and allocates nothing.
     *
     * @param filter which ones
     * @return a view of those, valid until the next call of this method on the same candidates; it can be narrowed
     *     itself
     */
    Candidates only(Filter filter);

    /**
     * Says which candidates belong to a narrowed view. Make it once, not in each pick: a lambda that captures is allocated
     * whenever it is reached.
     */
    @FunctionalInterface
    interface Filter {

        /**
         * Looks at one candidate.
         *
         * @param candidates the candidates to be narrowed
         * @param index 0 to {@code size() - 1}
         * @return true if it stays
         */
        boolean accepts(Candidates candidates, int index);
    }

    /** The half-life of an unused response time, see {@link #connectNanos}. */
    Duration RESPONSE_HALF_LIFE = Duration.ofSeconds(10);

    /** The time in which a peak falls to 1/e, see {@link #connectPeakNanos}; that of Finagle. */
    Duration PEAK_DECAY = Duration.ofSeconds(10);
}
