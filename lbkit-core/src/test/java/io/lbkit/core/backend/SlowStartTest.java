package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lbkit.BackendState;
import io.lbkit.SlowStart;
import io.lbkit.core.backend.Bench.Rules;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Backends that come in or come back get a growing share, each by its own clock. */
class SlowStartTest {

    private static final Rules OVER_20_S = Rules.DEFAULT.with(SlowStart.over(Duration.ofSeconds(20)));

    private final Bench bench = new Bench(OVER_20_S, Bench.backends(2));

    private List<Integer> weights() {
        Snapshot now = bench.snapshot();
        return java.util.stream.IntStream.range(0, now.size())
                .mapToObj(now::weight)
                .toList();
    }

    private void seconds(double seconds) {
        bench.pass(Duration.ofMillis((long) (seconds * 1000)));
    }

    @Test
    void nothing_ramps_when_the_proxy_starts() {
        assertEquals(List.of(1, 1), weights());
        assertEquals(BackendState.UP, bench.state("b1"));
        assertEquals(0, bench.control.timers().size());
    }

    @Test
    void an_added_backend_gets_a_growing_share_and_the_rest_keeps_its_own() {
        bench.table.add(Bench.backend(3).weight(4));
        assertEquals(List.of(100, 100, 40), weights(), "a tenth, on a scale of 100");
        assertEquals(BackendState.RAMPING, bench.state("b3"));
        seconds(5.01);
        assertEquals(List.of(100, 100, 100), weights());
        assertEquals(1.0, bench.entry("b3").stats(bench.nowNanos()).weight(), 0.01);
        seconds(5);
        assertEquals(List.of(100, 100, 200), weights());
        seconds(10.1);
        assertEquals(List.of(1, 1, 4), weights());
        assertEquals(BackendState.UP, bench.state("b3"));
        assertEquals(0, bench.control.timers().size(), "and nothing goes on");
    }

    @Test
    void it_is_published_twenty_times_and_no_more() {
        bench.table.add(Bench.backend(3));
        bench.prepared.clear();
        seconds(30);
        assertEquals(20, bench.prepared.size() + 2, "the first two steps are below the minimum of a tenth");
    }

    @Test
    void the_maximum_of_sessions_grows_with_the_weight() {
        bench.table.add(Bench.backend(3).maxConnections(40));
        assertEquals(4, bench.entry("b3").most());
        for (int i = 0; i < 4; i++) {
            assertEquals(Place.ORDINARY, bench.visit("b3").place);
        }
        assertEquals(Place.NONE, bench.visit("b3").place);
        assertEquals(List.of("b1", "b2"), bench.candidates());
        seconds(10.01);
        assertEquals(20, bench.entry("b3").most());
        assertEquals(List.of("b1", "b2", "b3"), bench.candidates());
        seconds(11);
        assertEquals(40, bench.entry("b3").most());
    }

    @Test
    void a_maximum_of_one_is_one_from_the_start() {
        bench.table.add(Bench.backend(3).maxConnections(1));
        assertEquals(1, bench.entry("b3").most());
    }

    @Test
    void who_comes_back_from_being_down_or_ejected_ramps() {
        bench.table.onChecked(bench.entry("b1"), false, "");
        seconds(100);
        bench.table.onChecked(bench.entry("b1"), true, "");
        assertEquals(BackendState.RAMPING, bench.state("b1"));
        assertEquals(List.of(10, 100), weights());
        seconds(21);
        assertEquals(List.of(1, 1), weights());

        bench.table.add(Bench.backend(3));
        seconds(21);
        bench.fail("b2");
        seconds(5.1);
        assertEquals(BackendState.PROBING, bench.state("b2"));
        assertEquals(List.of(1, 1, 1), weights());
        bench.visit("b2").connects();
        assertEquals(BackendState.RAMPING, bench.state("b2"));
        assertEquals(List.of(100, 10, 100), weights());
    }

