package io.lbkit.selector;

import static io.lbkit.selector.LeastResponseTime.Measure.CONNECT;
import static io.lbkit.selector.LeastResponseTime.Measure.FIRST_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Selector;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Response time × (sessions + 1) / weight, in classes. */
class LeastResponseTimeTest {

    private static final long MILLI = 1_000_000;

    private final Selector selector = Selectors.leastResponseTime(CONNECT, Duration.ofMillis(20));

    @Test
    void expectations_are_those_of_nginx() {
        assertEquals(20, expectedMillis(0, 0));
        assertEquals(20, expectedMillis(19, 0));
        assertEquals(40, expectedMillis(20, 0));
        assertEquals(160, expectedMillis(39, 3));
        assertEquals(15_000, expectedMillis(5001, 2));
    }

    @Test
    void five_seconds_and_more_are_equally_bad_and_nothing_is_worse() {
        for (long resolution : new long[] {MILLI, 7 * MILLI, 20 * MILLI, 1000 * MILLI}) {
            long before = 0;
            for (long millis = 4900; millis <= 5100; millis++) {
                long expected = expected(millis * MILLI, 0, resolution);
                assertTrue(expected >= before, "less at " + millis + " ms");
                assertTrue(millis < 5000 || expected == 5000 * MILLI, expected + " ns at " + millis + " ms");
                before = expected;
            }
        }
        assertEquals(5000 * MILLI, expected(Long.MAX_VALUE, 0, 20 * MILLI));
    }

    @Test
    void a_slow_backend_is_avoided() {
        Pool pool = Pool.equal(3);
        times(pool.connectNanos, 5, 300, 5);
        assertEquals(0, pool.counts(selector, 1000)[1]);
    }

    @Test
    void a_slow_backend_gets_its_share_once_the_others_have_more_sessions() {
        Pool pool = Pool.equal(2);
        times(pool.connectNanos, 10, 50);
        Shares.assertWithin(2, new int[] {3, 1}, pool.longSessions(selector, 1000));
    }

    @Test
    void near_equals_share_by_chance() {
        Pool pool = Pool.equal(3);
        times(pool.connectNanos, 1, 12, 19);
        Shares.assertDrawn(pool.weights(), pool.counts(selector, 100_000));
    }

    @Test
    void near_equals_share_by_weight() {
        Pool pool = Pool.of(5, 1, 1);
        pool.connections[0] = 4;
        times(pool.connectNanos, 3, 3, 3);
        Shares.assertDrawn(pool.weights(), pool.counts(selector, 100_000));
    }

    @Test
    void a_finer_resolution_tells_them_apart() {
        Pool pool = Pool.equal(3);
        times(pool.connectNanos, 12, 1, 19);
        assertEquals("bbb", pool.picks(Selectors.leastResponseTime(), 3));
    }

    @Test
    void backends_that_hang_share_by_chance() {
        Pool pool = Pool.equal(2);
        times(pool.connectNanos, 5000, 60_000);
        Shares.assertDrawn(pool.weights(), pool.counts(selector, 100_000));
    }

    @Test
    void what_is_unknown_is_tried() {
        Pool pool = Pool.equal(3);
        times(pool.connectNanos, 30, 30, 0);
        assertEquals("c", pool.picks(selector, 1));
    }

    @Test
    void sessions_gather_in_proportion_to_weights_when_times_are_equal() {
        Pool pool = Pool.of(5, 3, 2);
        times(pool.connectNanos, 7, 8, 9);
        Shares.assertWithin(1, pool.weights(), pool.longSessions(selector, 1000));
    }

    @Test
    void the_measure_says_which_time_counts() {
        Pool pool = Pool.equal(2);
        times(pool.connectNanos, 1, 40);
        times(pool.firstByteNanos, 100, 1);
        assertEquals("a", pool.picks(Selectors.leastResponseTime(CONNECT, Duration.ofMillis(1)), 1));
        assertEquals("b", pool.picks(Selectors.leastResponseTime(FIRST_BYTE, Duration.ofMillis(1)), 1));
    }

    @Test
    void what_is_hidden_is_not_taken_though_it_is_fast() {
        Pool pool = Pool.equal(3).hide(0);
        times(pool.connectNanos, 1, 200, 100);
        assertEquals(2, pool.pick(selector, new Pool.Client(1)));
    }

    @Test
    void by_the_first_byte_one_that_cannot_be_connected_to_does_not_look_fast() {
        Pool pool = Pool.equal(3);
        Arrays.fill(pool.connectNanos, MILLI);
        Arrays.fill(pool.firstByteNanos, 30 * MILLI);
        pool.connectNanos[1] = 3_000 * MILLI; // its failures
        pool.firstByteNanos[1] = 0; // there was none
        Selector byFirstByte = pool.prepare(Selectors.leastResponseTime(FIRST_BYTE, Duration.ofMillis(1)));
        assertEquals(0, pool.counts(byFirstByte, 1_000)[1]);
    }

