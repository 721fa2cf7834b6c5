package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.PoolMode;
import io.lbkit.Selector;
import java.util.List;

/**
 * All backends as of one moment: the members, which of them are candidates, tier by tier, and the selector prepared for
 * them. Made by {@link Publisher} alone, read by every loop.
 *
 * <p>Immutable.
 */
public final class Snapshot {

    static final Snapshot EMPTY = new Snapshot(List.of(), Members.NONE, Tiers.EMPTY, new FullCount(), false);

    private final List<BackendEntry> all;
    private final Members members;
    private final Tiers tiers;
    private final FullCount full;
    private final boolean waitsForFull;

    /** @param waitsForFull whether a session rather waits for a full backend than goes to the next tier */
    Snapshot(List<BackendEntry> all, Members members, Tiers tiers, FullCount full, boolean waitsForFull) {
        this.all = all;
        this.members = members;
        this.tiers = tiers;
        this.full = full;
        this.waitsForFull = waitsForFull;
    }

    /** Every entry there is, the drained and the removed ones included. */
    public List<BackendEntry> all() {
        return all;
    }

    Members members() {
        return members;
    }

    Tiers tiers() {
        return tiers;
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

    public Selector selector() {
        return members.selector();
    }

    public PoolMode mode() {
        return tiers.mode();
    }

    /** How many backends are full now. */
    int full() {
        return full.count();
    }

    /** Whether any backend may be full now. */
    boolean isAnyFull() {
        return full.isAny();
    }

    boolean waitsForFull() {
        return waitsForFull;
    }
}
