package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.PoolMode;
import io.lbkit.Selector;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What a selector sees of a snapshot: all members, to prepare for them; or, for a pick, the candidates of a tier without
 * those that are full or were tried already, numbered anew. One object serves all picks of a loop.
 *
 * <p>Owned by one event loop.
 */
public final class CandidateView implements Candidates {

    /** The tier of a view of all members. */
    private static final int EVERY = -2;

    private final NarrowedView narrower = new NarrowedView(this);

    private Members members = Members.NONE;
    private Tiers tiers = Tiers.EMPTY;
    private long nowNanos;
    private int tier = EVERY;
    private boolean filtered;
    private boolean anyFull;
    private boolean leniently;
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
     * Shows who can be chosen: of the first tier that has anybody who is not full and not tried; where the full are waited
     * for, no tier behind one that is full unless it shares the load. Costs a pass over the tier only if anybody may have to be hidden.
     *
     * @param closely whether to look for what has changed since the snapshot was made
     * @param random draws the tier where tiers share the load
     */
    public CandidateView show(
            Snapshot snapshot, List<BackendEntry> tried, boolean closely, RandomGenerator random, long nowNanos) {
        this.nowNanos = nowNanos;
        members = snapshot.members();
        tiers = snapshot.tiers();
        tier = tiers.first(random);
        filtered = closely || !tried.isEmpty() || snapshot.isAnyFull();
        anyFull = false;
        leniently = false;
        size = 0;
        if (tiers.count() > 0 && !filtered) {
            size = tiers.sizeOf(tier);
        } else if (tiers.count() > 0) {
            filter(tried, snapshot.waitsForFull());
            leniently = size == 0 && snapshot.isLenient(tried);
            if (leniently) {
                filter(tried, snapshot.waitsForFull());
            }
        }
        return this;
    }

    /**
     * Shows one backend in which a place is held already, or nothing if it may have no new session any more.
     *
     * @param tried those that the session has tried already, as for {@link #show}
     */
    public CandidateView showOnly(Snapshot snapshot, BackendEntry entry, List<BackendEntry> tried, long nowNanos) {
        begin(snapshot, nowNanos);
        leniently = snapshot.isLenient(tried);
        Arrays.fill(indexes, 0, members.size(), Selector.NONE);
        int position = members.position(entry);
        boolean candidate = position != Selector.NONE && tiers.tierOf(position) != Selector.NONE;
        if (candidate) {
            tier = tiers.tierOf(position);
            offer(position, admits(entry));
        }
        return this;
    }

    /** Shows those of the first tier that are well, full or not: who should have the sessions there are. */
    public CandidateView showServing(Snapshot snapshot, long nowNanos) {
        begin(snapshot, nowNanos);
        int all = tiers.count() == 0 ? 0 : tiers.sizeOf(0);
        for (int rank = 0; rank < all; rank++) {
            int position = tiers.position(0, rank);
            offer(position, Census.isServing(members.entry(position).state()));
        }
        return this;
    }

    private void begin(Snapshot snapshot, long nowNanos) {
        this.nowNanos = nowNanos;
        members = snapshot.members();
        tiers = snapshot.tiers();
        tier = 0;
        filtered = true;
        anyFull = false;
        leniently = false;
        size = 0;
        makeRoom();
    }

    private void filter(List<BackendEntry> tried, boolean waitsForFull) {
        makeRoom();
        int first = tier;
        filterTier(tried);
        for (int next = 0; next < tiers.count() && size == 0; next++) {
            boolean waits = anyFull && waitsForFull && !tiers.shares(next);
            if (next != first && !waits) {
                tier = next;
                filterTier(tried);
            }
        }
    }

    private void filterTier(List<BackendEntry> tried) {
        int all = tiers.sizeOf(tier);
        for (int rank = 0; rank < all; rank++) {
            int position = tiers.position(tier, rank);
            BackendEntry entry = members.entry(position);
            boolean here = admits(entry) && !entry.isAmong(tried);
            boolean full = here && entry.isFull();
            anyFull |= full && !entry.isProbed();
            offer(position, here && !full);
        }
    }

    private void makeRoom() {
        if (positions.length < members.size()) {
            positions = new int[members.size()];
            indexes = new int[members.size()];
        }
    }

    private void offer(int position, boolean shown) {
        indexes[position] = shown ? size : Selector.NONE;
        if (shown) {
            positions[size++] = position;
        }
    }

    /**
     * Whether a backend may have a session although its state may have changed since the snapshot was made. Drains and
     * removals count at once.
     */
    public boolean admits(BackendEntry entry) {
        return tiers.admit(entry, leniently);
    }

    /** Whether, in the tiers that were looked into, somebody could be chosen but for being full. */
    public boolean isAnyFull() {
        return anyFull;
    }

    /** Whether unwell ones are shown, too, because too few are well. */
    public boolean failsOpen() {
        return tiers.mode() == PoolMode.FAIL_OPEN;
    }

    /** The entry behind an index. */
    public BackendEntry entry(int index) {
        return members.entry(position(index));
    }

    @Override
    public int position(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("candidate " + index + " of " + size);
        }
        return tier == EVERY ? index : filtered ? positions[index] : tiers.position(tier, index);
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
    public long connectPeakNanos(int index) {
        return entry(index).connectTime().peakNanos(nowNanos);
    }

    @Override
    public long firstBytePeakNanos(int index) {
        return entry(index).firstByteTime().peakNanos(nowNanos);
    }

    @Override
    public int indexOf(int position) {
        if (position < 0 || position >= members.size()) {
            return Selector.NONE;
        }
        if (tier == EVERY) {
            return position;
        }
        if (tiers.tierOf(position) != tier) {
            return Selector.NONE;
        }
        return filtered ? indexes[position] : tiers.rankOf(position);
    }

    @Override
    public Candidates only(Filter filter) {
        return narrower.show(filter);
    }
}
