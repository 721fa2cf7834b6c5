package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.BackendState;
import io.lbkit.PoolMode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Who is a member, who is usable, who is told, and when the selector is prepared anew. */
class TableTest {

    private static final int NONE = -1;

    @Test
    void a_backend_that_fails_its_check_is_a_member_but_no_candidate() {
        Bench bench = new Bench(Bench.backends(3));
        bench.table.onChecked(bench.entry("b2"), false, "refused");
        assertEquals(BackendState.DOWN, bench.state("b2"));
        assertEquals(List.of("b1", "b3"), bench.candidates());
        assertEquals(List.of(0, NONE, 1), bench.indexes());
        assertEquals(List.of("b2 DOWN", "down b2"), bench.takeTold());

        bench.table.onChecked(bench.entry("b2"), false, "still refused");
        assertEquals(List.of(), bench.takeTold(), "no news");

        bench.table.onChecked(bench.entry("b2"), true, "");
        assertEquals(List.of("b1", "b2", "b3"), bench.candidates());
        assertEquals(List.of("b2 UP", "up b2"), bench.takeTold());
        assertEquals(List.of(), bench.prepared, "health does not change the numbering");
    }

    @Test
    void the_selector_is_prepared_when_the_members_or_their_weights_change() {
        Bench bench = new Bench(Bench.backends(2));
        bench.table.add(Bench.backend(3).weight(5));
        bench.table.weight("b1", 2);
        bench.table.weight("b1", 2);
        bench.table.drain("b2", null, new CompletableFuture<>());
        bench.table.ready("b2");
        bench.table.weight("b3", 0);
        assertEquals(
                List.of("b1:1 b2:1 b3:5", "b1:2 b2:1 b3:5", "b1:2 b3:5", "b1:2 b2:1 b3:5", "b1:2 b2:1"),
                bench.prepared);
    }

    @Test
    void who_was_tried_or_is_full_is_hidden_and_the_numbering_stays() {
        Bench bench = new Bench(Bench.backend(1), Bench.backend(2).maxConnections(1), Bench.backend(3));
        assertEquals(List.of("b1", "b2"), bench.candidates("b3"));
        assertEquals(Place.ORDINARY, bench.entry("b2").tryReserve());
        assertEquals(List.of("b1", "b3"), bench.candidates());
        assertEquals(List.of("b3"), bench.candidates("b1"));
        assertEquals(List.of(NONE, NONE, 0), bench.indexes("b1"));
        bench.entry("b2").release();
        assertEquals(List.of("b1", "b2", "b3"), bench.candidates());
    }

    @Test
    void a_place_that_is_held_already_can_be_shown_alone() {
        Bench bench = new Bench(
                Bench.backend(1),
                Bench.backend(2).maxConnections(1),
                Bench.backend(3).backup());
        CandidateView view = new CandidateView();
        bench.visit("b2");
        for (String id : List.of("b2", "b3")) {
            view.showOnly(bench.snapshot(), bench.entry(id), List.of(), bench.nowNanos());
            assertEquals(1, view.size());
            assertEquals(id, view.backend(0).id());
            assertEquals(0, view.indexOf(id.equals("b2") ? 1 : 2));
            assertEquals(NONE, view.indexOf(0));
        }
        bench.table.drain("b3", null, new CompletableFuture<>());
        assertEquals(
                0,
                view.showOnly(bench.snapshot(), bench.entry("b3"), List.of(), bench.nowNanos())
                        .size());
    }

    @Test
    void when_all_have_gone_down_since_the_snapshot_they_are_candidates_still() {
        Bench bench = new Bench(Bench.backends(2));
        Snapshot before = bench.snapshot();
        CandidateView view = new CandidateView();
        bench.table.onChecked(bench.entry("b1"), false, "");
        assertEquals(
                1, view.show(before, List.of(), true, bench.control.random(), 0).size(), "b2 is well");
        bench.table.onChecked(bench.entry("b2"), false, "");
        assertEquals(
                2, view.show(before, List.of(), true, bench.control.random(), 0).size());
        assertTrue(view.admits(bench.entry("b1")));
        bench.table.drain("b1", null, new CompletableFuture<>());
        assertEquals(
                1, view.show(before, List.of(), true, bench.control.random(), 0).size(), "drains are meant");
        assertFalse(view.admits(bench.entry("b1")));
    }

