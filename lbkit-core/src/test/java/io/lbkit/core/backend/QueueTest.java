package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Failover;
import io.lbkit.Limits;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whom those who may wait can have now, and whom they wait for. */
class QueueTest {

    private static final Limits QUEUE = Limits.DEFAULT.queueCapacity(10);

    private static Bench bench(Limits limits, Bench.Rules rules) {
        return new Bench(
                rules,
                limits,
                Bench.backend(1).maxConnections(1),
                Bench.backend(2).maxConnections(1),
                Bench.backend(3).maxConnections(1).backup());
    }

    private static Bench bench(Limits limits) {
        return bench(limits, Bench.Rules.DEFAULT);
    }

    @Test
    void full_primaries_are_waited_for_and_without_a_queue_the_backup_serves() {
        for (Limits limits : List.of(QUEUE, Limits.DEFAULT)) {
            Bench bench = bench(limits);
            bench.visit("b1");
            bench.visit("b2");
            assertEquals(limits == QUEUE ? List.of() : List.of("b3"), bench.candidates());
            assertEquals(limits == QUEUE ? List.of() : List.of("b3"), bench.candidates("b1"), "b2 is full");
            assertEquals(List.of("b3"), bench.candidates("b1", "b2"), "no primary is left to wait for");
        }
    }

    @Test
    void a_place_in_a_backup_is_of_use_to_those_who_cannot_have_a_primary() {
        Bench bench = bench(QUEUE);
        assertEquals(List.of("b1", "b2"), bench.offers());
        assertEquals(List.of("b2"), bench.offers("b1"));
        assertEquals(List.of("b3"), bench.offers("b1", "b2"));
        bench.table.onChecked(bench.entry("b1"), false, "refused");
        assertEquals(List.of("b3"), bench.offers("b2"));
        bench.table.drain("b2", null, new CompletableFuture<>());
        assertEquals(List.of("b3"), bench.offers());
    }

    @Test
    void a_primary_whose_probe_is_out_is_not_waited_for() {
        Bench bench = bench(QUEUE);
        bench.fail("b1");
        bench.pass(Bench.Rules.DEFAULT.outliers().maxEjection());
        bench.visit("b2");
        assertEquals(List.of("b1"), bench.candidates(), "on probation, and free");
        assertEquals(Place.PROBE, bench.visit("b1").place);
        assertEquals(List.of("b3"), bench.candidates("b2"));
        assertEquals(List.of("b1", "b3"), bench.offers("b2"), "and b1, if its probe comes to nothing");
    }

    @Test
    void when_all_are_down_all_are_offered() {
        Bench bench = bench(QUEUE);
        for (String id : List.of("b1", "b2", "b3")) {
            bench.table.onChecked(bench.entry(id), false, "refused");
        }
        assertEquals(List.of("b1", "b2", "b3"), bench.offers());
    }

    @Test
    void tiers_that_share_the_load_lend_each_other_room() {
        Backend[] backends = IntStream.rangeClosed(1, 6)
                .mapToObj(n -> Bench.backend(n).maxConnections(1).priority(n > 3 ? 1 : 0))
                .toArray(Backend[]::new);
        Bench bench =
                new Bench(Bench.Rules.DEFAULT.with(Failover.DEFAULT.overprovisioningPercent(100)), QUEUE, backends);
        bench.table.onChecked(bench.entry("b2"), false, "refused");
        bench.table.onChecked(bench.entry("b3"), false, "refused");
        assertTrue(
                bench.offers().containsAll(List.of("b1", "b4", "b5", "b6")),
                "two of three are down, and a third of the load is left to b1");
        bench.visit("b1");
        for (int i = 0; i < 50; i++) {
            assertEquals(List.of("b4", "b5", "b6"), bench.candidates(), "whichever tier is drawn");
        }
    }

    @Test
    void a_place_that_is_held_is_shown_while_its_backend_may_have_sessions() {
        Bench bench = bench(QUEUE);
        CandidateView view = new CandidateView();
        BackendEntry full = bench.entry("b2");
        assertEquals(Place.ORDINARY, full.tryReserve());
        view.showOnly(bench.snapshot(), full, List.of(), bench.nowNanos());
        assertEquals(1, view.size());
        assertEquals("b2", view.backend(0).id());
        assertEquals(
                List.of(-1, 0, -1),
                IntStream.range(0, 3).mapToObj(view::indexOf).toList());
        bench.table.drain("b2", null, new CompletableFuture<>());
        assertEquals(
                0,
                view.showOnly(bench.snapshot(), full, List.of(), bench.nowNanos())
                        .size());
    }
}
