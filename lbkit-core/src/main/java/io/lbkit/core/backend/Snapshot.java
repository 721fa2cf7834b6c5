package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.Selector;
import java.util.List;

/**
 * All backends as of one moment: those that get new sessions, and the selector prepared for them. Made by
 * {@link BackendTable} alone, read by every loop.
 *
 * <p>Immutable.
 */
public final class Snapshot {

    static final Snapshot EMPTY = new Snapshot(List.of(), List.of(), (candidates, client) -> Selector.NONE);

    private final List<BackendEntry> all;
    private final BackendEntry[] entries;
    private final Backend[] backends; // as configured when this was made
    private final boolean limited;
    private final Selector selector;

    Snapshot(List<BackendEntry> all, List<BackendEntry> eligible, Selector selector) {
        this.all = List.copyOf(all);
        this.entries = eligible.toArray(BackendEntry[]::new);
        this.backends = new Backend[entries.length];
        this.selector = selector;
        boolean anyLimit = false;
        for (int i = 0; i < entries.length; i++) {
            backends[i] = entries[i].backend();
            anyLimit |= backends[i].maxConnections() != Backend.UNLIMITED;
        }
        this.limited = anyLimit;
    }

    /** Every entry there is, the drained and the removed ones included. */
    public List<BackendEntry> all() {
        return all;
    }

    /** How many are eligible. */
    public int size() {
        return entries.length;
    }

    public BackendEntry entry(int position) {
        return entries[position];
    }

    public Backend backend(int position) {
        return backends[position];
    }

    public int weight(int position) {
        return backends[position].weight();
    }

    /** Whether any eligible backend can be full. */
    public boolean isLimited() {
        return limited;
    }

    public Selector selector() {
        return selector;
    }
}
