package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.Failover;
import io.lbkit.Selector;
import java.util.ArrayList;
import java.util.List;

/** Entries and snapshots of them, as the table makes them. Owned by one test. */
final class TestSet {

    final List<BackendEntry> entries = new ArrayList<>();
    private final FullCount full = new FullCount();

    BackendEntry add(Backend backend, long nowNanos) {
        BackendEntry entry = new BackendEntry(backend, 1, full, nowNanos);
        entries.add(entry);
        return entry;
    }

    /** The selector as it is. */
    Snapshot snapshot(Selector selector) {
        return snapshot(selector, Failover.DEFAULT);
    }

    Snapshot snapshot(Selector selector, Failover failover) {
        Members members = members(selector);
        return new Snapshot(entries, members, Tiers.of(entries, members, failover), full, false);
    }

    Selector prepare(Selector selector) {
        return selector.prepare(new CandidateView().show(members(selector), 0));
    }

    private Members members(Selector selector) {
        return Members.of(entries.stream().map(Roster.Row::of).toList(), selector);
    }
}
