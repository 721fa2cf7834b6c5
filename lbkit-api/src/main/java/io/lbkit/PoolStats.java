package io.lbkit;

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
 * @param source what the {@link BackendSource} has said, null if there is none
 */
public record PoolStats(
        PoolMode mode,
        int priority,
        int members,
        int serving,
        long failOpenPicks,
        long ejections,
        @Nullable SourceStats source) {}
