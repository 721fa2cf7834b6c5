package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.Failover;
import io.lbkit.PoolMode;
import io.lbkit.core.backend.Bench.Rules;
import io.lbkit.core.backend.Bench.Visit;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tier serves, and when the unwell are tried. */
class FailoverTest {

    private static final Backend[] TWO_AND_TWO = {
        Bench.backend(1),
        Bench.backend(2),
        Bench.backend(3).backup(),
        Bench.backend(4).backup()
    };

    private static Bench bench(Failover failover, Backend... backends) {
        return new Bench(Rules.DEFAULT.with(failover), backends);
    }

    private static void down(Bench bench, String... ids) {
        for (String id : ids) {
            bench.table.onChecked(bench.entry(id), false, "refused");
        }
    }

    private static void up(Bench bench, String id) {
        bench.table.onChecked(bench.entry(id), true, "");
    }

    private static String mode(Bench bench) {
        return bench.snapshot().mode() + " " + bench.snapshot().tiers().priority();
    }

    // ---- one tier at a time

    @Test
    void backups_serve_only_while_no_primary_can() {
        Bench bench = bench(Failover.DEFAULT, TWO_AND_TWO);
        assertEquals(List.of("b1", "b2"), bench.candidates());
        down(bench, "b1");
        assertEquals(List.of("b2"), bench.candidates());
        assertEquals("NORMAL 0", mode(bench));
        down(bench, "b2");
        assertEquals(List.of("b3", "b4"), bench.candidates());
        assertEquals("BACKUP 1", mode(bench));
        up(bench, "b1");
        assertEquals(List.of("b1"), bench.candidates());
        assertEquals(
                List.of("b1 DOWN", "down b1", "b2 DOWN", "down b2", "pool BACKUP 1", "b1 UP", "up b1", "pool NORMAL 0"),
                bench.takeTold());
        assertEquals(List.of(), bench.prepared);
    }

    @Test
    void a_session_that_has_tried_a_tier_goes_on_with_the_next() {
        Bench bench = bench(Failover.DEFAULT, TWO_AND_TWO);
        assertEquals(List.of("b2"), bench.candidates("b1"));
        assertEquals(List.of("b3", "b4"), bench.candidates("b1", "b2"));
        assertEquals(List.of(-1, -1, 0, 1), bench.indexes("b1", "b2"));
        assertEquals(List.of("b4"), bench.candidates("b1", "b2", "b3"));
        assertEquals(List.of(), bench.candidates("b1", "b2", "b3", "b4"));
        assertEquals("NORMAL 0", mode(bench), "as a whole the pool is as it was");
    }

    @Test
    void full_primaries_send_work_to_the_backups() {
        Bench bench = bench(
                Failover.DEFAULT,
                Bench.backend(1).maxConnections(1),
                Bench.backend(2).backup());
        Visit first = bench.visit("b1");
        assertEquals(List.of("b2"), bench.candidates());
        first.leaves();
        assertEquals(List.of("b1"), bench.candidates());
    }

    @Test
    void where_the_full_are_waited_for_the_backups_stay_backups() {
        Bench bench = bench(
                Failover.DEFAULT,
                Bench.backend(1).maxConnections(1),
                Bench.backend(2),
                Bench.backend(3).backup());
        Snapshot is = bench.snapshot();
        FullCount full = new FullCount();
        Snapshot waiting = new Snapshot(is.all(), is.members(), is.tiers(), full, true);
        CandidateView view = new CandidateView();
        bench.visit("b1");
        assertEquals(
                1,
                view.show(waiting, List.of(bench.entry("b1")), true, bench.control.random(), 0)
                        .size(),
                "b2");
        view.show(waiting, List.of(bench.entry("b2")), true, bench.control.random(), 0);
        assertEquals(0, view.size(), "b1 is full, and so b3 does not serve");
        assertTrue(view.isAnyFull());
        view.show(waiting, List.of(bench.entry("b1"), bench.entry("b2")), true, bench.control.random(), 0);
        assertEquals("b3", view.backend(0).id(), "those tried are not waited for");
        assertFalse(view.isAnyFull());
    }

