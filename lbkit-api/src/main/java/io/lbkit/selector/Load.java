package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.selector.LeastResponseTime.Measure;
import java.util.Objects;

/**
 * How loaded a backend is, in any unit: what {@link Selectors#powerOfTwo(Load)} and {@link Selectors#least(Load)} compare.
 * A lambda is enough. Dividing by the weight is its own affair; without it, weights do not count:
 *
 * <pre>{@code
 * Load busy = (candidates, i) -> cpu.of(candidates.backend(i)) / candidates.weight(i);
 * }</pre>
 *
 * <p>It is called by several loops at once: it must be thread-safe, must not block, and should not allocate.
 */
@FunctionalInterface
public interface Load {

    /**
     * The load of a backend now.
     *
     * @param candidates live numbers of the backends; valid during the call only
     * @param index 0 to {@code candidates.size() - 1}
     * @return the less, the sooner it is taken; NaN is more than everything
     */
    double of(Candidates candidates, int index);

    /**
     * Which of two backends is less loaded. To be overridden where that can be told without a division.
     *
     * @param candidates live numbers of the backends; valid during the call only
     * @param one 0 to {@code candidates.size() - 1}
     * @param other 0 to {@code candidates.size() - 1}
     * @return negative if the one is, positive if the other is, 0 if they are equally loaded
     */
    default int compare(Candidates candidates, int one, int other) {
        return Least.compare(of(candidates, one), of(candidates, other));
    }

    /**
     * (Sessions + 1) / weight, or 0 when the backend is idle, as in HAProxy ({@code lb_fwlc.c}): the 1 makes weights count
     * from the first session, the 0 gives an idle small backend work. HAProxy counts those who queue for a backend as well; here
     * nobody queues for one.
     *
     * @return the load
     */
    static Load connections() {
        return new SessionsPerWeight();
    }

    /**
     * Response time × (sessions + 1) / weight, as in {@link Selectors#leastResponseTime()}: an average, in classes of 1 ms,
     * from five seconds on equally bad.
     *
     * @param measure which time counts
     * @return the load
     */
    static Load responseTime(Measure measure) {
        Objects.requireNonNull(measure, "measure");
        return new ResponsePerWeight(measure, 1_000_000);
    }

    /**
     * Peak × (sessions + 1) / weight, where the peak is the worst response time of late: the peak EWMA of Finagle
     * ({@code PeakEwma.scala}), tower and linkerd. It reacts to one slow answer where an average takes twenty. Sessions
     * are counted while they are open, not only until they have connected, as a proxy that cannot tell requests apart has
     * nothing better.
     *
     * <p>A backend of which nothing is known, or nothing any more, counts as one of 1 µs: it is tried soon, and how many try
     * it at once is limited, since sessions count, and those that wait for it by how long they have waited. (Finagle lets it
     * have one session; tower lets all begin with a time that stays in force for long, whatever they really take.)
     *
     * @param measure which time counts
     * @return the load
     */
    static Load peakEwma(Measure measure) {
        Objects.requireNonNull(measure, "measure");
        return (candidates, i) -> peak(measure.peak(candidates, i), candidates, i);
    }

    private static double peak(long nanos, Candidates candidates, int index) {
        return Math.max(nanos, 1_000) * (candidates.connections(index) + 1.0) / candidates.weight(index);
    }
}
