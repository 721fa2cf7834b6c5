package io.lbkit.selector;

import static io.lbkit.selector.LeastResponseTime.Measure.CONNECT;
import static io.lbkit.selector.LeastResponseTime.Measure.FIRST_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Selector;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What makes a backend loaded, and who is taken then. */
class LoadTest {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;

    static Stream<Load> loads() {
        return Stream.of(
                Load.connections(),
                Load.responseTime(CONNECT),
                Load.responseTime(FIRST_BYTE),
                Load.peakEwma(CONNECT),
                Load.peakEwma(FIRST_BYTE));
    }

    @Test
    void sessions_count_one_more_unless_there_are_none() {
        // HAProxy's keys are these × 256: (0, 1) 0, (1, 1) 512, (1, 2) 256, (2, 2) 384, (3, 4) 256, (4, 4) 320
        assertEquals(0, load(Load.connections(), 0, 1));
        assertEquals(512, 256 * load(Load.connections(), 1, 1));
        assertEquals(256, 256 * load(Load.connections(), 1, 2));
        assertEquals(384, 256 * load(Load.connections(), 2, 2));
        assertEquals(256, 256 * load(Load.connections(), 3, 4));
        assertEquals(320, 256 * load(Load.connections(), 4, 4));
    }

    private static double load(Load load, int connections, int weight) {
        Pool pool = Pool.of(weight);
        pool.connections[0] = connections;
        return load.of(pool, 0);
    }

    @Test
    void equal_ratios_are_exactly_equal() {
        for (int n = 1; n < 2000; n++) {
            assertEquals(load(Load.connections(), n, 3), load(Load.connections(), 100 * n + 99, 300));
        }
    }

    @Test
    void a_peak_is_multiplied_by_sessions_and_divided_by_weight() {
        Pool pool = Pool.of(2);
        pool.connectPeakNanos[0] = 30 * MILLI;
        pool.firstBytePeakNanos[0] = 70 * MILLI;
        pool.connections[0] = 3;
        assertEquals(60.0 * MILLI, Load.peakEwma(CONNECT).of(pool, 0));
        assertEquals(200.0 * MILLI, Load.peakEwma(FIRST_BYTE).of(pool, 0));
    }

    @Test
    void an_average_is_reckoned_as_for_least_response_time() {
        Pool pool = Pool.of(2);
        pool.connectNanos[0] = 30 * MILLI + 1;
        pool.firstByteNanos[0] = 70 * MILLI;
        pool.connections[0] = 3;
        assertEquals(62.0 * MILLI, Load.responseTime(CONNECT).of(pool, 0));
        assertEquals(202.0 * MILLI, Load.responseTime(FIRST_BYTE).of(pool, 0));
    }

