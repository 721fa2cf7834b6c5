package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.Selector;
import java.util.List;

/**
 * What a selector sees of a snapshot: all of it, or, where backends are full or were tried already, the rest, numbered anew.
 * One object serves all picks of a loop.
 *
 * <p>Owned by one event loop.
 */
public final class CandidateView implements Candidates {

    private Snapshot snapshot = Snapshot.EMPTY;
    private long nowNanos;
    private boolean whole = true;
    private int size;
    private int[] positions = {}; // of each index, unless whole
    private int[] indexes = {}; // of each position, unless whole

    /** Shows all of a snapshot. */
    public CandidateView show(Snapshot snapshot, long nowNanos) {
        this.snapshot = snapshot;
        this.nowNanos = nowNanos;
        whole = true;
        size = snapshot.size();
        return this;
    }

    /**
     * Shows what is not full and not tried. Costs a pass over the set only if anything may have to be hidden.
     *
     * @param closely whether to look for backends that were drained since the snapshot was made
     */
    public CandidateView show(Snapshot snapshot, List<BackendEntry> tried, boolean closely, long nowNanos) {
        show(snapshot, nowNanos);
        if (closely || snapshot.isLimited() || !tried.isEmpty()) {
            hide(tried);
        }
        return this;
    }

    /** Shows one backend in which a place is held already, or nothing if it gets no new sessions any more. */
    public CandidateView showOnly(Snapshot snapshot, BackendEntry entry, long nowNanos) {
        show(snapshot, nowNanos);
        begin();
        for (int position = 0; position < snapshot.size(); position++) {
            offer(position, snapshot.entry(position) == entry && entry.isOpen());
        }
        return this;
    }

    private void hide(List<BackendEntry> tried) {
        begin();
        for (int position = 0; position < snapshot.size(); position++) {
            BackendEntry entry = snapshot.entry(position);
            offer(position, !entry.isFull() && entry.isOpen() && !tried.contains(entry));
        }
    }

    private void begin() {
        whole = false;
        size = 0;
        if (positions.length < snapshot.size()) {
            positions = new int[snapshot.size()];
            indexes = new int[snapshot.size()];
        }
    }

    private void offer(int position, boolean shown) {
        indexes[position] = shown ? size : Selector.NONE;
        if (shown) {
            positions[size++] = position;
        }
    }

    /** The entry behind an index. */
    public BackendEntry entry(int index) {
        return snapshot.entry(position(index));
    }

    private int position(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("candidate " + index + " of " + size);
        }
        return whole ? index : positions[index];
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Backend backend(int index) {
        return snapshot.backend(position(index));
    }

    @Override
    public int weight(int index) {
        return snapshot.weight(position(index));
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
        if (position < 0 || position >= snapshot.size()) {
            return Selector.NONE;
        }
        return whole ? position : indexes[position];
    }
}