    @Test
    void any_number_of_tiers_in_the_order_of_their_priority() {
        Bench bench = bench(
                Failover.DEFAULT,
                Bench.backend(1).priority(9),
                Bench.backend(2).priority(3),
                Bench.backend(3).priority(5));
        assertEquals("b2", bench.candidates().get(0));
        assertEquals("NORMAL 3", mode(bench), "there is nothing before it");
        down(bench, "b2");
        assertEquals("BACKUP 5", mode(bench));
        down(bench, "b3");
        assertEquals(List.of("b1"), bench.candidates());
        assertEquals("BACKUP 9", mode(bench));
    }

    @Test
    void drained_primaries_make_way_for_backups_and_so_do_those_of_no_weight() {
        Bench bench = bench(Failover.DEFAULT, TWO_AND_TWO);
        bench.table.drain("b1", null, new CompletableFuture<>());
        bench.table.weight("b2", 0);
        assertEquals(List.of("b3", "b4"), bench.candidates());
        assertEquals("BACKUP 1", mode(bench));
        bench.table.remove("b1", null, new CompletableFuture<>());
        bench.table.remove("b2", null, new CompletableFuture<>());
        assertEquals("NORMAL 1", mode(bench), "there are no primaries any more");
    }

    @Test
    void a_primary_on_probation_gets_its_one_session_while_the_backups_serve() {
        Bench bench = bench(Failover.DEFAULT, Bench.backend(1), Bench.backend(2).backup());
        bench.fail("b1");
        assertEquals("BACKUP 1", mode(bench));
        bench.pass(Duration.ofSeconds(5).plusMillis(10));
        assertEquals(BackendState.PROBING, bench.state("b1"));
        assertEquals("BACKUP 1", mode(bench), "it does not serve yet");
        assertEquals(List.of("b1"), bench.candidates());
        Visit probe = bench.visit("b1");
        assertEquals(List.of("b2"), bench.candidates());
        probe.connects();
        assertEquals(List.of("b1"), bench.candidates());
        assertEquals("NORMAL 0", mode(bench));
    }

    // ---- fail open

    @Test
    void if_none_is_usable_all_members_are_tried_and_that_is_told_once() {
        Bench bench = bench(Failover.DEFAULT, TWO_AND_TWO);
        bench.table.drain("b4", null, new CompletableFuture<>());
        bench.takeTold();
        down(bench, "b1", "b2", "b3");
        assertEquals(List.of("b1", "b2", "b3"), bench.candidates(), "but not the one that is drained");
        assertEquals(List.of(0, 1, 2), bench.indexes());
        assertEquals("FAIL_OPEN 0", mode(bench));
        assertEquals(1, bench.told.stream().filter("pool FAIL_OPEN 0"::equals).count());
        bench.table.weight("b1", 3);
        bench.table.weight("b1", 4);
        assertEquals(
                1,
                bench.takeTold().stream()
                        .filter(word -> word.startsWith("pool FAIL"))
                        .count());
        up(bench, "b3");
        assertEquals(List.of("b3"), bench.candidates());
        assertEquals(List.of("b3 UP", "up b3", "pool BACKUP 1"), bench.takeTold());
    }

    @Test
    void the_drained_alone_are_nobody() {
        Bench bench = bench(Failover.DEFAULT, Bench.backends(2));
        bench.table.drain("b1", null, new CompletableFuture<>());
        bench.table.weight("b2", 0);
        assertEquals(List.of(), bench.candidates());
        assertEquals(PoolMode.EMPTY, bench.snapshot().mode());
    }

    @Test
    void who_does_not_want_it_gets_nobody() {
        Bench bench = bench(Failover.DEFAULT.failOpen(false), Bench.backends(2));
        down(bench, "b1", "b2");
        assertEquals(List.of(), bench.candidates());
        assertEquals(PoolMode.EMPTY, bench.snapshot().mode());
        assertFalse(bench.snapshot().tiers().admit(bench.entry("b1"), false));
    }

    @Test
    void below_a_threshold_all_of_the_tier_are_tried() {
        Bench bench = bench(
                Failover.DEFAULT.failOpenBelowPercent(50),
                concat(Bench.backends(4), Bench.backend(5).backup()));
        down(bench, "b1", "b2");
        assertEquals(List.of("b3", "b4"), bench.candidates(), "half of them are enough");
        down(bench, "b3");
        assertEquals(List.of("b1", "b2", "b3", "b4"), bench.candidates());
        assertEquals(List.of("b5"), bench.candidates("b1", "b2", "b3", "b4"));
        assertEquals("FAIL_OPEN 0", mode(bench));
        assertTrue(bench.snapshot().tiers().admit(bench.entry("b1"), false));
    }

