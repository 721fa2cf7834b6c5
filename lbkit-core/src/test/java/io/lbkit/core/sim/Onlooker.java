package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Failover;
import io.lbkit.PoolMode;
import io.lbkit.Selector;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.relay.Waits;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Stands before the selector and checks what it is shown: works out from the states alone who should be a candidate. */
final class Onlooker implements Selector {

    /** A backend as the selector should see it. */
    private record Seen(Backend backend, BackendState state, boolean member, boolean full) {}

    private final Selector selector;
    private final Failover failover;
    private final boolean exact;
    private final Supplier<BackendTable> table;
    private final List<AssertionError> complaints;

    /** @param exact whether snapshots are published at once, so that what holds now is what must be seen */
    Onlooker(
            Selector selector,
            Failover failover,
            boolean exact,
            Supplier<BackendTable> table,
            List<AssertionError> complaints) {
        this.selector = selector;
        this.failover = failover;
        this.exact = exact;
        this.table = table;
        this.complaints = complaints;
    }

    @Override
    public Selector prepare(Candidates all) {
        return new Onlooker(selector.prepare(all), failover, exact, table, complaints);
    }

    @Override
    public Selector trial() {
        return new Onlooker(selector.trial(), failover, exact, table, complaints);
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        try {
            check(candidates, client);
        } catch (AssertionError complaint) {
            complaints.add(complaint);
        }
        return selector.select(candidates, client);
    }

    private void check(Candidates candidates, ConnectionInfo client) {
        List<Backend> shown = IntStream.range(0, candidates.size())
                .mapToObj(candidates::backend)
                .toList();
        for (int index = 0; index < candidates.size(); index++) {
            assert candidates.weight(index) > 0 : "a weight of nothing";
            assert !client.tried(shown.get(index)) : "tried already: " + shown.get(index);
        }
        if (!exact) {
            return; // of a large set some may have gone in the last few milliseconds; they are not chosen in the end
        }
        List<Seen> all = all();
        if (Waits.isGranted(client)) {
            checkGranted(shown, all);
            return;
        }
        List<List<Backend>> expected =
                failover.overprovisioningPercent() == 0 ? List.of(oneTierAtATime(all, client)) : anyTier(all, client);
        assert expected.contains(shown) : "shown " + shown + ", expected " + expected + " of " + all;
    }

    /** A place is held in it: it counts as full if that was the last one. */
    private void checkGranted(List<Backend> shown, List<Seen> all) {
        boolean failsOpen = table.get().pool().current().mode() == PoolMode.FAIL_OPEN;
        assert shown.size() == 1
                        && all.stream()
                                .anyMatch(seen -> seen.member
                                        && (failsOpen || seen.state.isOpen())
                                        && seen.backend.equals(shown.get(0)))
                : "granted " + shown + " of " + all;
    }

    private List<Seen> all() {
        List<BackendEntry> entries = table.get().pool().current().all();
        List<BackendStats> stats = table.get().stats(0);
        List<Seen> all = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            BackendState state = entries.get(i).state();
            boolean member =
                    state.compareTo(BackendState.DOWN) <= 0 && stats.get(i).weight() > 0;
            all.add(new Seen(
                    stats.get(i).backend(), state, member, entries.get(i).isFull()));
        }
        return all;
    }

    /** The first tier that has anybody left; of one that fails open, the unwell as well. */
    private List<Backend> oneTierAtATime(List<Seen> all, ConnectionInfo client) {
        if (all.stream().noneMatch(seen -> seen.member && seen.state.isOpen())) {
            return left(all, client, seen -> true);
        }
        int inForce = inForce(all);
        for (int priority = 0; priority <= 9; priority++) {
            int tier = priority;
            boolean failsOpen = tier == inForce && isBelowThreshold(all, tier);
            List<Backend> left =
                    left(all, client, seen -> seen.backend.priority() == tier && (failsOpen || seen.state.isOpen()));
            if (!left.isEmpty()) {
                return left;
            }
        }
        return List.of();
    }

    private static int inForce(List<Seen> all) {
        Predicate<Seen> serves = seen -> seen.state == BackendState.UP || seen.state == BackendState.RAMPING;
        return all.stream()
                .filter(seen -> seen.member && serves.test(seen))
                .mapToInt(seen -> seen.backend.priority())
                .min()
                .orElse(10);
    }

    private boolean isBelowThreshold(List<Seen> all, int priority) {
        long members = all.stream()
                .filter(seen -> seen.member && seen.backend.priority() == priority)
                .count();
        long open = all.stream()
                .filter(seen -> seen.member && seen.backend.priority() == priority && seen.state.isOpen())
                .count();
        return failover.failOpen() && 100 * open < failover.failOpenBelowPercent() * members;
    }

    /** Which one is drawn is a matter of chance, but it is shown whole. */
    private List<List<Backend>> anyTier(List<Seen> all, ConnectionInfo client) {
        List<List<Backend>> tiers = new ArrayList<>();
        tiers.add(left(all, client, seen -> table.get().pool().current().mode() == PoolMode.FAIL_OPEN));
        for (int priority = 0; priority <= 9; priority++) {
            int tier = priority;
            tiers.add(left(all, client, seen -> seen.backend.priority() == tier && seen.state.isOpen()));
            tiers.add(left(all, client, seen -> seen.backend.priority() == tier));
        }
        return tiers;
    }

    private static List<Backend> left(List<Seen> all, ConnectionInfo client, Predicate<Seen> among) {
        return all.stream()
                .filter(seen -> seen.member && !seen.full && !client.tried(seen.backend) && among.test(seen))
                .map(Seen::backend)
                .toList();
    }
}
