package io.lbkit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the health checks of a backend have found.
 *
 * @param up whether they hold it for well
 * @param passed checks that passed
 * @param failed checks that failed
 * @param repeated checks that decided nothing, because this process had paused or was short of descriptors; they were
 *     done again
 * @param changes how often {@code up} has changed
 * @param sinceChange how long ago it changed, null if it never has
 * @param last the last result in a few words, for people; empty before the first
 */
public record CheckStats(
        boolean up,
        long passed,
        long failed,
        long repeated,
        long changes,
        @Nullable Duration sinceChange,
        String last) {}
