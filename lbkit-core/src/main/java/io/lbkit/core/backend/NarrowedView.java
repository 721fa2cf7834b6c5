package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.Selector;
import org.jspecify.annotations.Nullable;

/**
 * Some of the candidates of another view, numbered anew; positions are those of the other view. One object serves all that is
 * narrowed from one view.
 *
 * <p>Owned by one event loop, that of the other view.
 */
final class NarrowedView implements Candidates {

    private final Candidates wide;
    private int size;
    private int[] wideIndexes = {}; // of each index here
    private int[] indexes = {}; // of each index there
    private @Nullable NarrowedView narrower;

    NarrowedView(Candidates wide) {
        this.wide = wide;
    }

    /** Shows what a filter leaves of the other view now. */
    NarrowedView show(Filter filter) {
        int all = wide.size();
        if (indexes.length < all) {
            indexes = new int[all];
            wideIndexes = new int[all];
        }
        size = 0;
        for (int i = 0; i < all; i++) {
            boolean stays = filter.accepts(wide, i);
            indexes[i] = stays ? size : Selector.NONE;
            if (stays) {
                wideIndexes[size++] = i;
            }
        }
        return this;
    }

    private int wide(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("candidate " + index + " of " + size);
        }
        return wideIndexes[index];
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Backend backend(int index) {
        return wide.backend(wide(index));
    }

    @Override
    public int weight(int index) {
        return wide.weight(wide(index));
    }

    @Override
    public int connections(int index) {
        return wide.connections(wide(index));
    }

    @Override
    public double recentPicks(int index) {
        return wide.recentPicks(wide(index));
    }

    @Override
    public long connectNanos(int index) {
        return wide.connectNanos(wide(index));
    }

    @Override
    public long firstByteNanos(int index) {
        return wide.firstByteNanos(wide(index));
    }

    @Override
    public long connectPeakNanos(int index) {
        return wide.connectPeakNanos(wide(index));
    }

    @Override
    public long firstBytePeakNanos(int index) {
        return wide.firstBytePeakNanos(wide(index));
    }

    @Override
    public int position(int index) {
        return wide.position(wide(index));
    }

    @Override
    public int indexOf(int position) {
        int index = wide.indexOf(position);
        return index == Selector.NONE ? Selector.NONE : indexes[index];
    }

    @Override
    public Candidates only(Filter filter) {
        if (narrower == null) {
            narrower = new NarrowedView(this);
        }
        return narrower.show(filter);
    }
}