    @Test
    void who_goes_down_while_it_ramps_begins_again() {
        bench.table.add(Bench.backend(3));
        seconds(15.01);
        assertEquals(List.of(100, 100, 75), weights());
        bench.table.onChecked(bench.entry("b3"), false, "");
        assertEquals(List.of(1, 1, 1), weights(), "nothing ramps");
        bench.table.onChecked(bench.entry("b3"), true, "");
        assertEquals(List.of(100, 100, 10), weights());
    }

    /** A trap: in another balancer the arrival of one member set back the clocks of all. */
    @Test
    void each_has_its_own_clock() {
        bench.table.add(Bench.backend(3));
        seconds(10.01);
        bench.table.add(Bench.backend(4));
        bench.table.remove("b1", null, new CompletableFuture<>());
        bench.table.weight("b2", 3);
        assertEquals(List.of(300, 50, 10), weights());
        seconds(5.01);
        assertEquals(List.of(300, 75, 25), weights());
        seconds(5.1);
        assertEquals(BackendState.UP, bench.state("b3"));
        assertEquals(BackendState.RAMPING, bench.state("b4"));
        assertEquals(List.of(300, 100, 50), weights());
    }

    @Test
    void changes_of_configuration_do_not_ramp() {
        bench.table.weight("b1", 5);
        bench.table.update(bench.entry("b2").backend().address(new InetSocketAddress("10.9.9.9", 80)));
        bench.table.weight("b1", 0);
        bench.table.weight("b1", 5);
        assertEquals(List.of(5, 1), weights());
    }

    @Test
    void a_drain_keeps_a_backend_warm_and_maintenance_does_not() {
        bench.table.drain("b1", null, new CompletableFuture<>());
        bench.table.ready("b1");
        assertEquals(BackendState.UP, bench.state("b1"));
        bench.table.maintenance("b1", new CompletableFuture<>());
        bench.table.ready("b1");
        assertEquals(BackendState.RAMPING, bench.state("b1"));
    }

    @Test
    void the_clock_of_one_that_is_drained_runs_on() {
        bench.table.add(Bench.backend(3));
        seconds(5.01);
        bench.table.drain("b3", null, new CompletableFuture<>());
        seconds(5);
        bench.table.ready("b3");
        assertEquals(List.of(100, 100, 50), weights());
        bench.table.drain("b3", null, new CompletableFuture<>());
        seconds(30);
        bench.table.ready("b3");
        assertEquals(BackendState.UP, bench.state("b3"));
        assertEquals(List.of(1, 1, 1), weights());
    }

    /** With an initial state of "down" every backend comes up a moment after the start. */
    @Test
    void the_first_check_of_a_proxy_that_starts_is_no_recovery() {
        Bench starting = new Bench(OVER_20_S, true, Bench.backends(2));
        assertEquals(BackendState.DOWN, starting.state("b1"));
        starting.table.onChecked(starting.entry("b1"), true, "");
        assertEquals(BackendState.UP, starting.state("b1"));
        starting.table.onChecked(starting.entry("b1"), false, "");
        starting.table.onChecked(starting.entry("b1"), true, "");
        assertEquals(BackendState.RAMPING, starting.state("b1"));
    }

    @Test
    void the_first_set_of_a_source_is_a_start_as_well() {
        Bench empty = new Bench(OVER_20_S);
        empty.startWith(List.of(Bench.backends(2)));
        assertEquals(BackendState.UP, empty.state("b1"));
        empty.replaceAll(List.of(Bench.backends(3)));
        assertEquals(BackendState.UP, empty.state("b1"));
        assertEquals(BackendState.RAMPING, empty.state("b3"));
    }

    @Test
    void watchers_learn_of_each_step() {
        bench.table.add(Bench.backend(3));
        bench.takeTold();
        seconds(2.1);
        assertEquals(List.of("updated b3", "updated b3"), bench.takeTold());
    }
}
