package io.lbkit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link BackendSource} has said.
 *
 * @param sets how many sets were taken
 * @param failures how often it failed, or named no set that could be taken
 * @param failing why it fails now, null if its last word was a good set; the pool has the last good set then
 * @param age time since the last good set was taken, null before the first
 */
public record SourceStats(
        long sets,
        long failures,
        @Nullable String failing,
        @Nullable Duration age) {}
