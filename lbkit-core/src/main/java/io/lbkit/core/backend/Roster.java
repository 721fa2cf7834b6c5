package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.Selector;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every entry there is, in order, with what the table has said of it: what snapshots are drawn from. A drawing takes a dozen
 * passes over the set, and so the control loop does not draw large ones: it hands the roster to an errand, with what has changed since
 * the last time, and has it back with the outcome.
 *
 * <p>Owned by the control loop, or by the errand it was handed to.
 */
final class Roster {

    /** The word of the table about one entry. Immutable. */
    record Row(BackendEntry entry, Backend backend, double weight, boolean ramping, boolean gone) {

        /** As it is now; on the control loop. */
        static Row of(BackendEntry entry) {
            double weight = entry.isLeaving() || entry.standing().isReplaced()
                    ? 0
                    : entry.condition().weight();
            return new Row(entry, entry.backend(), weight, entry.standing().isRamping(), false);
        }

        /** It is there no more; if it comes back, it is the last one. */
        static Row gone(BackendEntry entry) {
            return new Row(entry, entry.backend(), 0, false, true);
        }

        boolean isMember() {
            return weight > 0;
        }
    }

    private final Map<BackendEntry, Row> rows = new LinkedHashMap<>();
    private @Nullable List<BackendEntry> all; // null when somebody has come or gone

    /** Takes note of some words, in their order. To be told twice does no harm. */
    void take(Collection<Row> news) {
        for (Row row : news) {
            Row before = row.gone() ? rows.remove(row.entry()) : rows.put(row.entry(), row);
            if (row.gone() || before == null) {
                all = null;
            }
        }
    }

    List<BackendEntry> all() {
        if (all == null) {
            all = List.copyOf(rows.keySet());
        }
        return all;
    }

    /** @param selector not yet prepared */
    Members members(Selector selector) {
        return Members.of(rows.values(), selector);
    }
}