    /** A session is told by id what it has tried: it must not be shown the same id again. */
    @Test
    void one_that_comes_back_under_its_id_has_been_tried_all_the_same() {
        Bench bench = new Bench(Bench.backends(2));
        List<BackendEntry> tried = List.of(bench.entry("b1"));
        bench.table.remove("b1", null, new CompletableFuture<>());
        bench.turn();
        bench.table.add(Bench.backend(1));
        assertNotSame(tried.get(0), bench.entry("b1"));
        CandidateView view = new CandidateView().show(bench.snapshot(), tried, true, bench.control.random(), 0);
        assertEquals(1, view.size());
        assertEquals("b2", view.backend(0).id());
    }

    /** Who waits must not be granted what its own view then refuses, again and again until the next snapshot. */
    @Test
    void the_waiting_line_admits_whom_a_pick_admits() {
        Bench bench = new Bench(Bench.backends(2));
        Snapshot before = bench.snapshot();
        CandidateView view = new CandidateView();
        BackendEntry b1 = bench.entry("b1");
        List<BackendEntry> tried = List.of(bench.entry("b2"));
        bench.table.onChecked(b1, false, "");
        assertEquals(List.of(false, false, 0), line(before, view, b1, List.of()), "b2 is well");
        bench.table.onChecked(bench.entry("b2"), false, "");
        assertEquals(List.of(true, true, 1), line(before, view, b1, List.of()), "all went down since");
        assertEquals(List.of(true, false, 0), line(before, view, b1, tried), "one that has tried some");
        bench.table.drain("b1", null, new CompletableFuture<>());
        assertEquals(List.of(false, false, 0), line(before, view, b1, List.of()), "drains are meant");
    }

    private static List<Object> line(
            Snapshot snapshot, CandidateView view, BackendEntry entry, List<BackendEntry> tried) {
        int shown = view.showOnly(snapshot, entry, tried, 0).size();
        return List.of(snapshot.admits(entry), snapshot.offers(entry, tried), shown);
    }

    @Test
    void backups_serve_when_no_primary_is_usable() {
        Bench bench =
                new Bench(Bench.backend(1), Bench.backend(2), Bench.backend(3).backup());
        bench.table.onChecked(bench.entry("b1"), false, "");
        assertEquals(List.of("b2"), bench.candidates());
        assertEquals(PoolMode.NORMAL, bench.snapshot().mode());
        assertEquals(List.of("b3"), bench.candidates("b2"), "the primaries were tried");
        bench.table.onChecked(bench.entry("b2"), false, "");
        assertEquals(List.of("b3"), bench.candidates());
        assertEquals(PoolMode.BACKUP, bench.snapshot().mode());
    }

    @Test
    void when_none_is_usable_all_members_are_candidates_but_no_drained_one() {
        Bench bench = new Bench(Bench.backends(3));
        bench.table.drain("b1", null, new CompletableFuture<>());
        bench.table.onChecked(bench.entry("b2"), false, "");
        bench.table.onChecked(bench.entry("b3"), false, "");
        assertEquals(List.of("b2", "b3"), bench.candidates());
        assertEquals(PoolMode.FAIL_OPEN, bench.snapshot().mode());
        assertTrue(bench.snapshot().tiers().admit(bench.entry("b2"), false));
        bench.table.onChecked(bench.entry("b3"), true, "");
        assertEquals(List.of("b3"), bench.candidates());
        assertEquals(PoolMode.NORMAL, bench.snapshot().mode());
    }

    @Test
    void who_asks_for_updates_alone_hears_of_every_change() {
        Bench bench = new Bench(Bench.backends(2));
        List<String> updates = new ArrayList<>();
        bench.table.watch(new BackendWatch() {
            @Override
            public void onUpdated(BackendEntry entry) {
                updates.add(entry.backend().id() + " " + entry.state());
            }
        });
        bench.table.onChecked(bench.entry("b1"), false, "");
        bench.table.onChecked(bench.entry("b1"), true, "");
        bench.table.weight("b1", 2);
        bench.table.add(Bench.backend(3));
        bench.visit("b3");
        bench.table.remove("b3", null, new CompletableFuture<>());
        assertEquals(List.of("b1 DOWN", "b1 UP", "b1 UP", "b3 UP", "b3 REMOVED"), updates);
    }
}
