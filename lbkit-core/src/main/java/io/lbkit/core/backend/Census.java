package io.lbkit.core.backend;

import io.lbkit.BackendState;
import io.lbkit.Failover;

/**
 * How many members of each priority there are, and how they are; and what follows for the tiers: what share of the load
 * each takes ({@link TierLoads}), and which are so unwell that all their members are to be tried: where tiers share the load,
 * by the rule of Envoy's panic threshold ({@code load_balancer_impl.cc}), which is for those that together cannot take all.
 *
 * <p>Immutable.
 */
final class Census {

    static final int PRIORITIES = 10;

    private final int[] members = new int[PRIORITIES];
    private final int[] open = new int[PRIORITIES];
    private final int[] serving = new int[PRIORITIES];
    private final boolean shared;
    private final int[] loads;
    private final boolean[] panics = new boolean[PRIORITIES];

    /** @param states of the members */
    Census(Members set, BackendState[] states, Failover failover) {
        for (int position = 0; position < set.size(); position++) {
            BackendState state = states[position];
            int priority = set.backend(position).priority();
            members[priority] += isMember(state) ? 1 : 0;
            open[priority] += state.isOpen() ? 1 : 0;
            serving[priority] += isServing(state) ? 1 : 0;
        }
        int overprovisioning = failover.overprovisioningPercent();
        shared = overprovisioning > 0;
        int[] health = new int[PRIORITIES];
        for (int priority = 0; priority < PRIORITIES; priority++) {
            health[priority] = TierLoads.health(open[priority], members[priority], overprovisioning);
        }
        loads = shared ? TierLoads.of(health) : all(first(isAny(serving) ? serving : open));
        boolean enough = shared && sum(health) >= 100;
        for (int priority = 0; priority < PRIORITIES; priority++) {
            panics[priority] = failover.failOpen()
                    && !enough
                    && loads[priority] > 0
                    && 100L * open[priority] < (long) failover.failOpenBelowPercent() * members[priority];
        }
    }

    /** One that is drained or removed is a member no longer, which of a large set is published a moment later. */
    static boolean isMember(BackendState state) {
        return state.compareTo(BackendState.DOWN) <= 0;
    }

    static boolean isServing(BackendState state) {
        return state == BackendState.UP || state == BackendState.RAMPING;
    }

    boolean hasMembers() {
        return isAny(members);
    }

    boolean hasOpen() {
        return isAny(open);
    }

    int serving() {
        return sum(serving);
    }

    boolean hasOpen(int priority) {
        return open[priority] > 0;
    }

    /** Whether tiers share the load, and do not take turns. */
    boolean isShared() {
        return shared;
    }

    /** Percent of the load. */
    int load(int priority) {
        return loads[priority];
    }

    /** Whether all members of a priority are to be tried. */
    boolean panics(int priority) {
        return panics[priority];
    }

    boolean panics() {
        for (boolean panics : panics) {
            if (panics) {
                return true;
            }
        }
        return false;
    }

    /** The priority that takes the load, or the last of those that take a share. */
    int lastInForce() {
        int last = 0;
        for (int priority = 0; priority < PRIORITIES; priority++) {
            last = loads[priority] > 0 ? priority : last;
        }
        return last;
    }

    private static int[] all(int priority) {
        int[] loads = new int[PRIORITIES];
        loads[priority] = 100;
        return loads;
    }

    private static int first(int[] counts) {
        int first = 0;
        while (first < PRIORITIES - 1 && counts[first] == 0) {
            first++;
        }
        return first;
    }

    private static boolean isAny(int[] counts) {
        return sum(counts) > 0;
    }

    private static int sum(int[] counts) {
        int sum = 0;
        for (int count : counts) {
            sum += count;
        }
        return sum;
    }
}