    @Test
    void the_resolution_has_a_range() {
        assertEquals(
                "least response time resolution is PT0.000000999S, must be between PT0.000001S and PT1S",
                complaint(Duration.ofNanos(999)));
        assertEquals(
                "least response time resolution is PT1.000000001S, must be between PT0.000001S and PT1S",
                complaint(Duration.ofSeconds(1, 1)));
        assertEquals(
                "least response time resolution is PT0S, must be between PT0.000001S and PT1S",
                complaint(Duration.ZERO));
        Selectors.leastResponseTime(CONNECT, Duration.ofNanos(1000));
        Selectors.leastResponseTime(CONNECT, Duration.ofSeconds(1));
    }

    @Test
    void of_many_the_slow_half_is_not_taken() {
        Pool pool = Pool.equal(100);
        for (int i = 0; i < 100; i++) {
            pool.connectNanos[i] = (i % 2 == 0 ? 5 : 300) * MILLI;
        }
        int[] counts = pool.counts(selector, 10_000);
        int slow = IntStream.range(0, 100)
                .filter(i -> i % 2 == 1)
                .map(i -> counts[i])
                .sum();
        assertTrue(slow <= 1, slow + " went to slow ones");
    }

    @Test
    void of_many_the_fast_one_is_found_and_kept_until_its_sessions_make_it_slow() {
        Pool pool = Pool.equal(100);
        Arrays.fill(pool.connectNanos, 100 * MILLI);
        pool.connectNanos[73] = MILLI;
        int kept = pool.counts(selector, 10_000)[73];
        assertTrue(kept > 9_500, kept + " of 10,000 went to the fast one");
        // If all were compared there would be 39: 20 ms × (39 + 1) is what the others cost with their 5.67, 120 × 6.67.
        // Of two drawn anew, it would be one in 50 picks, and get 12.
        int sessions = pool.longSessions(selector, 600)[73];
        assertTrue(sessions >= 20 && sessions <= 45, sessions + " stay with the fast one");
    }

    @Test
    void of_many_the_remembered_one_is_left_as_soon_as_it_hangs() {
        Pool pool = Pool.equal(100);
        Arrays.fill(pool.connectNanos, 100 * MILLI);
        pool.connectNanos[73] = MILLI;
        pool.counts(selector, 1_000);
        pool.connectNanos[73] = 4_000 * MILLI;
        assertEquals(0, pool.counts(selector, 1_000)[73]);
    }

    @Test
    void of_many_near_equals_share_by_chance() {
        Pool pool = Pool.equal(40);
        for (int i = 0; i < 40; i++) {
            pool.connectNanos[i] = i % 20 * MILLI;
        }
        Shares.assertDrawn(pool.weights(), pool.counts(selector, 100_000));
    }

    @Test
    void sessions_of_many_gather_in_proportion_to_weights_when_times_are_equal() {
        Pool pool = Pool.of(IntStream.range(0, 60).map(i -> 1 + i % 3).toArray());
        Arrays.fill(pool.connectNanos, 7 * MILLI);
        int[] sessions = pool.longSessions(selector, 12_000);
        for (int i = 0; i < 60; i++) {
            int fair = 100 * (1 + i % 3);
            assertTrue(Math.abs(sessions[i] - fair) <= 10, i + " has " + sessions[i] + ", fair are " + fair);
        }
    }

    @Test
    void of_many_what_is_hidden_is_not_taken() {
        Pool pool = Pool.equal(100);
        Arrays.fill(pool.connectNanos, 100 * MILLI);
        pool.connectNanos[99] = MILLI;
        pool.counts(selector, 1_000);
        assertEquals(0, pool.hide(99).counts(selector, 1_000)[99], "which was remembered");
    }

    private static String complaint(Duration resolution) {
        return assertThrows(IllegalArgumentException.class, () -> Selectors.leastResponseTime(CONNECT, resolution))
                .getMessage();
    }

    private static void times(long[] nanos, long... millis) {
        for (int i = 0; i < millis.length; i++) {
            nanos[i] = millis[i] * MILLI;
        }
    }

    private static long expectedMillis(long responseMillis, int connections) {
        return expected(responseMillis * MILLI, connections, 20 * MILLI) / MILLI;
    }

    private static long expected(long responseNanos, int connections, long resolutionNanos) {
        return new ResponsePerWeight(CONNECT, resolutionNanos).expected(responseNanos, connections);
    }
}