    // ---- little by little

    private static Map<String, Integer> shares(Bench bench, int picks) {
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < picks; i++) {
            counts.merge(String.join(" ", bench.candidates()), 1, Integer::sum);
        }
        return counts;
    }

    @Test
    void tiers_share_the_load_in_proportion_to_what_they_can_take() {
        Bench bench = bench(
                Failover.DEFAULT.overprovisioningPercent(140),
                concat(Bench.backends(4), Bench.backend(5).backup()));
        assertEquals(Map.of("b1 b2 b3 b4", 1000), shares(bench, 1000));
        assertEquals("NORMAL 0", mode(bench));
        down(bench, "b1");
        assertEquals(Map.of("b2 b3 b4", 1000), shares(bench, 1000), "three of four can take it all");
        down(bench, "b2");
        Map<String, Integer> half = shares(bench, 100_000);
        assertEquals(70_000, half.get("b3 b4"), 1000);
        assertEquals(30_000, half.get("b5"), 1000);
        assertEquals("BACKUP 1", mode(bench));
        assertEquals(List.of("b5"), bench.candidates("b3", "b4"), "who has tried one tier goes to the other");
        assertEquals(List.of("b3", "b4"), bench.candidates("b5"));
    }

    @Test
    void those_that_share_fail_open_each_for_itself_and_only_if_they_cannot_take_all() {
        Failover failover = Failover.DEFAULT.overprovisioningPercent(140).failOpenBelowPercent(50);
        Bench bench = bench(failover, concat(Bench.backends(4), Bench.backend(5).backup()));
        down(bench, "b1", "b2", "b3");
        assertEquals(List.of("b4", "b5"), List.copyOf(shares(bench, 1000).keySet()), "35 and 65 of 100");
        assertEquals("BACKUP 1", mode(bench));
        down(bench, "b5");
        assertEquals(Map.of("b1 b2 b3 b4", 1000), shares(bench, 1000));
        assertEquals(PoolMode.FAIL_OPEN, bench.snapshot().mode());
    }

    /** The rows of {@link TierLoadsTest} by the states of real members, and who panics below Envoy's 50 %. */
    @ParameterizedTest(name = "{0} % and {1} % usable: {2}/{3}")
    @CsvSource({
        "72, 72, 100, 0, false, false",
        "71, 71, 99, 1, false, false",
        "50, 60, 70, 30, false, false",
        "25, 100, 35, 65, false, false",
        "25, 25, 50, 50, true, true",
        "5, 65, 7, 93, true, false",
    })
    void golden_rows_of_envoy(int first, int second, int load, int spilled, boolean panics, boolean panicsToo) {
        Failover failover = Failover.DEFAULT.overprovisioningPercent(140).failOpenBelowPercent(50);
        Backend[] backends = Bench.backends(200);
        Arrays.setAll(backends, i -> i < 100 ? backends[i] : backends[i].backup());
        Bench bench = bench(failover, backends);
        for (int i = 0; i < 100; i++) {
            down(bench, i < first ? new String[] {} : new String[] {"b" + (1 + i)});
            down(bench, i < second ? new String[] {} : new String[] {"b" + (101 + i)});
        }
        Members members = bench.snapshot().members();
        Census census = new Census(members, members.states(), failover);
        assertEquals(List.of(load, spilled), List.of(census.load(0), census.load(1)));
        assertEquals(List.of(panics, panicsToo), List.of(census.panics(0), census.panics(1)));
        assertEquals(
                (panics ? 100 : first) + " and " + (spilled == 0 ? 0 : panicsToo ? 100 : second),
                candidatesOf(bench, 0) + " and " + (spilled == 0 ? 0 : candidatesOf(bench, 1)));
    }

    private static int candidatesOf(Bench bench, int tier) {
        return bench.snapshot().tiers().sizeOf(tier);
    }

    private static Backend[] concat(Backend[] some, Backend... more) {
        return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(Backend[]::new);
    }
}
