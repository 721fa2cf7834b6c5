package io.lbkit.core.backend;

import io.lbkit.CheckStats;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the health checks of a backend have found so far.
 *
 * <p>Immutable.
 *
 * @param changedNanos when {@code up} changed, of meaning only if it has
 * @param last the last result, fit for a log
 */
public record CheckRecord(
        boolean up, long passed, long failed, long repeated, long changes, long changedNanos, String last) {

    /** The first one; with the counts of the backend's last life in the pool, if it had one. */
    public static CheckRecord begin(boolean up, @Nullable CheckRecord before) {
        return before == null
                ? new CheckRecord(up, 0, 0, 0, 0, 0, "")
                : new CheckRecord(
                        up, before.passed, before.failed, before.repeated, before.changes, before.changedNanos, "");
    }

    /** One more result that counts. */
    public CheckRecord after(boolean pass, boolean change, String why, long nowNanos) {
        return new CheckRecord(
                up != change,
                passed + (pass ? 1 : 0),
                failed + (pass ? 0 : 1),
                repeated,
                changes + (change ? 1 : 0),
                change ? nowNanos : changedNanos,
                why);
    }

    /** One more check that has to be done again. */
    public CheckRecord afterSpoilt() {
        return new CheckRecord(up, passed, failed, repeated + 1, changes, changedNanos, last);
    }

    CheckStats stats(long nowNanos) {
        Duration since = changes == 0 ? null : Duration.ofNanos(nowNanos - changedNanos);
        return new CheckStats(up, passed, failed, repeated, changes, since, last);
    }
}
