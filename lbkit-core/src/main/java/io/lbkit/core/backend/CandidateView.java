package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.PoolMode;
import io.lbkit.Selector;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a selector sees of a snapshot: all members, to prepare for them; or, for a pick, the candidates of a tier without
 * those that are full or were tried already, numbered anew. One object serves all picks of a loop.
 *
 * <p>Owned by one event loop.
 */
public final class CandidateView implements Candidates {

    private final NarrowedView narrower = new NarrowedView(this);

    private Members members = Members.NONE;
    private Tiers tiers = Tiers.EMPTY;
    private long nowNanos;
    private int tier;
    private @Nullable Snapshot whole; // which is shown as any pick from it would see it if nobody had to be hidden
    private boolean anyFull;
    private boolean leniently;
    private int size;
    private boolean straight; // all members are shown, so that an index is a position
    private int start; // in the order, of those shown
    private int[] order = {}; // positions
    private int[] places = {}; // in the order, of each position
    private int[] ownOrder = {}; // where somebody is hidden
    private int[] ownPlaces = {};

    /** Shows all members. */
    CandidateView show(Members members, long nowNanos) {
        begin(members, Tiers.EMPTY, 0, nowNanos);
        straight = true;
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
        boolean hides = closely || !tried.isEmpty() || snapshot.isAnyFull();
        if (snapshot == whole && !hides) {
            this.nowNanos = nowNanos; // and no reference, of which a garbage collector would have to be told
            return this;
        }
        begin(snapshot.members(), snapshot.tiers(), snapshot.tiers().first(random), nowNanos);
        if (!hides) {
            showTier();
            whole = tiers.areShared() ? null : snapshot;
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
        begin(snapshot.members(), snapshot.tiers(), 0, nowNanos);
        leniently = snapshot.isLenient(tried);
        hideAll();
        int position = members.position(entry);
        if (position != Selector.NONE && tiers.tierOf(position) != Selector.NONE) {
            tier = tiers.tierOf(position);
            offer(position, admits(entry));
        }
        return this;
    }

    /** Shows those of the first tier that are well, full or not: who should have the sessions there are. */
    public CandidateView showServing(Snapshot snapshot, long nowNanos) {
        begin(snapshot.members(), snapshot.tiers(), 0, nowNanos);
        hideAll();
        int all = tiers.count() == 0 ? 0 : tiers.sizeOf(0);
        for (int rank = 0; rank < all; rank++) {
            int position = tiers.position(0, rank);
            offer(position, Census.isServing(members.entry(position).state()));
        }
        return this;
    }

    /** Shows nobody. */
    private void begin(Members members, Tiers tiers, int tier, long nowNanos) {
        this.members = members;
        this.tiers = tiers;
        this.tier = tier;
        this.nowNanos = nowNanos;
        whole = null;
        anyFull = false;
        leniently = false;
        straight = false;
        start = 0;
        size = 0;
    }

    private void showTier() {
        order = tiers.order();
        places = tiers.places();
        start = tiers.startOf(tier);
        size = tiers.count() == 0 ? 0 : tiers.sizeOf(tier);
        straight = size == members.size();
    }

    private void filter(List<BackendEntry> tried, boolean waitsForFull) {
        hideAll();
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

    private void hideAll() {
        if (ownOrder.length < members.size()) {
            ownOrder = new int[members.size()];
            ownPlaces = new int[members.size()];
        }
        Arrays.fill(ownPlaces, Selector.NONE);
        order = ownOrder;
        places = ownPlaces;
    }

    private void offer(int position, boolean shown) {
        if (shown) {
            places[position] = size;
            order[size++] = position;
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
        return members.entry(at(index));
    }

    /** The position of an index, for an array of all members; which checks the index itself where all are shown. */
    private int at(int index) {
        return straight ? index : order[start + Objects.checkIndex(index, size)];
    }

    @Override
    public int position(int index) {
        return at(Objects.checkIndex(index, size));
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Backend backend(int index) {
        return members.backend(at(index));
    }

    @Override
    public int weight(int index) {
        return members.weight(at(index));
    }

    @Override
    public int connections(int index) {
        return entry(index).glimpseActive();
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
        if (straight) {
            return Integer.compareUnsigned(position, size) < 0 ? position : Selector.NONE;
        }
        if (position < 0 || position >= places.length) {
            return Selector.NONE;
        }
        int index = places[position] - start;
        return Integer.compareUnsigned(index, size) < 0 ? index : Selector.NONE;
    }

    @Override
    public Candidates only(Filter filter) {
        return narrower.show(filter);
    }
}
