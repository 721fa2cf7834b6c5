package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import io.lbkit.OutlierPolicy;
import io.lbkit.core.backend.Bench.Rules;
import io.lbkit.core.backend.Bench.Visit;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Backends that sessions cannot connect to are ejected, and come back by one session that can. */
class PassiveHealthTest {

    private final Bench bench = new Bench(Bench.backends(4));

    private static Duration left(Bench bench, String id) {
        return bench.entry(id).stats(bench.nowNanos()).ejectedFor();
    }

    private void awaitProbation(String id) {
        bench.pass(left(bench, id).plusMillis(10));
        assertEquals(BackendState.PROBING, bench.state(id));
    }

    // ---- out

    @Test
    void three_failures_in_a_row_eject() {
        bench.visit("b1").fails();
        bench.visit("b1").fails();
        assertEquals(BackendState.UP, bench.state("b1"));
        bench.visit("b1").fails();
        assertEquals(BackendState.EJECTED, bench.state("b1"));
        assertEquals(List.of("b2", "b3", "b4"), bench.candidates());
        assertEquals(List.of("b1 EJECTED", "down b1"), bench.takeTold());
        BackendStats stats = bench.entry("b1").stats(bench.nowNanos());
        assertEquals(1, stats.ejections());
        assertEquals("3 connects in a row failed", stats.why());
        assertTrue(stats.ejectedFor().toMillis() > 2000, stats.toString());
        assertEquals(List.of(), bench.prepared, "the numbering stays");
    }

    @Test
    void a_session_in_which_a_byte_moves_ends_the_row() {
        bench.visit("b1").fails();
        bench.visit("b1").fails();
        bench.visit("b1").connects().talks().leaves();
        bench.visit("b1").fails();
        bench.visit("b1").fails();
        assertEquals(BackendState.UP, bench.state("b1"));
        bench.visit("b1").connects().leaves(); // connected, but nothing was heard or said
        bench.visit("b1").fails();
        assertEquals(BackendState.EJECTED, bench.state("b1"));
    }

    /** Behind a forwarder that accepts for a dead server every connect succeeds. */
    @Test
    void resets_before_a_byte_are_failures_though_each_was_connected() {
        for (int i = 0; i < 3; i++) {
            bench.visit("b1").connects().fails();
        }
        assertEquals(BackendState.EJECTED, bench.state("b1"));
    }

    @Test
    void what_ends_without_an_answer_counts_for_nothing() {
        for (int i = 0; i < 100; i++) {
            bench.visit("b1").isGivenUp();
        }
        assertEquals(BackendState.UP, bench.state("b1"));
        assertEquals(0, bench.messages);
    }

    @Test
    void a_storm_of_failures_costs_one_message() {
        List<Visit> storm = java.util.stream.IntStream.range(0, 1000)
                .mapToObj(i -> bench.visit("b1"))
                .toList();
        storm.forEach(Visit::fails);
        assertEquals(1, bench.messages);
        assertEquals(1, bench.entry("b1").stats(bench.nowNanos()).ejections());
    }

    @Test
    void half_of_the_pool_stays_whatever_fails_and_goes_when_there_is_room() {
        bench.fail("b1");
        bench.fail("b2");
        bench.fail("b3");
        assertEquals(List.of("b3", "b4"), bench.candidates());
        assertEquals(BackendState.UP, bench.state("b3"), "at least half of them are kept");

        bench.table.add(Bench.backend(5));
        assertEquals(BackendState.UP, bench.state("b3"), "three of five, rounded up, are kept");
        bench.table.add(Bench.backend(6));
        assertEquals(BackendState.EJECTED, bench.state("b3"), "its failures are not forgotten");
    }

    @Test
    void one_that_has_become_well_is_not_ejected_later() {
        bench.fail("b1");
        bench.fail("b2");
        bench.fail("b3");
        bench.visit("b3").connects().talks().leaves();
        bench.table.add(Bench.backend(5));
        bench.table.add(Bench.backend(6));
        assertEquals(BackendState.UP, bench.state("b3"));
    }

    @Test
    void the_only_one_is_never_ejected() {
        Bench single = new Bench(Bench.backends(1));
        for (int i = 0; i < 10; i++) {
            single.fail("b1");
        }
        assertEquals(BackendState.UP, single.state("b1"));
        assertEquals(List.of("b1"), single.candidates());
    }

    @Test
    void those_that_are_down_do_not_count_as_kept() {
        bench.table.onChecked(bench.entry("b1"), false, "");
        bench.table.onChecked(bench.entry("b2"), false, "");
        bench.fail("b3");
        assertEquals(BackendState.UP, bench.state("b3"));
    }

