package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * The backends that may get sessions at all, whether they are well or not: those of weight above 0 that are neither drained
 * nor removed. Their positions number the set for the selector, which is prepared for it once.
 *
 * <p>Immutable.
 */
final class Members {

    /** So that a weight of 1 can ramp. */
    static final int RAMP_SCALE = 100;

    private static final class Nobody implements Selector {

        @Override
        public int select(Candidates candidates, ConnectionInfo client) {
            return NONE;
        }
    }

    static final Members NONE = of(List.of(), new Nobody());

    private final BackendEntry[] entries;
    private final Backend[] backends; // as configured when this was made
    private final int[] weights;
    private final Selector selector;

    private Members(BackendEntry[] entries, Backend[] backends, int[] weights, Selector selector) {
        this.entries = entries;
        this.backends = backends;
        this.weights = weights;
        this.selector = selector;
    }

    /**
     * Those of some rows that are members. While any of them ramps, weights are multiplied by {@value #RAMP_SCALE}.
     *
     * @param selector not yet prepared
     */
    static Members of(Collection<Roster.Row> rows, Selector selector) {
        List<Roster.Row> members = new ArrayList<>(rows.size());
        boolean ramping = false;
        for (Roster.Row row : rows) {
            if (row.isMember()) {
                members.add(row);
                ramping |= row.ramping();
            }
        }
        BackendEntry[] entries = new BackendEntry[members.size()];
        Backend[] backends = new Backend[members.size()];
        int[] weights = new int[members.size()];
        for (int position = 0; position < weights.length; position++) {
            Roster.Row row = members.get(position);
            double weight = row.weight() * (ramping ? RAMP_SCALE : 1);
            entries[position] = row.entry();
            backends[position] = row.backend();
            weights[position] = (int) Math.max(1, Math.round(weight));
        }
        return new Members(entries, backends, weights, selector);
    }

    Members with(Selector prepared) {
        return new Members(entries, backends, weights, prepared);
    }

    /** Whether a selector prepared for the one serves the other. */
    boolean isSameSet(Members other) {
        return Arrays.equals(entries, other.entries)
                && Arrays.equals(weights, other.weights)
                && isSameConfiguration(other.backends);
    }

    private boolean isSameConfiguration(Backend[] others) {
        for (int i = 0; i < backends.length; i++) {
            if (!backends[i].isSameAs(others[i])) {
                return false;
            }
        }
        return true;
    }

    /** How each of them is at this moment. Any thread. */
    BackendState[] states() {
        BackendState[] states = new BackendState[entries.length];
        for (int position = 0; position < states.length; position++) {
            states[position] = entries[position].state();
        }
        return states;
    }

    int size() {
        return entries.length;
    }

    BackendEntry entry(int position) {
        return entries[position];
    }

    /** Where an entry stands, or {@link Selector#NONE}. */
    int position(BackendEntry entry) {
        for (int position = 0; position < entries.length; position++) {
            if (entries[position] == entry) {
                return position;
            }
        }
        return Selector.NONE;
    }

    Backend backend(int position) {
        return backends[position];
    }

    int weight(int position) {
        return weights[position];
    }

    Selector selector() {
        return selector;
    }
}
