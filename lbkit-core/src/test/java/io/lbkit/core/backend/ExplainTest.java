package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Explanation;
import io.lbkit.Explanation.Verdict;
import io.lbkit.PoolMode;
import io.lbkit.Selector;
import io.lbkit.core.backend.Bench.Rules;
import io.lbkit.selector.Selectors;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Who would serve a client, and why nobody else. */
class ExplainTest {

    private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 4711);
    private static final InetSocketAddress LISTENER = new InetSocketAddress("10.0.0.100", 80);

    private static Explanation explain(Bench bench) {
        return bench.table.explain(CLIENT, LISTENER, null, null);
    }

    private static Verdict of(Bench bench, String id) {
        return explain(bench).backends().stream()
                .filter(verdict -> verdict.backend().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static void assertOut(String why, Verdict verdict) {
        assertFalse(verdict.candidate(), verdict.toString());
        assertEquals(why, verdict.why());
    }

    @Test
    void each_backend_has_a_reason() {
        Bench bench = new Bench(
                Bench.backend(1).weight(5).maxConnections(9),
                Bench.backend(2).maxConnections(1),
                Bench.backend(3).weight(0),
                Bench.backend(4).backup(),
                Bench.backend(5),
                Bench.backend(6),
                Bench.backend(7),
                Bench.backend(8),
                Bench.backend(9));
        bench.visit("b2");
        bench.table.onChecked(bench.entry("b5"), false, "connection refused");
        bench.table.drain("b6", null, new CompletableFuture<>());
        bench.visit("b7");
        bench.table.remove("b7", null, new CompletableFuture<>());
        bench.fail("b8");
        bench.table.onAgent(bench.entry("b9"), AgentWish.NONE.duty(AgentWish.Duty.MAINTENANCE));
        bench.pass(Duration.ofSeconds(1));
        bench.visit("b1");

        assertTrue(of(bench, "b1").candidate());
        assertEquals("weight 5, sessions 1 of 9", of(bench, "b1").why());
        assertOut("full, sessions 1 of 1", of(bench, "b2"));
        assertOut("its weight is 0", of(bench, "b3"));
        assertOut("of tier 1", of(bench, "b4"));
        assertOut("down for 1.0 s: connection refused", of(bench, "b5"));
        assertOut("DRAINING for 1.0 s, sessions left 0", of(bench, "b6"));
        assertOut("REMOVED for 1.0 s, sessions left 1", of(bench, "b7"));
        assertTrue(of(bench, "b8").why().matches("ejected for another [1-4]\\.\\d s: 3 connects in a row failed"));
        assertOut("MAINTENANCE for 1.0 s: says its agent, sessions left 0", of(bench, "b9"));
        Explanation all = explain(bench);
        assertEquals(
                "b1", String.valueOf(all.chosen() == null ? null : all.chosen().id()));
        assertEquals(PoolMode.NORMAL, all.mode());
        assertFalse(all.sample());
        assertTrue(
                all.toString()
                        .startsWith(
                                "for 192.0.2.1:4711: b1; mode NORMAL, tier 0\n  b1@10.0.0.1:80,weight=5,max=9 UP candidate: weight 5, sessions 1 of 9\n"),
                all.toString());
    }

    @Test
    void on_probation() {
        Bench bench = new Bench(Bench.backends(3));
        bench.fail("b1");
        bench.pass(Duration.ofSeconds(5).plusMillis(10));
        assertEquals(
                "weight 1, sessions 0; though 3 connects in a row failed",
                of(bench, "b1").why());
        bench.visit("b1");
        assertOut("on probation, and has the one session that it may have", of(bench, "b1"));
    }

    @Test
    void nobody_is_an_answer() {
        Bench bench = new Bench();
        assertNull(explain(bench).chosen());
        assertEquals(PoolMode.EMPTY, explain(bench).mode());
    }

    @Test
    void failing_open() {
        Bench bench = new Bench(Bench.backends(2));
        bench.table.onChecked(bench.entry("b1"), false, "refused");
        bench.table.onChecked(bench.entry("b2"), false, "late");
        assertEquals(PoolMode.FAIL_OPEN, explain(bench).mode());
        assertEquals("weight 1, sessions 0; though refused", of(bench, "b1").why());
    }

    private static Bench bench(Selector selector) {
        return new Bench(Rules.DEFAULT.with(selector), Bench.backends(3));
    }

    private static String next(Bench bench) {
        Backend chosen = explain(bench).chosen();
        return chosen == null ? "nobody" : chosen.id();
    }

    @Test
    void a_choice_in_turn_says_whose_turn_it_is_and_does_not_move_on() {
        Bench bench = bench(Selectors.roundRobin(0));
        for (String turn : List.of("b1", "b2", "b3", "b1")) {
            assertEquals(turn, next(bench));
            assertEquals(turn, next(bench));
            assertFalse(explain(bench).sample());
            assertEquals(turn, bench.pick());
        }
    }

    @Test
    void whose_turn_is_first_is_a_matter_of_chance_until_somebody_was_served() {
        Bench bench = bench(Selectors.roundRobin());
        assertTrue(explain(bench).sample());
        bench.table.drain("b1", null, new CompletableFuture<>());
        bench.table.drain("b2", null, new CompletableFuture<>());
        assertEquals("b3", next(bench));
        assertFalse(explain(bench).sample(), "there is no choice");
        bench.table.ready("b1");
        bench.table.ready("b2");
        assertTrue(explain(bench).sample());
        String first = bench.pick();
        assertFalse(explain(bench).sample());
        assertNotEquals(first, next(bench));
        assertEquals(next(bench), bench.pick());
    }

    @Test
    void a_choice_by_chance_is_a_sample_and_leaves_the_loops_chance_alone() {
        Bench asked = bench(Selectors.random());
        Bench left = bench(Selectors.random());
        for (int i = 0; i < 100; i++) {
            assertTrue(explain(asked).sample());
            assertEquals(left.pick(), asked.pick());
        }
    }

    @Test
    void it_counts_for_nothing() {
        Bench bench = bench(Selectors.powerOfTwo());
        explain(bench);
        assertEquals(0, bench.entry("b1").active());
        assertEquals(0, bench.entry("b1").stats(bench.nowNanos()).picks());
        assertEquals(0, bench.entry("b1").recentPicks(bench.nowNanos()));
    }

    @Test
    void a_selector_that_throws_chooses_nobody() {
        Bench bench = bench((candidates, client) -> {
            throw new IllegalStateException("a bug");
        });
        assertNull(explain(bench).chosen());
        assertEquals(3, explain(bench).backends().size());
    }

    @Test
    void the_selector_sees_the_client() {
        Bench bench = bench((candidates, client) -> {
            assertEquals(CLIENT, client.clientAddress());
            assertEquals(LISTENER, client.listenerAddress());
            assertEquals(1, client.attempt());
            assertFalse(client.tried(candidates.backend(0)));
            return 2;
        });
        assertEquals("b3", next(bench));
    }
}
