package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.PoolMode;
import io.lbkit.Selector;
import java.util.Arrays;
import java.util.List;

/**
 * All backends as of one moment: the members, which of them are usable, tier by tier, and the selector prepared for them.
 * Made by {@link BackendTable} alone, read by every loop.
 *
 * <p>Immutable.
 */
public final class Snapshot {

    static final int TIERS = 10;

    static final Snapshot EMPTY = new Snapshot(List.of(), Members.NONE, new FullCount());

    private final List<BackendEntry> all;
    private final Members members;
    private final FullCount full;
    private final PoolMode mode;
    private final int priority;
    private final int[] order; // positions of the usable ones, tier by tier
    private final int[] starts; // of each tier in the order, and the end of the last one
    private final int[] tiers; // of each position; NONE if it is not usable
    private final int[] ranks; // of each position in its tier

    /** Sees who is usable now. */
    Snapshot(List<BackendEntry> all, Members members, FullCount full) {
        this.all = all;
        this.members = members;
        this.full = full;
        int size = members.size();
        int[] sizes = new int[TIERS];
        int open = 0;
        for (int position = 0; position < size; position++) {
            if (members.entry(position).isOpen()) {
                sizes[members.backend(position).priority()]++;
                open++;
            }
        }
        boolean failsOpen = open == 0 && size > 0;
        priority = lowest(sizes);
        mode = failsOpen ? PoolMode.FAIL_OPEN : open == 0 ? PoolMode.EMPTY : modeOf(all, priority);
        if (failsOpen) {
            sizes[0] = size;
        }
        int[] tierOf = new int[TIERS];
        starts = startsOf(sizes, tierOf);
        tiers = new int[size];
        ranks = new int[size];
        order = new int[starts[starts.length - 1]];
        int[] filled = new int[starts.length];
        for (int position = 0; position < size; position++) {
            int tier = failsOpen
                    ? 0
                    : members.entry(position).isOpen()
                            ? tierOf[members.backend(position).priority()]
                            : Selector.NONE;
            tiers[position] = tier;
            if (tier != Selector.NONE) {
                ranks[position] = filled[tier]++;
                order[starts[tier] + ranks[position]] = position;
            }
        }
    }

    private static int lowest(int[] sizes) {
        for (int priority = 0; priority < sizes.length; priority++) {
            if (sizes[priority] > 0) {
                return priority;
            }
        }
        return 0;
    }

    private static PoolMode modeOf(List<BackendEntry> all, int priority) {
        for (BackendEntry entry : all) {
            if (entry.backend().priority() < priority && entry.state() != BackendState.REMOVED) {
                return PoolMode.BACKUP;
            }
        }
        return PoolMode.NORMAL;
    }

    /** Numbers the tiers that have any, in {@code tierOf}. */
    private static int[] startsOf(int[] sizes, int[] tierOf) {
        int[] starts = new int[sizes.length + 1];
        int count = 0;
        for (int priority = 0; priority < sizes.length; priority++) {
            if (sizes[priority] > 0) {
                tierOf[priority] = count;
                starts[count + 1] = starts[count] + sizes[priority];
                count++;
            }
        }
        return Arrays.copyOf(starts, count + 1);
    }

    /** Every entry there is, the drained and the removed ones included. */
    public List<BackendEntry> all() {
        return all;
    }

    Members members() {
        return members;
    }

    /** How many members there are, usable or not. */
    public int size() {
        return members.size();
    }

    public BackendEntry entry(int position) {
        return members.entry(position);
    }

    public Backend backend(int position) {
        return members.backend(position);
    }

    public int weight(int position) {
        return members.weight(position);
    }

    public PoolMode mode() {
        return mode;
    }

    /** The priority of the tier in force. */
    public int priority() {
        return priority;
    }

    /** Whether a backend may have a session although its state may have changed since this was made. */
    public boolean admits(BackendEntry entry) {
        BackendState state = entry.state();
        return state.isOpen() || mode == PoolMode.FAIL_OPEN && state.compareTo(BackendState.DOWN) <= 0;
    }

    /** Whether any backend may be full now. */
    boolean isAnyFull() {
        return full.isAny();
    }

    public Selector selector() {
        return members.selector();
    }

    // ---- tiers: numbered from 0, only those that have a usable backend

    int tiers() {
        return starts.length - 1;
    }

    int sizeOf(int tier) {
        return starts[tier + 1] - starts[tier];
    }

    /** The position of the usable backend of a rank in a tier. */
    int position(int tier, int rank) {
        return order[starts[tier] + rank];
    }

    /** The tier of a position, or {@link Selector#NONE} if the backend there is not usable. */
    int tierOf(int position) {
        return tiers[position];
    }

    int rankOf(int position) {
        return ranks[position];
    }
}
