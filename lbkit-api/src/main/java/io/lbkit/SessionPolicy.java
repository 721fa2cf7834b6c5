package io.lbkit;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the sessions that a backend has when it gets no new ones any more: they are kept until they end by
 * themselves, or cut at once, or cut after a deadline. To cut is to reset both sides; no more than
 * {@link Limits#cutsPerSecond()} are cut in a second, so that their clients do not all come back at the same moment. If
 * the backend gets new sessions again before its turn has come, those that remain are kept.
 *
 * <p>Immutable.
 *
 * @param deadline from the event to the first cut, zero for at once; null to keep the sessions
 */
public record SessionPolicy(@Nullable Duration deadline) {

    /** They go on for as long as they like. */
    public static final SessionPolicy KEEP = new SessionPolicy(null);

    /** They are cut, beginning at once. */
    public static final SessionPolicy CUT = new SessionPolicy(Duration.ZERO);

    /** Checks the deadline. */
    public SessionPolicy {
        if (deadline != null) {
            Range.deadline("deadline", deadline);
        }
    }

    /**
     * Those that have not ended by then are cut.
     *
     * @param deadline from the event, zero to 3650 days; zero cuts at once
     * @return the policy
     * @throws IllegalArgumentException if the deadline is out of its range
     */
    public static SessionPolicy cutAfter(Duration deadline) {
        return new SessionPolicy(Objects.requireNonNull(deadline, "deadline"));
    }
}