    @Test
    void off_is_off() {
        Bench off = new Bench(Rules.DEFAULT.with(OutlierPolicy.OFF), Bench.backends(4));
        for (int i = 0; i < 100; i++) {
            off.visit("b1").fails();
        }
        assertEquals(BackendState.UP, off.state("b1"));
        assertEquals(0, off.messages);
    }

    // ---- and back

    @Test
    void the_first_session_that_connects_brings_it_back() {
        bench.fail("b1");
        awaitProbation("b1");
        assertEquals(List.of("b1", "b2", "b3", "b4"), bench.candidates());
        Visit probe = bench.visit("b1");
        assertEquals(Place.PROBE, probe.place);
        assertEquals(List.of("b2", "b3", "b4"), bench.candidates(), "one at a time");
        assertEquals(Place.NONE, bench.entry("b1").tryReserve());

        probe.connects();
        assertEquals(BackendState.UP, bench.state("b1"));
        assertEquals(List.of("b1", "b2", "b3", "b4"), bench.candidates());
        assertNull(left(bench, "b1"));
        assertEquals(List.of("b1 EJECTED", "down b1", "b1 PROBING", "up b1", "b1 UP", "updated b1"), bench.takeTold());
    }

    @Test
    void a_probe_that_fails_puts_it_out_for_longer() {
        bench.fail("b1");
        for (int n = 1; n < 5; n++) {
            awaitProbation("b1");
            bench.visit("b1").fails();
            assertEquals(BackendState.EJECTED, bench.state("b1"));
            double most = Math.min(60, 5 * (1 << n));
            double seconds = left(bench, "b1").toMillis() / 1e3;
            assertTrue(seconds >= most / 2 - 0.1 && seconds <= most, "n = " + n + ": " + seconds);
        }
        assertEquals(5, bench.entry("b1").stats(bench.nowNanos()).ejections());
        assertEquals(
                "its probe failed", bench.entry("b1").stats(bench.nowNanos()).why());
    }

    @Test
    void a_probe_that_is_reset_before_a_byte_puts_it_out_again() {
        bench.fail("b1");
        awaitProbation("b1");
        Visit probe = bench.visit("b1").connects();
        assertEquals(BackendState.UP, bench.state("b1"));
        probe.fails();
        assertEquals(BackendState.EJECTED, bench.state("b1"));
    }

    @Test
    void a_probe_that_learns_nothing_leaves_its_place_to_the_next() {
        bench.fail("b1");
        awaitProbation("b1");
        bench.visit("b1").isGivenUp();
        assertEquals(BackendState.PROBING, bench.state("b1"));
        assertEquals(List.of("b1", "b2", "b3", "b4"), bench.candidates());
        bench.visit("b1").connects();
        assertEquals(BackendState.UP, bench.state("b1"));
    }

    @Test
    void old_sessions_do_not_take_the_place_of_the_probe() {
        List<Visit> old = List.of(
                bench.visit("b1").connects().talks(),
                bench.visit("b1").connects().talks());
        bench.fail("b1");
        awaitProbation("b1");
        assertEquals(Place.PROBE, bench.visit("b1").place);
        old.forEach(Visit::leaves);
        assertEquals(BackendState.PROBING, bench.state("b1"));
        assertEquals(List.of("b2", "b3", "b4"), bench.candidates());
    }

    @Test
    void late_failures_of_the_time_before_do_not_condemn_it_again() {
        List<Visit> slow = List.of(bench.visit("b1"), bench.visit("b1"), bench.visit("b1"), bench.visit("b1"));
        bench.fail("b1");
        awaitProbation("b1");
        bench.visit("b1").connects().talks();
        slow.get(0).fails();
        slow.get(1).fails();
        assertEquals(BackendState.UP, bench.state("b1"));
    }

    @Test
    void a_probe_that_outlasts_its_probation_changes_nothing() {
        bench.fail("b1");
        awaitProbation("b1");
        Visit probe = bench.visit("b1");
        bench.table.onChecked(bench.entry("b1"), false, "refused");
        bench.table.onChecked(bench.entry("b1"), true, "");
        assertEquals(BackendState.UP, bench.state("b1"), "the checks know better");
        probe.connects();
        assertEquals(BackendState.UP, bench.state("b1"));
        bench.fail("b1");
        awaitProbation("b1");
        assertEquals(Place.PROBE, bench.visit("b1").place, "the place is free again");
    }

    // ---- others have a say

