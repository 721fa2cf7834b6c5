package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.BackendState;
import io.lbkit.DrainReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sets whose selector is prepared off the loops: what is published when, and who is told in what order. */
class LargeSetTest {

    private static final Duration A_MOMENT = Duration.ofMillis(20);

    private final Bench bench = new Bench(Bench.backends(4));
    private final List<String> done = new ArrayList<>();

    @BeforeEach
    void every_set_is_large() {
        bench.table.small(0);
    }

    private void weight(String id, int weight) {
        bench.table.weight(id, weight);
        bench.table.then(() -> done.add(id + "=" + weight));
    }

    private List<Integer> weights() {
        Snapshot now = bench.snapshot();
        return java.util.stream.IntStream.range(0, now.size())
                .mapToObj(now::weight)
                .toList();
    }

    /** A snapshot is drawn, on an errand, and taken. */
    private void draw() {
        bench.pass(A_MOMENT);
        bench.runNewestErrand();
        bench.turn();
    }

    @Test
    void a_change_is_told_when_it_is_published_and_all_of_that_is_done_on_errands() {
        weight("b1", 5);
        for (String errand : List.of("draws what there is", "prepares the selector", "draws with that")) {
            bench.pass(A_MOMENT);
            assertEquals(List.of(1, 1, 1, 1), weights(), errand);
            assertEquals(1, bench.runErrands(), errand);
            assertEquals(List.of(), done, () -> "the loop has not heard of the errand that " + errand);
        }
        bench.turn();
        assertEquals(List.of(5, 1, 1, 1), weights());
        assertEquals(List.of("b1=5"), done);
        bench.pass(A_MOMENT);
        assertEquals(0, bench.runErrands(), "that was all");
    }

    @Test
    void a_set_that_is_replaced_serves_until_the_other_one_does() {
        bench.replaceAll(List.of(Bench.backend(7), Bench.backend(8)));
        bench.table.then(() -> done.add("replaced"));
        for (int errand = 0; done.isEmpty(); errand++) {
            assertEquals(List.of("b1", "b2", "b3", "b4"), bench.candidates(), "after errand " + errand);
            bench.pass(A_MOMENT);
            bench.runErrands();
            bench.turn();
        }
        assertEquals(List.of("b7", "b8"), bench.candidates());
        bench.settle();
        assertEquals(
                List.of("b7", "b8"),
                bench.snapshot().all().stream()
                        .map(entry -> entry.backend().id())
                        .toList());
    }

    @Test
    void who_is_replaced_is_in_the_pool_no_more_for_the_host() {
        bench.replaceAll(List.of(Bench.backend(7)));
        assertThrows(IllegalArgumentException.class, () -> bench.table.weight("b1", 5));
        assertThrows(IllegalArgumentException.class, () -> bench.table.remove("b1", null, new CompletableFuture<>()));
        bench.table.add(Bench.backend(1).weight(3));
        bench.settle();
        assertEquals(List.of("b7", "b1"), bench.candidates());
        assertEquals(BackendState.UP, bench.state("b1"));
        assertEquals(3, bench.snapshot().weight(1));
    }

    @Test
    void who_is_wanted_again_before_he_was_replaced_stays() {
        bench.replaceAll(List.of(Bench.backend(7)));
        bench.replaceAll(List.of(Bench.backend(1), Bench.backend(7)));
        bench.settle();
        assertEquals(List.of("b7", "b1"), bench.candidates());
        bench.replaceAll(List.of(Bench.backends(4)));
        draw();
        bench.replaceAll(List.of(Bench.backend(2)));
        bench.settle();
        assertEquals(List.of("b2"), bench.candidates());
    }

    @Test
    void what_changes_meanwhile_makes_up_the_next_set() {
        weight("b1", 2);
        draw();
        weight("b2", 3);
        weight("b3", 4);
        weight("b2", 5);
        draw();
        assertEquals(1, bench.runErrands(), "one is prepared at a time");
        draw();
        assertEquals(List.of("b1=2"), done);
        assertEquals(List.of(2, 1, 1, 1), weights());
        assertEquals(1, bench.runErrands());
        draw();
        assertEquals(List.of("b1=2", "b2=3", "b3=4", "b2=5"), done);
        assertEquals(List.of(2, 5, 4, 1), weights());
        assertEquals(List.of("b1:2 b2:1 b3:1 b4:1", "b1:2 b2:5 b3:4 b4:1"), bench.prepared);
    }

    @Test
    void what_was_drawn_before_the_selector_was_prepared_is_not_published_after() {
        weight("b1", 2);
        draw();
        weight("b1", 1);
        bench.pass(A_MOMENT);
        assertEquals(2, bench.runErrands(), "one is prepared, and one drawn that looks as it was");
        bench.turn();
        assertEquals(List.of(), done);
        draw();
        assertEquals(List.of(2, 1, 1, 1), weights());
        assertEquals(List.of("b1=2"), done);
        bench.settle();
        assertEquals(List.of(1, 1, 1, 1), weights());
        assertEquals(List.of("b1=2", "b1=1"), done);
    }

    @Test
    void a_change_that_is_taken_back_meanwhile_is_not_forgotten() {
        weight("b1", 2);
        draw();
        weight("b1", 1);
        draw();
        assertEquals(List.of(), done, "what is in force looks right, but another set is on its way");
        bench.runErrands();
        draw();
        assertEquals(List.of(2, 1, 1, 1), weights());
        bench.runErrands();
        draw();
        assertEquals(List.of(1, 1, 1, 1), weights());
        assertEquals(List.of("b1=2", "b1=1"), done);
    }

