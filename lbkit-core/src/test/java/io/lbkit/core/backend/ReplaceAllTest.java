package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.PoolMode;
import io.lbkit.Replacement;
import io.lbkit.Tls;
import io.lbkit.core.backend.Bench.Visit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The whole set is replaced in one step, by ids. */
class ReplaceAllTest {

    private final Bench bench = new Bench(Bench.backends(3));

    @Test
    void it_is_one_snapshot_and_says_what_changed() {
        Replacement done =
                bench.replaceAll(List.of(Bench.backend(4), Bench.backend(2).weight(5), Bench.backend(3)));
        assertEquals(
                new Replacement(List.of(Bench.backend(4)), List.of(Bench.backend(2)), List.of(Bench.backend(1))), done);
        assertEquals(5, done.updated().get(0).weight());
        assertEquals(List.of("b2:5 b3:1 b4:1"), bench.prepared, "no part of it was ever published");
        assertEquals(List.of("b2", "b3", "b4"), bench.candidates());
        assertEquals(
                List.of("updated b2", "b4 UP", "added b4", "b1 REMOVED", "down b1", "removed b1"), bench.takeTold());
    }

    @Test
    void the_same_set_changes_nothing() {
        Snapshot before = bench.snapshot();
        Replacement done = bench.replaceAll(List.of(Bench.backends(3)));
        assertEquals(new Replacement(List.of(), List.of(), List.of()), done);
        assertEquals(List.of(), bench.takeTold());
        assertEquals(List.of(), bench.prepared);
        assertSame(before.members(), bench.snapshot().members());
    }

    /** A source makes each set anew, with its TLS. */
    @Test
    void the_same_set_with_tls_made_anew_changes_nothing() {
        bench.replaceAll(List.of(Bench.backend(1).tls(Tls.client().serverName("db.example"))));
        bench.takeTold();
        Replacement done =
                bench.replaceAll(List.of(Bench.backend(1).tls(Tls.client().serverName("db.example"))));
        assertEquals(new Replacement(List.of(), List.of(), List.of()), done);
        assertEquals(List.of(), bench.takeTold());
    }

    @Test
    void who_stays_keeps_sessions_counters_drain_and_health() {
        Visit session = bench.visit("b1").connects();
        bench.table.drain("b1", null, new CompletableFuture<>());
        bench.table.onChecked(bench.entry("b2"), false, "refused");
        BackendEntry entry = bench.entry("b1");
        entry.connectTime().onPenalty(7_000_000, bench.nowNanos());
        entry.firstByteTime().onPenalty(9_000_000, bench.nowNanos());
        List<Long> times = times(entry);
        bench.replaceAll(List.of(
                Bench.backend(1).weight(2),
                Bench.backend(2).weight(3),
                Bench.backend(5),
                Bench.backend(6),
                Bench.backend(7)));
        assertSame(entry, bench.entry("b1"));
        assertEquals(1, entry.active());
        assertEquals(times, times(entry));
        assertTrue(times.stream().allMatch(nanos -> nanos >= 7_000_000), times::toString);
        assertEquals(BackendState.DRAINING, bench.state("b1"));
        assertEquals(BackendState.DOWN, bench.state("b2"));
        bench.fail("b5");
        bench.replaceAll(List.of(
                Bench.backend(1), Bench.backend(2), Bench.backend(5).weight(9), Bench.backend(6), Bench.backend(7)));
        assertEquals(BackendState.EJECTED, bench.state("b5"));
        session.leaves();
    }

    private List<Long> times(BackendEntry entry) {
        long now = bench.nowNanos();
        return List.of(
                entry.connectTime().nanos(now),
                entry.connectTime().peakNanos(now),
                entry.firstByteTime().nanos(now),
                entry.firstByteTime().peakNanos(now));
    }

    @Test
    void who_goes_and_comes_back_with_sessions_continues_with_them() {
        Visit session = bench.visit("b1").connects();
        bench.replaceAll(List.of(Bench.backend(2)));
        assertEquals(BackendState.REMOVED, bench.state("b1"));
        bench.replaceAll(List.of(Bench.backends(3)));
        assertEquals(BackendState.UP, bench.state("b1"));
        assertEquals(1, bench.entry("b1").active());
        assertEquals(1, bench.entry("b1").stats(bench.nowNanos()).sessions());
        session.leaves();
    }

    @Test
    void the_removed_ones_are_listed_until_their_last_session_has_ended() {
        Visit session = bench.visit("b1").connects();
        bench.replaceAll(List.of(Bench.backend(9)));
        assertEquals(2, bench.snapshot().all().size(), "the idle ones are gone already");
        session.leaves();
        assertEquals(1, bench.snapshot().all().size());
    }

    @Test
    void nobody_is_left_after_removing_all() {
        bench.replaceAll(List.of());
        assertEquals(PoolMode.EMPTY, bench.snapshot().mode());
        assertEquals(List.of(), bench.candidates());
        assertEquals(List.of(), bench.snapshot().all());
    }

    @Test
    void what_others_change_before_it_is_done_is_replaced_as_well() {
        SetChange reckoned =
                bench.table.change(List.of(Bench.backend(1), Bench.backend(2).weight(5)));
        bench.table.add(Bench.backend(8));
        bench.table.weight("b1", 9);
        bench.table.remove("b2", null, new CompletableFuture<>());
        Replacement done = bench.table.replaceAll(reckoned);
        assertEquals(List.of("b1", "b2"), bench.candidates());
        assertEquals(List.of(Bench.backend(2)), done.added());
        assertEquals(List.of(Bench.backend(1)), done.updated());
        assertEquals(List.of(Bench.backend(3), Bench.backend(8)), done.removed());
        assertEquals(
                List.of(1, 5),
                List.of(bench.snapshot().weight(0), bench.snapshot().weight(1)));
    }

    @Test
    void so_is_what_is_not_published_yet() {
        bench.table.small(0);
        bench.table.weight("b1", 9);
        SetChange reckoned = bench.table.change(List.of(Bench.backends(3)));
        bench.table.replaceAll(reckoned);
        bench.settle();
        assertEquals(1, bench.snapshot().weight(0));
    }

    @Test
    void two_of_the_same_id_are_refused_and_nothing_happens() {
        List<Backend> twice = List.of(Bench.backend(4), Bench.backend(4));
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> bench.replaceAll(twice));
        assertEquals("backend id is b4, must be unique in a set", refused.getMessage());
        assertEquals(List.of("b1", "b2", "b3"), bench.candidates());
    }
}
