package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Selector;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The fewest sessions for the weight, and no favourite among equals. */
class LeastConnectionsTest {

    private final Selector selector = Selectors.leastConnections();

    @Test
    void loads_compare_as_the_keys_of_haproxy() {
        int[][] loads = {{0, 1}, {1, 1}, {1, 2}, {2, 2}, {3, 4}, {4, 4}};
        int[] keys = {0, 512, 256, 384, 256, 320};
        for (int i = 0; i < keys.length; i++) {
            for (int j = 0; j < keys.length; j++) {
                int order = compare(loads[i][0], loads[i][1], loads[j][0], loads[j][1]);
                assertEquals(Integer.compare(keys[i], keys[j]), order, keys[i] + " and " + keys[j]);
            }
        }
    }

    @Test
    void the_greatest_numbers_compare_without_overflow() {
        int most = Integer.MAX_VALUE;
        assertEquals(0, compare(most, 65535, most, 65535));
        assertTrue(compare(most, 65535, most, 1) < 0);
    }

    private static int compare(int connections1, int weight1, int connections2, int weight2) {
        Pool pool = Pool.of(weight1, weight2);
        pool.connections[0] = connections1;
        pool.connections[1] = connections2;
        Load load = Load.connections();
        return Least.compare(load.of(pool, 0), load.of(pool, 1));
    }

    @Test
    void the_one_with_the_fewest_is_taken_wherever_it_stands() {
        for (int fewest = 0; fewest < 4; fewest++) {
            Pool pool = Pool.equal(4);
            Arrays.fill(pool.connections, 3);
            pool.connections[fewest] = 2;
            assertEquals(fewest, pool.pick(selector, new Pool.Client(1)));
        }
    }

    @Test
    void idle_equals_share_short_sessions() {
        Pool pool = Pool.equal(5);
        Shares.assertDrawn(pool.weights(), pool.counts(selector, 100_000));
    }

    @Test
    void idle_backends_share_short_sessions_by_weight() {
        Pool pool = Pool.of(5, 1, 1);
        Shares.assertDrawn(pool.weights(), pool.counts(selector, 100_000));
    }

    @Test
    void only_the_equals_share() {
        Pool pool = Pool.equal(4);
        pool.connections[1] = 1;
        pool.connections[3] = 2;
        int[] counts = pool.counts(selector, 100_000);
        assertEquals(0, counts[1] + counts[3]);
        Shares.assertDrawn(new int[] {1, 1}, new int[] {counts[0], counts[2]});
    }

    @Test
    void an_idle_small_backend_gets_work_before_a_busy_large_one() {
        Pool pool = Pool.of(1000, 1);
        pool.connections[0] = 1;
        assertEquals(1, pool.pick(selector, new Pool.Client(1)));
    }

    @Test
    void long_sessions_gather_in_proportion_to_weights() {
        Pool pool = Pool.of(5, 3, 2);
        int[] sessions = pool.longSessions(selector, 1000);
        assertArrayEquals(new int[] {500, 300, 200}, sessions);
    }

    @Test
    void a_backend_that_comes_back_empty_is_filled_up_first() {
        Pool pool = Pool.equal(3);
        pool.connections[0] = 50;
        pool.connections[1] = 50;
        assertEquals("c", pool.picks(selector, 1));
        assertArrayEquals(new int[] {50, 50, 50}, pool.longSessions(selector, 50));
    }

    @Test
    void what_is_hidden_is_not_taken_though_it_is_idle() {
        Pool pool = Pool.equal(3).hide(0);
        pool.connections[1] = 2;
        pool.connections[2] = 1;
        assertEquals(2, pool.pick(selector, new Pool.Client(1)));
    }

    @Test
    void long_sessions_gather_in_proportion_to_weights_among_thousands_too() {
        Pool pool = Pool.of(IntStream.range(0, 3_000).map(i -> 1 + i % 3).toArray());
        int[] sessions = pool.longSessions(pool.prepare(selector), 60_000);
        for (int i = 0; i < 3_000; i++) {
            int fair = 10 * (1 + i % 3);
            assertTrue(Math.abs(sessions[i] - fair) <= 8, i + " has " + sessions[i] + ", fair are " + fair);
        }
    }

    /** Where there are as many sessions as backends, so that many are idle and many are not. */
    @Test
    void sessions_that_come_and_go_among_thousands_meet_fewer_than_by_two_choices() {
        double met = met(selector);
        double byTwo = met(Selectors.powerOfTwo());
        assertTrue(met < 0.95 * byTwo, met + " others are met, by two choices " + byTwo);
    }

    private static double met(Selector selector) {
        int n = 1_000;
        Pool pool = Pool.equal(n);
        Selector prepared = pool.prepare(selector);
        Pool.Client client = new Pool.Client(1);
        SplittableRandom random = new SplittableRandom(2);
        int[] backends = new int[n]; // of the sessions
        Arrays.setAll(backends, i -> random.nextInt(n));
        Arrays.stream(backends).forEach(backend -> pool.connections[backend]++);
        long met = 0;
        for (int i = 0; i < 20 * n; i++) {
            int leaves = random.nextInt(n);
            pool.connections[backends[leaves]]--;
            backends[leaves] = pool.pick(prepared, client);
            met += pool.connections[backends[leaves]]++;
        }
        return met / (20.0 * n);
    }

    @Test
    void the_idle_one_of_thousands_is_found_and_filled_up() {
        Pool pool = Pool.equal(3_000);
        Arrays.fill(pool.connections, 50);
        pool.connections[2_999] = 0;
        assertTrue(pool.longSessions(pool.prepare(selector), 15_000)[2_999] >= 50, "" + pool.connections[2_999]);
    }

    @Test
    void short_sessions_spread_by_weight_among_thousands_too() {
        Pool pool = Pool.of(IntStream.range(0, 1_000).map(i -> 1 + i % 3).toArray());
        Shares.assertDrawn(pool.weights(), pool.counts(pool.prepare(selector), 100_000));
    }

    @Test
    void tens_of_thousands_of_heavy_equals_are_no_overflow() {
        int[] weights = new int[40_000];
        Arrays.fill(weights, 65535);
        int position = Pool.of(weights).pick(selector, new Pool.Client(1));
        assertTrue(position >= 0 && position < weights.length);
    }
}