    @Test
    void health_does_not_wait_for_the_selector() {
        weight("b1", 5);
        draw();
        bench.table.onChecked(bench.entry("b2"), false, "refused");
        assertEquals(BackendState.DOWN, bench.state("b2"));
        assertFalse(bench.snapshot().tiers().admit(bench.entry("b2"), false), "at once, whatever the snapshot says");
        draw();
        assertEquals(List.of("b1", "b3", "b4"), bench.candidates());
        bench.table.onChecked(bench.entry("b2"), true, "");
        draw();
        assertEquals(List.of("b1", "b2", "b3", "b4"), bench.candidates());
        assertEquals(List.of(1, 1, 1, 1), weights());
        bench.runErrands();
        draw();
        assertEquals(List.of("b1=5"), done);
        assertEquals(List.of("updated b1", "b2 DOWN", "down b2", "b2 UP", "up b2"), bench.takeTold());
    }

    @Test
    void drains_take_effect_at_once() {
        bench.table.drain("b2", null, new CompletableFuture<>());
        bench.table.remove("b3", null, new CompletableFuture<>());
        assertFalse(bench.snapshot().tiers().admit(bench.entry("b2"), false));
        assertFalse(bench.snapshot().tiers().admit(bench.entry("b3"), false));
        draw();
        assertEquals(List.of("b1", "b4"), bench.candidates());
        assertEquals(4, bench.snapshot().size(), "still numbered as before");
        bench.settle();
        assertEquals(2, bench.snapshot().size());
        assertEquals(List.of("b1", "b4"), bench.candidates());
    }

    @Test
    void who_comes_back_is_the_last_one() {
        CompletableFuture<DrainReport> report = new CompletableFuture<>();
        Bench.Visit visit = bench.visit("b2").connects();
        bench.table.remove("b2", null, report);
        bench.table.add(Bench.backend(5));
        bench.table.add(Bench.backend(2).weight(7));
        bench.settle();
        assertEquals(List.of("b1", "b3", "b4", "b5", "b2"), bench.candidates());
        assertEquals(List.of(1, 1, 1, 1, 7), weights());
        assertEquals(5, bench.snapshot().all().size());
        visit.leaves();
    }

    @Test
    void a_thousand_changes_cost_a_few_snapshots() {
        for (int i = 0; i < 1000; i++) {
            bench.table.weight("b1", 1 + i);
            bench.pass(Duration.ofMillis(1));
            if (i % 250 == 0) {
                bench.runErrands(); // which takes its time
            }
        }
        bench.settle();
        assertEquals(1000, bench.snapshot().weight(0));
        assertTrue(bench.prepared.size() <= 6, () -> bench.prepared.toString());
    }

    @Test
    void an_errand_that_is_refused_is_tried_again() {
        bench.refuseErrands(3);
        weight("b1", 5);
        bench.pass(Duration.ofMillis(100));
        bench.refuseErrands(3);
        bench.runErrands();
        bench.turn();
        weight("b2", 6);
        bench.pass(Duration.ofMillis(100));
        bench.settle();
        assertEquals(List.of(5, 6, 1, 1), weights());
        assertEquals(List.of("b1=5", "b2=6"), done);
    }

    @Test
    void news_of_an_errand_that_finds_no_room_in_the_inbox_is_looked_for() {
        weight("b1", 5);
        for (int errand = 0; errand < 3; errand++) {
            bench.pass(A_MOMENT);
            while (bench.control.post(() -> {})) {}
            assertEquals(1, bench.runErrands());
        }
        bench.pass(A_MOMENT);
        assertEquals(List.of("b1=5"), done);
    }

    @Test
    void a_set_may_become_small_and_large_again() {
        bench.table.small(4);
        bench.table.add(Bench.backend(5));
        bench.pass(A_MOMENT);
        bench.table.remove("b5", null, new CompletableFuture<>());
        weight("b1", 2);
        bench.settle();
        assertEquals(List.of("b1=2"), done);
        assertEquals(List.of(2, 1, 1, 1), weights());
        weight("b1", 3);
        assertEquals(List.of("b1=2", "b1=3"), done, "small again: at once");
    }

    @Test
    void nobody_waits_for_what_will_not_come() {
        weight("b1", 5);
        bench.table.onAllIdle();
        assertEquals(List.of("b1=5"), done);
    }

    /** What was prepared at the end once took back that there is nothing to wait for. */
    @Test
    void nor_for_what_an_errand_brings_after_the_end() {
        weight("b1", 5);
        draw();
        weight("b2", 6);
        bench.pass(A_MOMENT);
        bench.table.onAllIdle();
        assertEquals(2, bench.runErrands());
        bench.turn();
        weight("b3", 7);
        assertEquals(List.of("b1=5", "b2=6", "b3=7"), done);
        assertEquals(List.of(1, 1, 1, 1), weights(), "nothing is published any more");
    }

    @Test
    void thousands_are_not_told_in_one_turn() {
        bench.replaceAll(java.util.stream.IntStream.range(0, 2500)
                .mapToObj(i -> Bench.backend(1).id("x" + i))
                .toList());
        draw();
        bench.runErrands();
        bench.pass(A_MOMENT);
        bench.runErrands();
        bench.takeTold();
        bench.turn();
        int atOnce = bench.told.size();
        assertTrue(atOnce > 0 && atOnce <= 2 * 256, "told " + atOnce);
        bench.pass(Duration.ofMillis(50));
        assertEquals(
                2500,
                bench.told.stream().filter(word -> word.startsWith("added")).count());
    }
}
