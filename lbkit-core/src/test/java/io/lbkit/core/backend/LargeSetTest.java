package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.BackendState;
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

    @Test
    void a_change_is_told_when_it_is_published_and_that_is_when_the_errand_is_done() {
        weight("b1", 5);
        bench.pass(A_MOMENT);
        assertEquals(List.of(1, 1, 1, 1), weights());
        assertEquals(List.of(), done);
        assertEquals(1, bench.runErrands());
        assertEquals(List.of(), done, "it was prepared elsewhere, and the loop has not heard of it");
        bench.turn();
        assertEquals(List.of(5, 1, 1, 1), weights());
        assertEquals(List.of("b1=5"), done);
    }

    @Test
    void what_changes_meanwhile_makes_up_the_next_set() {
        weight("b1", 2);
        bench.pass(A_MOMENT);
        weight("b2", 3);
        weight("b3", 4);
        weight("b2", 5);
        bench.pass(A_MOMENT);
        assertEquals(1, bench.runErrands(), "one at a time");
        bench.turn();
        assertEquals(List.of("b1=2"), done);
        assertEquals(List.of(2, 1, 1, 1), weights());
        assertEquals(1, bench.runErrands());
        bench.turn();
        assertEquals(List.of("b1=2", "b2=3", "b3=4", "b2=5"), done);
        assertEquals(List.of(2, 5, 4, 1), weights());
        assertEquals(List.of("b1:2 b2:1 b3:1 b4:1", "b1:2 b2:5 b3:4 b4:1"), bench.prepared);
    }

    @Test
    void a_change_that_is_taken_back_meanwhile_is_not_forgotten() {
        weight("b1", 2);
        bench.pass(A_MOMENT);
        weight("b1", 1);
        bench.pass(A_MOMENT);
        assertEquals(List.of(), done, "what is in force looks right, but another set is on its way");
        bench.runErrands();
        bench.turn();
        assertEquals(List.of(2, 1, 1, 1), weights());
        bench.runErrands();
        bench.turn();
        assertEquals(List.of(1, 1, 1, 1), weights());
        assertEquals(List.of("b1=2", "b1=1"), done);
    }

    @Test
    void health_does_not_wait_for_the_errand() {
        weight("b1", 5);
        bench.pass(A_MOMENT);
        bench.table.onChecked(bench.entry("b2"), false, "refused");
        assertEquals(BackendState.DOWN, bench.state("b2"));
        assertFalse(bench.snapshot().tiers().admit(bench.entry("b2"), false), "at once, whatever the snapshot says");
        bench.pass(A_MOMENT);
        assertEquals(List.of("b1", "b3", "b4"), bench.candidates());
        bench.table.onChecked(bench.entry("b2"), true, "");
        bench.pass(A_MOMENT);
        assertEquals(List.of("b1", "b2", "b3", "b4"), bench.candidates());
        assertEquals(List.of(1, 1, 1, 1), weights());
        bench.runErrands();
        bench.turn();
        assertEquals(List.of("b1=5"), done);
        assertEquals(List.of("updated b1", "b2 DOWN", "down b2", "b2 UP", "up b2"), bench.takeTold());
    }

    @Test
    void drains_take_effect_at_once() {
        bench.table.drain("b2", null, new CompletableFuture<>());
        bench.table.remove("b3", null, new CompletableFuture<>());
        assertFalse(bench.snapshot().tiers().admit(bench.entry("b2"), false));
        assertFalse(bench.snapshot().tiers().admit(bench.entry("b3"), false));
        bench.pass(A_MOMENT);
        assertEquals(List.of("b1", "b4"), bench.candidates());
        assertEquals(4, bench.snapshot().size(), "still numbered as before");
        bench.runErrands();
        bench.turn();
        assertEquals(2, bench.snapshot().size());
        assertEquals(List.of("b1", "b4"), bench.candidates());
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
        bench.runErrands();
        bench.turn();
        bench.runErrands();
        bench.turn();
        assertEquals(1000, bench.snapshot().weight(0));
        assertTrue(bench.prepared.size() <= 6, () -> bench.prepared.toString());
    }

    @Test
    void an_errand_that_is_refused_is_tried_again() {
        bench.refuseErrands(3);
        weight("b1", 5);
        bench.pass(Duration.ofMillis(100));
        bench.runErrands();
        bench.turn();
        assertEquals(List.of("b1=5"), done);
    }

    @Test
    void news_of_the_errand_that_finds_no_room_in_the_inbox_is_looked_for() {
        weight("b1", 5);
        bench.pass(A_MOMENT);
        while (bench.control.post(() -> {})) {}
        bench.runErrands();
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
        bench.pass(A_MOMENT);
        bench.runErrands();
        bench.turn();
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
        bench.pass(A_MOMENT);
        weight("b2", 6);
        bench.table.onAllIdle();
        bench.runErrands();
        bench.turn();
        weight("b3", 7);
        assertEquals(List.of("b1=5", "b2=6", "b3=7"), done);
        assertEquals(List.of(1, 1, 1, 1), weights(), "nothing is published any more");
    }

    @Test
    void thousands_are_not_told_in_one_turn() {
        bench.table.replaceAll(java.util.stream.IntStream.range(0, 2500)
                .mapToObj(i -> Bench.backend(1).id("x" + i))
                .toList());
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
