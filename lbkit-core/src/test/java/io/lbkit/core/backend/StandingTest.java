package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.core.backend.AgentWish.Duty;
import io.lbkit.core.backend.Standing.Wish;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several facts about a backend, each with its own writer, and the state that follows. */
class StandingTest {

    @ParameterizedTest(name = "{0}, agent {1}, up {2}/{3}, {4}, ramping {5}: {6}")
    @CsvSource({
        // operator, agent, checks, agent's health, ejection, ramp: state
        "READY, READY, true, true, IN, false, UP",
        "READY, READY, true, true, IN, true, RAMPING",
        "READY, READY, true, true, PROBING, false, PROBING",
        "READY, READY, true, true, OUT, false, EJECTED",
        "READY, READY, false, true, IN, false, DOWN",
        "READY, READY, true, false, IN, false, DOWN",
        "READY, READY, false, false, OUT, false, DOWN",
        "READY, DRAIN, true, true, IN, false, DRAINING",
        "DRAIN, READY, true, true, IN, true, DRAINING",
        "DRAIN, READY, false, true, OUT, false, DRAINING",
        "READY, MAINTENANCE, true, true, IN, false, MAINTENANCE",
        "DRAIN, MAINTENANCE, true, true, IN, false, MAINTENANCE",
        "MAINTENANCE, DRAIN, false, false, OUT, false, MAINTENANCE",
        "REMOVE, MAINTENANCE, false, false, OUT, false, REMOVED",
        "REMOVE, READY, true, true, IN, false, REMOVED",
    })
    void the_state_is_that_of_the_fact_that_weighs_most(
            Wish operator,
            Duty agent,
            boolean checkedUp,
            boolean agentUp,
            Ejection.Phase phase,
            boolean ramping,
            BackendState state) {
        Standing standing = new Standing();
        standing.wish(operator);
        standing.agent(AgentWish.NONE.duty(agent).health(agentUp, "busy"));
        standing.checked(checkedUp, "refused");
        if (phase != Ejection.Phase.IN) {
            standing.ejection().begin(io.lbkit.OutlierPolicy.DEFAULT, new SplittableRandom(1), 0);
        }
        if (phase == Ejection.Phase.PROBING) {
            standing.ejection().probe();
        }
        standing.ramp(ramping, 0);
        assertEquals(state, standing.state());
    }

    // ---- each reverts only what it has set

    private final Bench bench = new Bench(Bench.backends(3));

    private void agent(AgentWish wish) {
        bench.table.onAgent(bench.entry("b1"), wish);
    }

    @Test
    void the_operators_ready_does_not_end_the_agents_drain() {
        agent(AgentWish.NONE.duty(Duty.DRAIN));
        bench.table.drain("b1", null, new CompletableFuture<>());
        bench.table.ready("b1");
        assertEquals(BackendState.DRAINING, bench.state("b1"));
        agent(AgentWish.NONE);
        assertEquals(BackendState.UP, bench.state("b1"));
    }

    @Test
    void the_agents_ready_does_not_end_the_operators_drain() {
        bench.table.drain("b1", null, new CompletableFuture<>());
        agent(AgentWish.NONE.duty(Duty.DRAIN));
        agent(AgentWish.NONE.duty(Duty.READY));
        assertEquals(BackendState.DRAINING, bench.state("b1"));
        bench.table.ready("b1");
        assertEquals(BackendState.UP, bench.state("b1"));
    }

    @Test
    void the_agents_up_does_not_overrule_the_checks_nor_they_it() {
        bench.table.onChecked(bench.entry("b1"), false, "refused");
        agent(AgentWish.NONE.health(false, "cache is cold"));
        agent(AgentWish.NONE.health(true, ""));
        assertEquals(BackendState.DOWN, bench.state("b1"));
        agent(AgentWish.NONE.health(false, "cache is cold"));
        bench.table.onChecked(bench.entry("b1"), true, "");
        assertEquals(BackendState.DOWN, bench.state("b1"));
        assertEquals("cache is cold", bench.entry("b1").stats(bench.nowNanos()).why());
        agent(AgentWish.NONE);
        assertEquals(BackendState.UP, bench.state("b1"));
    }

    @Test
    void a_drained_backend_that_goes_down_and_up_is_still_drained() {
        bench.table.drain("b1", null, new CompletableFuture<>());
        bench.takeTold();
        bench.table.onChecked(bench.entry("b1"), false, "");
        bench.table.onChecked(bench.entry("b1"), true, "");
        assertEquals(BackendState.DRAINING, bench.state("b1"));
        assertEquals(List.of(), bench.takeTold());
    }

    // ---- what an agent may say

    @ParameterizedTest(name = "{0} of weight {2}")
    @CsvSource({
        "75, -1, 4, 3",
        "75, -1, 1, 1",
        "1, -1, 1, 1",
        "100, -1, 7, 7",
        "200, -1, 7, 14",
        "100, 9, 7, 9",
        "100, 9, 0, 0",
        "200, -1, 65535, 65535"
    })
    void the_weight_that_follows(int percent, int weight, int configured, int follows) {
        assertEquals(
                follows, new AgentWish(Duty.READY, true, "", percent, weight, Backend.UNLIMITED).weightOf(configured));
    }

    @Test
    void weight_and_maximum_hold_until_it_says_otherwise() {
        bench.table.weight("b1", 8);
        agent(AgentWish.NONE.percent(50).maxConnections(2));
        assertEquals(4, bench.snapshot().weight(0));
        assertEquals(2, bench.entry("b1").most());
        bench.table.update(bench.entry("b1").backend().weight(20).maxConnections(1));
        assertEquals(10, bench.snapshot().weight(0), "a part of what is configured now");
        assertEquals(1, bench.entry("b1").most(), "never more than configured");
        agent(AgentWish.NONE);
        assertEquals(20, bench.snapshot().weight(0));
    }

    @Test
    void nothing_percent_is_a_drain() {
        agent(AgentWish.NONE.percent(0));
        assertEquals(BackendState.DRAINING, bench.state("b1"));
        assertEquals(List.of("b2", "b3"), bench.candidates());
        agent(AgentWish.NONE.weight(0));
        assertEquals(BackendState.DRAINING, bench.state("b1"));
    }

    @Test
    void what_it_says_again_is_no_news() {
        agent(AgentWish.NONE.percent(50));
        bench.takeTold();
        bench.prepared.clear();
        agent(AgentWish.NONE.percent(50));
        assertEquals(List.of(), bench.takeTold());
        assertEquals(List.of(), bench.prepared);
    }
}