    @Test
    void a_check_that_brings_it_up_ends_the_ejection() {
        bench.fail("b1");
        bench.table.onChecked(bench.entry("b1"), false, "refused");
        assertEquals(BackendState.DOWN, bench.state("b1"));
        bench.table.onChecked(bench.entry("b1"), true, "");
        assertEquals(BackendState.UP, bench.state("b1"));
        bench.pass(Duration.ofMinutes(2));
        assertEquals(BackendState.UP, bench.state("b1"));
    }

    @Test
    void the_operator_may_end_it() {
        bench.fail("b1");
        bench.table.ready("b1");
        assertEquals(BackendState.UP, bench.state("b1"));
        bench.visit("b1").fails();
        bench.visit("b1").fails();
        assertEquals(BackendState.UP, bench.state("b1"), "the row began anew");
    }

    @Test
    void another_address_is_another_server() {
        bench.fail("b1");
        bench.table.update(bench.entry("b1").backend().weight(7));
        assertEquals(BackendState.EJECTED, bench.state("b1"));
        bench.table.update(bench.entry("b1").backend().address(new InetSocketAddress("10.9.9.9", 80)));
        assertEquals(BackendState.UP, bench.state("b1"));
    }

    @Test
    void what_is_removed_and_added_again_begins_anew_but_keeps_its_counters() {
        Backend b1 = bench.entry("b1").backend();
        Visit session = bench.visit("b1").connects();
        bench.fail("b1");
        bench.table.remove("b1", null, new CompletableFuture<>());
        bench.table.add(b1);
        assertEquals(BackendState.UP, bench.state("b1"));
        assertEquals(1, bench.entry("b1").stats(bench.nowNanos()).ejections());
        assertEquals(1, bench.entry("b1").active());
        session.leaves();
    }

    @Test
    void when_no_other_serves_there_is_nobody_to_spare_the_clients_for() {
        Bench two = new Bench(Bench.backends(2));
        two.fail("b1");
        two.table.onChecked(two.entry("b2"), false, "refused");
        two.pass(Duration.ofSeconds(6));
        assertEquals(BackendState.UP, two.state("b1"), "no probation, at once");

        two.table.onChecked(two.entry("b2"), true, "");
        two.fail("b1");
        two.pass(left(two, "b1").plusMillis(10));
        assertEquals(BackendState.PROBING, two.state("b1"));
        two.table.drain("b2", null, new CompletableFuture<>());
        assertEquals(BackendState.UP, two.state("b1"), "the last other one has gone");
    }

    @Test
    void what_failed_before_an_absence_is_forgotten() {
        bench.fail("b1");
        bench.fail("b2");
        bench.fail("b3"); // one too many to be ejected
        bench.table.onAgent(bench.entry("b3"), AgentWish.NONE.duty(AgentWish.Duty.MAINTENANCE));
        bench.table.onAgent(bench.entry("b3"), AgentWish.NONE);
        bench.table.ready("b1");
        bench.table.ready("b2");
        assertEquals(BackendState.UP, bench.state("b3"));
        bench.fail("b3");
        assertEquals(BackendState.EJECTED, bench.state("b3"), "and what fails now counts");
    }

    // ---- by windows

    @Test
    void a_share_of_failures_ejects_at_the_end_of_a_window() {
        Bench windows = new Bench(
                Rules.DEFAULT.with(OutlierPolicy.DEFAULT.failurePercent(30).minimumAttempts(50)), Bench.backends(4));
        for (int i = 0; i < 100; i++) {
            Visit visit = windows.visit("b1");
            if (i % 3 == 0) {
                visit.fails();
            } else {
                visit.connects().talks().leaves();
            }
        }
        assertEquals(BackendState.UP, windows.state("b1"));
        windows.pass(Duration.ofSeconds(10).plusMillis(10));
        assertEquals(BackendState.EJECTED, windows.state("b1"));
        assertEquals(
                "34 of 100 connects failed",
                windows.entry("b1").stats(windows.nowNanos()).why());

        windows.pass(left(windows, "b1").plusMillis(10));
        windows.visit("b1").connects().talks();
        windows.pass(Duration.ofSeconds(60));
        assertEquals(BackendState.UP, windows.state("b1"), "each window counts its own");
    }

    @Test
    void the_same_policy_without_them_arms_no_timer() {
        assertEquals(0, bench.control.timers().size());
        bench.fail("b1");
        assertEquals(1, bench.control.timers().size());
        awaitProbation("b1");
        assertFalse(bench.control.timers().size() > 0, "nothing to wait for");
    }
}