    @ParameterizedTest
    @MethodSource("loads")
    void one_more_session_is_more_load_at_every_magnitude(Load load) {
        // Finagle's penalty for the unknown was once so large that one more session was lost in rounding.
        for (long nanos : new long[] {0, 1, MILLI, SECOND, 3600 * SECOND}) {
            for (int weight : new int[] {1, 65_535, 6_553_500}) {
                Pool pool = Pool.of(weight);
                pool.connectNanos[0] = pool.firstByteNanos[0] = nanos;
                pool.connectPeakNanos[0] = pool.firstBytePeakNanos[0] = nanos;
                double before = -1;
                for (int connections : new int[] {0, 1, 2, 1000, 1001, 1_000_000, 1_000_001}) {
                    pool.connections[0] = connections;
                    double now = load.of(pool, 0);
                    assertTrue(now > before, now + " after " + before);
                    before = now;
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loads")
    void to_compare_is_to_compare_the_numbers(Load load) {
        SplittableRandom random = new SplittableRandom(1);
        Pool pool = Pool.of(IntStream.range(0, 60).map(i -> 1 + i % 5 * i * i).toArray());
        long[][] times = {pool.connectNanos, pool.firstByteNanos, pool.connectPeakNanos, pool.firstBytePeakNanos};
        for (int i = 0; i < 60; i++) {
            pool.connections[i] = random.nextInt(1 << random.nextInt(1, 25));
            for (long[] nanos : times) {
                nanos[i] = random.nextLong(1L << random.nextInt(1, 36));
            }
        }
        for (int one = 0; one < 60; one++) {
            for (int other = 0; other < 60; other++) {
                int order = Least.compare(load.of(pool, one), load.of(pool, other));
                assertEquals(order, Integer.signum(load.compare(pool, one, other)), one + " and " + other);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loads")
    void sessions_that_stay_gather_by_weight(Load load) {
        for (Selector selector : List.of(Selectors.powerOfTwo(load), Selectors.least(load))) {
            Pool pool = Pool.of(5, 3, 2);
            Shares.assertWithin(1, pool.weights(), pool.longSessions(pool.prepare(selector), 10_000));
        }
    }

    @ParameterizedTest
    @MethodSource("loads")
    void the_idle_share_by_weight_and_not_by_index(Load load) {
        Pool pool = Pool.of(1, 5, 1);
        int[] sessions = Pool.of(1, 5, 1).shortSessions(pool.prepare(Selectors.powerOfTwo(load)), 7000);
        if (load.of(pool, 0) == load.of(pool, 1)) { // no times, so no weights to divide them by
            Shares.assertWithin(3, pool.weights(), sessions);
        }
        Pool equal = Pool.equal(7);
        Shares.assertDrawn(equal.weights(), equal.counts(equal.prepare(Selectors.least(load)), 70_000));
    }

    @Test
    void of_two_the_one_with_the_lesser_peak_is_taken() {
        Pool pool = Pool.equal(2);
        pool.connectPeakNanos[0] = 20 * MILLI;
        pool.connectPeakNanos[1] = 21 * MILLI;
        assertEquals("aaaa", pool.picks(pool.prepare(Selectors.peakEwma()), 4));
        pool.firstBytePeakNanos[0] = 3 * MILLI;
        pool.firstBytePeakNanos[1] = 1 * MILLI;
        assertEquals("bbbb", pool.picks(pool.prepare(Selectors.peakEwma(FIRST_BYTE)), 4));
    }

    @Test
    void the_unknown_counts_as_a_microsecond_and_so_do_its_sessions() {
        Pool pool = Pool.of(1, 1, 1);
        pool.connectPeakNanos[0] = pool.connectPeakNanos[1] = 20_000;
        assertEquals("cccc", pool.picks(pool.prepare(Selectors.least(Load.peakEwma(CONNECT))), 4));
        int[] sessions = pool.longSessions(Selectors.least(Load.peakEwma(CONNECT)), 2200);
        Shares.assertWithin(2, new int[] {1, 1, 20}, sessions);
    }

    @Test
    void one_that_refuses_every_connect_does_not_look_fast_though_it_never_sent_a_byte() {
        Pool pool = Pool.equal(2);
        pool.connectNanos[0] = pool.connectPeakNanos[0] = 3 * SECOND; // each failure counts as a timeout
        pool.connectNanos[1] = pool.connectPeakNanos[1] = MILLI;
        pool.firstByteNanos[1] = pool.firstBytePeakNanos[1] = 100 * MILLI;
        for (Load load : List.of(Load.responseTime(FIRST_BYTE), Load.peakEwma(FIRST_BYTE))) {
            assertEquals("bbbb", pool.picks(pool.prepare(Selectors.powerOfTwo(load)), 4));
        }
        assertEquals("bbbb", pool.picks(Selectors.leastResponseTime(FIRST_BYTE, Duration.ofMillis(1)), 4));
    }

    @Test
    void after_a_long_rest_all_are_alike_again() {
        Pool pool = Pool.equal(4);
        pool.connectPeakNanos[0] = 900; // all but forgotten
        pool.connectPeakNanos[1] = 1;
        Selector peakEwma = pool.prepare(Selectors.peakEwma());
        Shares.assertWithin(3, pool.weights(), pool.shortSessions(peakEwma, 4000));
    }

    @Test
    void a_load_of_the_host_is_a_lambda() {
        double[] cpu = {0.9, 0.1, 0.5};
        Load busy = (candidates, i) -> cpu[candidates.position(i)];
        Pool pool = Pool.equal(3);
        assertEquals("bbbb", pool.picks(Selectors.least(busy), 4));
        assertEquals(0, pool.counts(pool.prepare(Selectors.powerOfTwo(busy)), 1000)[0]);
        assertEquals("cccc", pool.hide(1).picks(Selectors.least(busy), 4));
    }

    @Test
    void what_is_not_a_number_is_taken_last() {
        double[] loads = {Double.NaN, Double.POSITIVE_INFINITY, 7};
        Load load = (candidates, i) -> loads[candidates.position(i)];
        Pool pool = Pool.equal(3);
        assertEquals("cc", pool.picks(Selectors.least(load), 2));
        assertEquals("bb", pool.hide(2).picks(Selectors.least(load), 2));
        assertEquals(0, pool.hide().counts(pool.prepare(Selectors.powerOfTwo(load)), 1000)[0]);
        loads[1] = loads[2] = Double.NaN;
        Shares.assertDrawn(pool.weights(), pool.counts(Selectors.least(load), 30_000));
    }

    @Test
    void zero_is_zero_whatever_its_sign() {
        double[] loads = {0.0, -0.0};
        Pool pool = Pool.equal(2);
        Load load = (candidates, i) -> loads[candidates.position(i)];
        Shares.assertDrawn(pool.weights(), pool.counts(Selectors.least(load), 10_000));
    }
}
