package io.lbkit;

import java.time.Duration;

/**
 * The backends that a {@link Selector} may choose from, by index, with their live numbers: the usable ones of one tier.
 * A backend that is full or was tried for this session already is not among them.
 *
 * <p>Numbers are read as they are now, shared by all loops; reading does not allocate. Owned by one event loop: use it
 * during the call it was passed to, and keep nothing but {@link Backend}s.
 */
public interface Candidates {

    /** {@return how many there are; in a call of {@link Selector#select} at least 1} */
    int size();

    /**
     * The backend at an index.
     *
     * @param index 0 to {@code size() - 1}
     * @return the configured backend
     */
    Backend backend(int index);

    /**
     * The weight in force: only its ratio to the others means something. While any backend of the pool ramps after a
     * {@linkplain SlowStart slow start}, all weights are multiplied by 100, so that a weight of 1 can ramp, too.
     *
     * @param index 0 to {@code size() - 1}
     * @return 1 to 6553500
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
     * as the time after which it would have been given up, so that failing fast does not look fast.
     *
     * @param index 0 to {@code size() - 1}
     * @return nanoseconds; 0 when nothing is known yet
     */
    long connectNanos(int index);

    /**
     * What the backend takes from being connected to its first byte, in nanoseconds, reckoned as in
     * {@link #connectNanos}. Sessions that end without a byte from the backend do not count, unless the
     * {@linkplain Limits#firstByteTimeout() first-byte timeout} ended them.
     *
     * @param index 0 to {@code size() - 1}
     * @return nanoseconds; 0 when nothing is known yet
     */
    long firstByteNanos(int index);

    /**
     * Where a backend stands that had a given index when the set was {@linkplain Selector#prepare prepared}.
     *
     * @param position index at the time of {@link Selector#prepare}
     * @return its index now, or {@link Selector#NONE} if it is not to be had for this session: not usable, of another tier,
     *     full, or tried already
     */
    int indexOf(int position);

    /** The half-life of an unused response time, see {@link #connectNanos}. */
    Duration RESPONSE_HALF_LIFE = Duration.ofSeconds(10);
}
