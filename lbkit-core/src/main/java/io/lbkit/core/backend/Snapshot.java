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

    /** Whether a backend may have a session although its state may have changed since this was made. */
    public boolean admits(BackendEntry entry) {
        return tiers.admit(entry, isLenient(List.of()));
    }

    /**
     * Whether the unwell may have a session that has tried some: all candidates have gone down since this was made, and the
     * snapshot that says what is to be done then is not there yet.
     */
    boolean isLenient(List<BackendEntry> tried) {
        return tried.isEmpty() && tiers.count() > 0 && !tiers.admitAny(members);
    }

    /**
     * Whether a place in a backend is of use to a session that waits and has tried some: not if one of an earlier tier is to
     * be waited for.
     */
    public boolean offers(BackendEntry entry, List<BackendEntry> tried) {
        boolean leniently = isLenient(tried);
        int position = members.position(entry);
        int tier = position == Selector.NONE ? Selector.NONE : tiers.tierOf(position);
        if (tier == Selector.NONE || !tiers.admit(entry, leniently) || entry.isAmong(tried)) {
            return false;
        }
        for (int earlier = 0; earlier < tier && !tiers.shares(tier); earlier++) {
            for (int rank = 0; rank < tiers.sizeOf(earlier); rank++) {
                BackendEntry other = members.entry(tiers.position(earlier, rank));
                if (tiers.admit(other, leniently) && !other.isAmong(tried) && !other.isProbed()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether any backend may be full now. */
    boolean isAnyFull() {
        return full.isAny();
    }

    boolean waitsForFull() {
        return waitsForFull;
    }
}
