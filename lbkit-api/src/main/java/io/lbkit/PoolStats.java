package io.lbkit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the pool as a whole does.
 *
 * @param mode which backends get new sessions
 * @param priority of the tier in force, or of the last one in force where tiers share the load
 * @param members backends that may get sessions when they are well: of weight above 0, neither drained nor removed
 * @param serving those of them that are well, {@link BackendState#UP} or {@link BackendState#RAMPING}
 * @param failOpenPicks choices made among well and unwell backends, because too few were well
 * @param ejections backends ejected because connects to them failed
 * @param throttled ways of sessions, of which each has two, that a limit of bandwidth keeps from reading right now
 * @param throttledTime for how long limits of bandwidth have kept ways from reading, all of them together and those that go on
 *     not included
 * @param source what the {@link BackendSource} has said, null if there is none
 */
public record PoolStats(
        PoolMode mode,
        int priority,
        int members,
        int serving,
        long failOpenPicks,
        long ejections,
        long throttled,
        Duration throttledTime,
        @Nullable SourceStats source) {}
