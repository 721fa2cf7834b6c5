package io.lbkit.core.backend;

import io.lbkit.BackendState;
import io.lbkit.Failover;
import io.lbkit.PoolMode;
import io.lbkit.Selector;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The candidates among the members, tier by tier, and how much of the load each tier takes. Tiers are numbered from 0, in
 * the order of their priority; only those that have a candidate count. Where all members of all priorities are candidates,
 * they form a single tier.
 *
 * <p>Immutable.
 */
final class Tiers {

    private static final int[] FIRST_TAKES_ALL = {};

    static final Tiers EMPTY = of(List.of(), Members.NONE, Failover.DEFAULT);

    private final PoolMode mode;
    private final int priority;
    private final int serving;
    private final int[] loads; // percent that each tier takes
    private final int[] tiers; // of each position; NONE if it is no candidate
    private final int[] starts; // of each tier in the order, and the end of the last one
    private final int[] order; // positions of the candidates, tier by tier
    private final int[] places; // of each position in the order; NONE if it is no candidate

    private Tiers(PoolMode mode, int priority, int serving, int[] loads, int[] tiers, int count) {
        this.mode = mode;
        this.priority = priority;
        this.serving = serving;
        this.loads = loads;
        this.tiers = tiers;
        starts = new int[count + 1];
        for (int tier : tiers) {
            if (tier != Selector.NONE) {
                starts[tier + 1]++;
            }
        }
        for (int tier = 0; tier < count; tier++) {
            starts[tier + 1] += starts[tier];
        }
        order = new int[starts[count]];
        places = new int[tiers.length];
        int[] next = starts.clone(); // place of each tier
        for (int position = 0; position < tiers.length; position++) {
            int tier = tiers[position];
            places[position] = tier == Selector.NONE ? Selector.NONE : next[tier]++;
            if (tier != Selector.NONE) {
                order[places[position]] = position;
            }
        }
    }

    /** Looks once at the state of each member; off the loops it may be another the moment after. */
    static Tiers of(List<BackendEntry> all, Members members, Failover failover) {
        BackendState[] states = members.states();
        Census census = new Census(members, states, failover);
        return census.hasOpen() ? ofUsable(all, members, states, census) : ofUnusable(states, census, failover);
    }

    private static Tiers ofUsable(List<BackendEntry> all, Members members, BackendState[] states, Census census) {
        int[] numbers = new int[Census.PRIORITIES]; // of the tier of each priority
        int[] loads = new int[Census.PRIORITIES]; // of each tier
        int count = 0;
        for (int priority = 0; priority < numbers.length; priority++) {
            if (census.hasOpen(priority) || census.panics(priority)) {
                loads[count] = census.load(priority);
                numbers[priority] = count++;
            }
        }
        int[] tiers = new int[members.size()];
        for (int position = 0; position < tiers.length; position++) {
            int priority = members.backend(position).priority();
            BackendState state = states[position];
            boolean candidate = state.isOpen() || census.panics(priority) && Census.isMember(state);
            tiers[position] = candidate ? numbers[priority] : Selector.NONE;
        }
        int last = census.lastInForce();
        PoolMode mode = census.panics() ? PoolMode.FAIL_OPEN : hasBefore(all, last) ? PoolMode.BACKUP : PoolMode.NORMAL;
        int[] shares = census.isShared() && loads[0] < 100 ? Arrays.copyOf(loads, count) : FIRST_TAKES_ALL;
        return new Tiers(mode, last, census.serving(), shares, tiers, count);
    }

    /** All members if that is wanted, or nobody. */
    private static Tiers ofUnusable(BackendState[] states, Census census, Failover failover) {
        boolean failsOpen = failover.failOpen() && census.hasMembers();
        int[] tiers = new int[states.length];
        for (int position = 0; position < tiers.length; position++) {
            boolean candidate = failsOpen && Census.isMember(states[position]);
            tiers[position] = candidate ? 0 : Selector.NONE;
        }
        PoolMode mode = failsOpen ? PoolMode.FAIL_OPEN : PoolMode.EMPTY;
        return new Tiers(mode, 0, 0, FIRST_TAKES_ALL, tiers, failsOpen ? 1 : 0);
    }

    /** Whether there is a backend, well or not, whose turn it would be before that of a priority. */
    private static boolean hasBefore(List<BackendEntry> all, int priority) {
        if (priority > 0) {
            for (BackendEntry entry : all) {
                if (entry.backend().priority() < priority && entry.state() != BackendState.REMOVED) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Whether one of these may have a session although its state may have changed since they were made.
     *
     * @param leniently whether the unwell may, because no other is left
     */
    boolean admit(BackendEntry entry, boolean leniently) {
        return entry.isOpen() || (leniently || mode == PoolMode.FAIL_OPEN) && !entry.isLeaving();
    }

    /** Whether any candidate may have a session without leniency. */
    boolean admitAny(Members members) {
        for (int position : order) {
            if (admit(members.entry(position), false)) {
                return true;
            }
        }
        return false;
    }

    PoolMode mode() {
        return mode;
    }

    /** The priority of the tier in force, or of the last one that takes a share. */
    int priority() {
        return priority;
    }

    /** How many members are well. */
    int serving() {
        return serving;
    }

    int count() {
        return starts.length - 1;
    }

    int sizeOf(int tier) {
        return starts[tier + 1] - starts[tier];
    }

    /** The position of the candidate of a rank in a tier. */
    int position(int tier, int rank) {
        return order[starts[tier] + rank];
    }

    /** The tier of a position, or {@link Selector#NONE} if the backend there is no candidate. */
    int tierOf(int position) {
        return tiers[position];
    }

    /** Where a tier begins in the order. */
    int startOf(int tier) {
        return starts[tier];
    }

    /** The positions of all candidates, tier by tier; not to be written to. */
    int[] order() {
        return order;
    }

    /** Where each position is in the order, or {@link Selector#NONE}; not to be written to. */
    int[] places() {
        return places;
    }

    /** Whether more than the first tier take a share of the load at all times. */
    boolean areShared() {
        return loads != FIRST_TAKES_ALL;
    }

    /** Whether a tier takes a share of the load at all times, and not only when those before it cannot. */
    boolean shares(int tier) {
        return areShared() && loads[tier] > 0;
    }

    /** The tier to look into first: where tiers share the load, drawn in proportion. */
    int first(RandomGenerator random) {
        if (!areShared()) {
            return 0;
        }
        int left = random.nextInt(100);
        int tier = 0;
        while ((left -= loads[tier]) >= 0) {
            tier++;
        }
        return tier;
    }
}
