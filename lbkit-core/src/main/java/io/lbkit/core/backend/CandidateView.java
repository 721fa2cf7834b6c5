package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.Selector;
import java.util.List;

/**
 * What a selector sees of a snapshot: all members, to prepare for them; or, for a pick, the usable ones of a tier without
 * those that are full or were tried already, numbered anew. One object serves all picks of a loop.
 *
 * <p>Owned by one event loop.
 */
public final class CandidateView implements Candidates {

    /** The tier of a view of all members. */
    private static final int EVERY = -2;

    private Members members = Members.NONE;
    private Snapshot snapshot = Snapshot.EMPTY;
    private long nowNanos;
    private int tier = EVERY;
    private boolean filtered;
    private int size;
    private int[] positions = {}; // of each index, if filtered
    private int[] indexes = {}; // of each position of the tier, if filtered

    /** Shows all members. */
    CandidateView show(Members members, long nowNanos) {
        this.members = members;
        this.nowNanos = nowNanos;
        tier = EVERY;
        filtered = false;
        size = members.size();
        return this;
    }

    /**
     * Shows who can be chosen: of the first tier that has somebody who is usable, not full and not tried. Costs a pass over
     * the tier only if anything may have to be hidden.
     *
     * @param closely whether to look for what has changed since the snapshot was made
     */
    public CandidateView show(Snapshot snapshot, List<BackendEntry> tried, boolean closely, long nowNanos) {
        this.snapshot = snapshot;
        this.nowNanos = nowNanos;
        members = snapshot.members();
        filtered = closely || !tried.isEmpty() || snapshot.isAnyFull();
        tier = 0;
        size = 0;
        if (!filtered) {
            size = snapshot.tiers() == 0 ? 0 : snapshot.sizeOf(0);
            return this;
        }
        for (int next = 0; next < snapshot.tiers() && size == 0; next++) {
            tier = next;
            filter(tried);
        }
        return this;
    }

    private void filter(List<BackendEntry> tried) {
        if (positions.length < members.size()) {
            positions = new int[members.size()];
            indexes = new int[members.size()];
        }
        int usable = snapshot.sizeOf(tier);
        for (int rank = 0; rank < usable; rank++) {
            int position = snapshot.position(tier, rank);
            BackendEntry entry = members.entry(position);
            boolean hidden = entry.isFull() || !snapshot.admits(entry) || tried.contains(entry);
            indexes[position] = hidden ? Selector.NONE : size;
            if (!hidden) {
                positions[size++] = position;
            }
        }
    }

    /** The entry behind an index. */
    public BackendEntry entry(int index) {
        return members.entry(position(index));
    }

    private int position(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("candidate " + index + " of " + size);
        }
        return tier == EVERY ? index : filtered ? positions[index] : snapshot.position(tier, index);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Backend backend(int index) {
        return members.backend(position(index));
    }

    @Override
    public int weight(int index) {
        return members.weight(position(index));
    }

    @Override
    public int connections(int index) {
        return entry(index).active();
    }

    @Override
    public double recentPicks(int index) {
        return entry(index).recentPicks(nowNanos);
    }

    @Override
    public long connectNanos(int index) {
        return entry(index).connectTime().nanos(nowNanos);
    }

    @Override
    public long firstByteNanos(int index) {
        return entry(index).firstByteTime().nanos(nowNanos);
    }

    @Override
    public int indexOf(int position) {
        if (position < 0 || position >= members.size()) {
            return Selector.NONE;
        }
        if (tier == EVERY) {
            return position;
        }
        if (snapshot.tierOf(position) != tier) {
            return Selector.NONE;
        }
        return filtered ? indexes[position] : snapshot.rankOf(position);
    }
}
