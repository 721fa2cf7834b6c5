package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.CloseReason;
import io.lbkit.DrainReport;
import io.lbkit.Failover;
import io.lbkit.HealthCheck;
import io.lbkit.OutlierPolicy;
import io.lbkit.PoolMode;
import io.lbkit.Selector;
import io.lbkit.SlowStart;
import io.lbkit.core.sim.SimBacklog.Answer;
import io.lbkit.core.sim.Town.Rules;
import io.lbkit.core.sim.Town.Shop;
import io.lbkit.selector.LeastResponseTime.Measure;
import io.lbkit.selector.Load;
import io.lbkit.selector.Selectors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole engine under steady traffic while backends turn slow, refuse, hang, come, go and are changed. */
class TownTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private static Duration seconds(double n) {
        return Duration.ofMillis((long) (1000 * n));
    }

    // ---- slow, refusing, hanging

    @Test
    void a_backend_that_turns_ten_times_slower_loses_its_share_and_gets_it_back() {
        Town town = new Town(new Rules(Selectors.leastResponseTime()), 2, 10).visitors(500, Duration.ofMillis(200));
        town.shops.forEach(shop -> shop.away(Duration.ofMillis(2)));
        Shop shop = town.shop(1);
        long before = town.picked(shop, seconds(5)) / 5;
        assertTrue(before > 40, "about a tenth of 500 a second: " + before);

        shop.away(Duration.ofMillis(20));
        town.pass(seconds(2));
        long slow = town.picked(shop, seconds(5)) / 5;
        assertTrue(slow <= 0.2 * before, "at most a fifth is left: " + slow + " of " + before);

        shop.away(Duration.ofMillis(2));
        town.pass(seconds(15));
        long after = town.picked(shop, seconds(5)) / 5;
        assertTrue(after >= 0.8 * before, "it is back: " + after + " of " + before);
        assertEquals(0, town.hurt);
    }

    static Selector[] selectors() {
        return new Selector[] {Selectors.roundRobin(), Selectors.leastConnections(), Selectors.powerOfTwo()};
    }

    /** A failure counts as the longest connect there may be, and so it is not even ejected. */
    @Test
    void a_backend_that_fails_fast_does_not_look_fast() {
        Town town = new Town(new Rules(Selectors.leastResponseTime()), 4, 4).visitors(200, Duration.ofMillis(20));
        town.pass(SECOND);
        long picks = town.picked(town.shop(1).answers(Answer.REFUSE), seconds(120));
        assertTrue(picks <= 12, "of 24000: " + picks);
        assertEquals(0, town.hurt);
    }

    static Selector[] byTime() {
        return new Selector[] {
            Selectors.leastResponseTime(),
            Selectors.leastResponseTime(Measure.FIRST_BYTE, Duration.ofMillis(1)),
            Selectors.least(Load.responseTime(Measure.FIRST_BYTE)),
            Selectors.peakEwma(),
            Selectors.peakEwma(Measure.FIRST_BYTE)
        };
    }

    private static Town unjudged(Selector selector) {
        Rules rules = new Rules(selector, OutlierPolicy.OFF, SlowStart.OFF, Failover.DEFAULT);
        return new Town(rules, 4, 4).visitors(50, Duration.ofMillis(20));
    }

    @ParameterizedTest
    @MethodSource("byTime")
    void a_backend_that_refuses_does_not_look_fast_where_nobody_ejects_it(Selector selector) {
        Town town = unjudged(selector).pass(SECOND);
        long picks = town.picked(town.shop(1).answers(Answer.REFUSE), seconds(120));
        assertTrue(picks <= 12, "of 6000: " + picks);
        assertEquals(0, town.hurt);
    }

    /** Its connects are as fast as any; the resets come before a byte has moved, and each counts as a timeout. */
    @ParameterizedTest
    @MethodSource("byTime")
    void a_backend_that_resets_what_it_has_accepted_does_not_look_fast(Selector selector) {
        Town town = unjudged(selector).pass(SECOND);
        Shop dying = town.shop(1).answers(Answer.RESET);
        long picks = town.picked(dying, seconds(120));
        assertTrue(picks >= 1 && picks <= 12, "of 6000: " + picks);
        assertEquals(picks, town.stats(dying).connectFailures());
        assertEquals(0, town.hurt, "who met it went on to another");

        dying.answers(Answer.ACCEPT);
        town.pass(seconds(180));
        assertTrue(town.served(dying, seconds(10)) > 80, "a quarter of 500");
    }

    /** Here the visitor's byte has gone when the reset comes, so that nobody else can serve; no byte comes back. */
    @ParameterizedTest
    @MethodSource("byFirstByte")
    void a_backend_that_resets_instead_of_an_answer_does_not_look_fast(Selector selector) {
        Town town = unjudged(selector).pass(SECOND);
        Shop rude = town.shop(1).away(Duration.ofMillis(2)).answers(Answer.RESET);
        long picks = town.picked(rude, seconds(120));
        assertTrue(picks >= 1 && picks <= 12, "of 6000: " + picks);
        assertEquals(picks, town.stats().closed(CloseReason.RESET_BY_BACKEND));
        assertEquals(picks, town.hurt);
    }

    static Selector[] byFirstByte() {
        return new Selector[] {
            Selectors.leastResponseTime(Measure.FIRST_BYTE, Duration.ofMillis(1)),
            Selectors.peakEwma(Measure.FIRST_BYTE)
        };
    }

    @ParameterizedTest
    @MethodSource("selectors")
    void a_backend_that_refuses_gets_no_more_than_its_probes(Selector selector) {
        Town town = new Town(new Rules(selector), 4, 4).visitors(200, Duration.ofMillis(20));
        town.pass(SECOND);
        Shop dead = town.shop(1).answers(Answer.REFUSE);
        long picks = town.picked(dead, seconds(120));
        long ejections = town.stats(dead).ejections();
        assertTrue(
                ejections >= 5 && ejections <= 12, "5, 10, 20, 40, 60, 60 seconds, half of it by chance: " + ejections);
        // Three on each of four loops at most, before word of the ejection is round; then one for each time out.
        assertTrue(picks <= 3 * 4 + ejections, picks + " picks for " + ejections + " ejections");
        assertEquals(0, town.hurt, "who met it went on to another");

        dead.answers(Answer.ACCEPT);
        town.pass(seconds(61));
        assertEquals(BackendState.UP, town.stats(dead).state());
        assertTrue(town.served(dead, seconds(10)) > 400, "a quarter of 2000");
        assertEquals(0, town.hurt);
    }

    /** The first few wait for the timeout; after that nobody does. */
    @Test
    void a_backend_that_swallows_everything_is_ejected_after_one_timeout() {
        Town town = new Town(new Rules(Selectors.roundRobin()), 2, 4).visitors(100, Duration.ofMillis(20));
        town.pass(SECOND);
        Shop hanging = town.shop(1).answers(Answer.DROP);
        long picks = town.picked(hanging, seconds(20));
        assertEquals(BackendState.EJECTED, town.stats(hanging).state());
        // 3 seconds of a quarter of the visitors, and a probe or two.
        assertTrue(picks <= 3 * 25 + 5, "picks: " + picks);
        town.pass(seconds(5));
        assertEquals(0, town.hurt, "all of them went on to another");
        assertTrue(town.answered > 2500, "answered: " + town.answered);
    }

    /** Who came when, and how long each has waited for the answer. */
    private static final class Diary {
        private record Visit(long cameAt, long waited) {}

        private static final int PER_SECOND = 100;

        private final Town town;
        private final List<Visit> visits = new ArrayList<>();

        Diary(Town town) {
            this.town = town.visitors(PER_SECOND, Duration.ofMillis(20));
            town.waits = nanos -> visits.add(new Visit(town.network.now() - nanos, nanos));
        }

        /** Lets time pass until a shop is in some state; how long that takes. */
        Duration until(Shop shop, BackendState state) {
            long begun = town.network.now();
            while (town.stats(shop).state() != state) {
                town.pass(Duration.ofMillis(5));
                assertTrue(
                        town.network.now() - begun < seconds(120).toNanos(),
                        () -> town.stats(shop).toString());
            }
            return Duration.ofNanos(town.network.now() - begun);
        }

        /** The waits longer than a moment of those who came between two times, all of whom must have been answered. */
        List<Duration> late(long from, long to) {
            List<Visit> then = visits.stream()
                    .filter(visit -> visit.cameAt >= from && visit.cameAt < to)
                    .toList();
            long came = (to - from) * PER_SECOND / 1_000_000_000;
            assertTrue(Math.abs(then.size() - came) <= 1, then.size() + " of " + came + " were answered");
            return then.stream()
                    .map(visit -> Duration.ofNanos(visit.waited))
                    .filter(waited -> waited.toMillis() > 5)
                    .toList();
        }
    }

    private enum Hang {
        SWALLOWS_SYNS,
        ANSWERS_NOTHING;

        void begin(Shop shop) {
            if (this == SWALLOWS_SYNS) {
                shop.answers(Answer.DROP);
            } else {
                shop.takes = () -> seconds(10_000).toNanos();
            }
        }

        void end(Shop shop) {
            shop.answers(Answer.ACCEPT).takes = () -> 1_000_000;
        }
    }

    static List<Arguments> hangs() {
        List<Arguments> all = new ArrayList<>();
        for (Hang hang : Hang.values()) {
            for (OutlierPolicy outliers : List.of(OutlierPolicy.OFF, OutlierPolicy.DEFAULT)) {
                for (int loops : new int[] {1, 3}) {
                    all.add(Arguments.of(hang, outliers, loops));
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("hangs")
    void one_that_hangs_is_found_by_checks_and_from_then_on_nobody_waits_for_it(
            Hang hang, OutlierPolicy outliers, int loops) {
        HealthCheck check = HealthCheck.exchange("?", "\0");
        SlowStart ramp = SlowStart.over(seconds(10));
        Rules rules = new Rules(Selectors.roundRobin(), outliers, ramp, Failover.DEFAULT, Backend.UNLIMITED, check);
        Town town = new Town(rules, loops, 4);
        Diary diary = new Diary(town);
        town.pass(seconds(7));
        Shop hanging = town.shop(1);
        hang.begin(hanging);
        Duration found = diary.until(hanging, BackendState.DOWN);
        assertTrue(found.compareTo(check.interval().multipliedBy(check.fall())) <= 0, "fall × interval: " + found);
        long foundAt = town.network.now();
        town.pass(seconds(20));
        hang.end(hanging);
        Duration back = diary.until(hanging, BackendState.RAMPING);
        assertTrue(back.compareTo(check.interval().multipliedBy(check.rise())) <= 0, "rise × interval: " + back);
        Duration ramped = diary.until(hanging, BackendState.UP);
        assertTrue(ramped.compareTo(seconds(10.1)) <= 0, "the ramp: " + ramped);
        long served = town.served(hanging, seconds(4));
        assertTrue(served >= 97 && served <= 105, "a quarter of 400, and some checks: " + served);
        assertEquals(List.of(), diary.late(foundAt, town.network.now() - SECOND.toNanos()));
        assertEquals(0, town.hurt);
    }

    /** Without checks only a client can find out that it is back: one for each time out, who waits for a connect and goes on. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void one_that_swallows_syns_is_found_by_its_clients_and_from_then_on_only_probes_wait_for_it(int loops) {
        Town town = new Town(new Rules(Selectors.roundRobin()), loops, 4);
        Diary diary = new Diary(town);
        town.pass(seconds(7));
        Shop hanging = town.shop(1).answers(Answer.DROP);
        Duration found = diary.until(hanging, BackendState.EJECTED);
        assertTrue(found.toMillis() <= 3000 + 3 * 40 + 10, "the connects of three turns time out: " + found);
        long foundAt = town.network.now();
        town.pass(seconds(60));
        long probes = town.stats(hanging).ejections() - 1;
        assertTrue(probes >= 3, "5, 10, 20, … seconds, half of it by chance: " + probes);
        diary.until(hanging, BackendState.EJECTED); // if one is under way
        hanging.answers(Answer.ACCEPT);
        probes = town.stats(hanging).ejections() - 1;
        Duration rest = town.stats(hanging).ejectedFor();
        Duration back = diary.until(hanging, BackendState.UP);
        assertTrue(back.compareTo(rest.plusMillis(100)) <= 0, "one turn after its time is over: " + back);
        long served = town.served(hanging, seconds(4));
        assertTrue(served >= 99 && served <= 101, "a quarter of 400: " + served);
        List<Duration> late = diary.late(foundAt, town.network.now() - SECOND.toNanos());
        assertEquals(probes, late.size(), late.toString());
        late.forEach(waited -> assertTrue(waited.toMillis() <= 3010, late.toString()));
        assertEquals(0, town.hurt);
    }

    @Test
    void if_all_refuse_half_of_them_are_tried_on_and_the_first_that_is_back_serves() {
        Town town = new Town(new Rules(Selectors.powerOfTwo()), 1, 4).visitors(100, Duration.ofMillis(20));
        town.pass(SECOND);
        town.shops.forEach(shop -> shop.answers(Answer.REFUSE));
        town.pass(seconds(30));
        long serving = town.stats().backends().stream()
                .filter(stats -> stats.state() == BackendState.UP)
                .count();
        assertEquals(2, serving);
        assertEquals(PoolMode.NORMAL, town.stats().pool().mode());
        assertTrue(town.stats().closed(CloseReason.CONNECT_FAILED) > 2500);
        town.shops.forEach(shop -> shop.answers(Answer.ACCEPT));
        long before = town.hurt;
        town.pass(seconds(10));
        assertEquals(before, town.hurt, "nobody is turned away from then on");
    }

    @Test
    void failing_open_is_counted() {
        Town town = new Town(new Rules(Selectors.powerOfTwo()), 2, 2);
        town.tell(table -> table.pool().current().all().forEach(entry -> table.onChecked(entry, false, "late")));
        town.pass(SECOND)
                .visitors(100, Duration.ofMillis(20))
                .pass(seconds(2))
                .close()
                .pass(SECOND);
        assertEquals(PoolMode.FAIL_OPEN, town.stats().pool().mode());
        assertEquals(town.answered, town.stats().pool().failOpenPicks());
        assertTrue(town.answered >= 199 && town.hurt == 0, "they were well after all: " + town.answered);
    }

    // ---- coming back

    /** A fresh backend is idle, and without a ramp it would win every comparison. */
    @ParameterizedTest
    @ValueSource(strings = {"powerOfTwo", "leastConnections", "roundRobin"})
    void a_cold_backend_is_not_flooded(String name) {
        Selector selector = switch (name) {
            case "powerOfTwo" -> Selectors.powerOfTwo();
            case "leastConnections" -> Selectors.leastConnections();
            default -> Selectors.roundRobin();
        };
        Rules rules = new Rules(selector, OutlierPolicy.DEFAULT, SlowStart.over(seconds(20)), Failover.DEFAULT);
        Town town = new Town(rules, 2, 4).visitors(200, SECOND);
        town.pass(seconds(5));
        Shop cold = town.build();
        town.tell(table -> table.add(cold.backend()));
        long first = town.picked(cold, seconds(2));
        assertTrue(first > 0 && first <= 20, "of 400, a tenth of a fair fifth would be 8: " + first);
        town.pass(seconds(8));
        long half = town.picked(cold, seconds(2));
        assertTrue(half >= 25 && half <= 70, "half of 80: " + half);
        town.pass(seconds(10));
        long whole = town.picked(cold, seconds(2));
        assertTrue(whole >= 70 && whole <= 90, "80: " + whole);
        assertEquals(0, town.hurt);
    }

    // ---- changes under load

    /** A minute of changes, twenty a second, of which none may be seen by a client. */
    @ParameterizedTest(name = "small sets: {0}")
    @ValueSource(booleans = {true, false})
    void changes_of_the_set_hurt_nobody(boolean small) {
        Town town = new Town(new Rules(Selectors.powerOfTwo()), 4, 8).visitors(300, Duration.ofMillis(400));
        if (!small) {
            town.engine.table().small(0);
        }
        SplittableRandom random = new SplittableRandom(3);
        int[] refused = new int[1];
        for (int change = 0; change < 60 * 20; change++) {
            Shop shop = town.shop(random.nextInt(2, 9)); // the first one stays
            int dice = random.nextInt(6);
            int weight = random.nextInt(1, 5);
            town.tell(table -> {
                try {
                    switch (dice) {
                        case 0 -> table.add(shop.backend());
                        case 1 -> table.drain(shop.id, null, new CompletableFuture<>());
                        case 2 -> table.ready(shop.id);
                        case 3 -> table.remove(shop.id, null, new CompletableFuture<>());
                        case 4 -> table.weight(shop.id, weight);
                        default ->
                            table.replaceAll(table.change(town.shops.stream()
                                    .filter(each -> each == town.shop(1) || random.nextBoolean())
                                    .map(Shop::backend)
                                    .toList()));
                    }
                } catch (IllegalArgumentException notNow) {
                    refused[0]++;
                }
            });
            town.pass(Duration.ofMillis(50));
        }
        town.close().pass(seconds(5));
        assertEquals(0, town.inside());
        assertEquals(0, town.hurt, () -> town.stats().closed().toString());
        assertTrue(town.answered >= 60 * 300 - 1, "answered: " + town.answered);
        assertEquals(town.answered, town.stats().closed(CloseReason.COMPLETED));
        assertEquals(0, town.stats().connectFailures());
        assertTrue(refused[0] < 600, "most changes could be made: " + refused[0]);
    }

    @Test
    void only_what_a_drain_says_is_cut() throws Exception {
        Town town = new Town(new Rules(Selectors.roundRobin()), 4, 3).visitors(300, seconds(2));
        town.pass(seconds(5));
        CompletableFuture<DrainReport> drained = new CompletableFuture<>();
        town.tell(table -> table.drain("b1", SECOND, drained));
        town.pass(seconds(5));
        DrainReport report = drained.get();
        assertEquals(report.cut(), town.hurt);
        assertTrue(report.cut() > 50 && report.finished() > 50, report.toString());
        assertEquals(report.cut(), town.stats().closed(CloseReason.BACKEND_REMOVED));
    }
}
