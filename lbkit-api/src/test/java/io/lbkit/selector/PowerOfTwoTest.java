package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Candidates;
import io.lbkit.Selector;
import java.util.Arrays;
import java.util.IntSummaryStatistics;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Two different ones by weight, and the better of them. */
class PowerOfTwoTest {

    @Test
    void of_two_backends_both_are_always_compared() {
        Pool pool = Pool.equal(2);
        pool.connections[0] = 1;
        assertEquals("b".repeat(1000), pool.picks(prepared(pool), 1000));
    }

    /** P2CPick: a of n, b of n - 1, b moves up if it is not below a; of equals a is taken. So each pair comes once. */
    @Test
    void draws_are_those_of_finagle() {
        Set<String> pairs = new TreeSet<>();
        for (int a = 0; a < 4; a++) {
            for (int b = 0; b < 3; b++) {
                Set<Integer> compared = new TreeSet<>();
                Load equal = (candidates, i) -> compared.add(i) ? 1 : 1;
                Pool pool = Pool.equal(4);
                Selector selector = pool.prepare(Selectors.powerOfTwo(equal));
                assertEquals(a, pool.pick(selector, new Pool.Client(halves(a, 4, b, 3))));
                assertEquals(Set.of(a, b < a ? b : b + 1), compared);
                pairs.add(a + " " + (b < a ? b : b + 1));
            }
        }
        assertEquals(12, pairs.size());
    }

    /** Leads to some number below a bound by its upper half, and to some number below another by its lower one; once. */
    private static RandomGenerator halves(long upper, int upperBound, long lower, int lowerBound) {
        long chance = ((upper << 32) / upperBound + 1) << 32 | ((lower << 32) / lowerBound + 1);
        Iterator<Long> once = List.of(chance).iterator();
        return once::next;
    }

    @Test
    void the_most_loaded_is_never_taken() {
        Pool pool = Pool.equal(4);
        pool.connections[2] = 9;
        assertEquals(0, pool.counts(prepared(pool), 10_000)[2]);
    }

    @Test
    void the_most_loaded_is_never_taken_though_it_is_nearly_always_drawn() {
        Pool pool = Pool.of(1000, 1, 1);
        pool.connections[0] = 100_000;
        assertEquals(0, pool.counts(prepared(pool), 10_000)[0]);
    }

    @Test
    void beside_one_that_is_nearly_always_drawn_the_others_are_as_likely() {
        Pool pool = Pool.of(10_000, 1, 1, 1);
        pool.connections[0] = 1_000_000;
        int[] counts = pool.counts(prepared(pool), 30_000);
        Shares.assertWithin(5, new int[] {1, 1, 1}, Arrays.copyOfRange(counts, 1, 4));
    }

    @Test
    void of_two_idle_ones_the_one_taken_less_often_of_late_is_taken() {
        Pool pool = Pool.equal(2);
        pool.recentPicks[1] = 0.5;
        assertEquals("a".repeat(1000), pool.picks(prepared(pool), 1000));
    }

    @Test
    void of_two_equally_loaded_ones_the_one_taken_less_often_for_its_weight_is_taken() {
        Pool pool = Pool.of(2, 1);
        pool.connections[0] = 3;
        pool.connections[1] = 1;
        pool.recentPicks[0] = 10;
        pool.recentPicks[1] = 6;
        assertEquals("a".repeat(1000), pool.picks(prepared(pool), 1000));
    }

    @Test
    void load_comes_before_recent_picks() {
        Pool pool = Pool.equal(2);
        pool.connections[0] = 1;
        pool.recentPicks[1] = 1000;
        assertEquals("b", pool.picks(prepared(pool), 1));
    }

    @Test
    void full_equals_are_as_likely() {
        Pool pool = Pool.equal(4);
        Shares.assertDrawn(pool.weights(), pool.counts(prepared(pool), 100_000));
    }

    @Test
    void short_sessions_spread_by_weight_over_an_idle_pool() {
        Pool pool = Pool.of(5, 1, 1);
        Shares.assertWithin(2, pool.weights(), pool.shortSessions(prepared(pool), 70_000));
    }

    @Test
    void short_sessions_spread_more_evenly_than_chance() {
        Pool pool = Pool.equal(100);
        int[] picks = pool.shortSessions(prepared(pool), 10_000);
        assertTrue(Arrays.stream(picks).max().orElseThrow() <= 104, Arrays.toString(picks));
    }

    /** HAProxy's model of a large idle farm: 580 to 628 each with the recent picks, 300 to 780 without. */
    @Test
    void a_million_short_sessions_over_1600_idle_backends_are_as_even_as_in_haproxy() {
        Pool pool = Pool.equal(1600);
        IntSummaryStatistics picks =
                Arrays.stream(pool.shortSessions(prepared(pool), 1_000_000)).summaryStatistics();
        assertTrue(picks.getMin() >= 580 && picks.getMax() <= 628, picks::toString);
    }

    @Test
    void long_sessions_gather_in_proportion_to_weights() {
        Pool pool = Pool.of(5, 3, 2);
        Shares.assertWithin(1, pool.weights(), pool.longSessions(prepared(pool), 10_000));
    }

    @Test
    void ten_backends_of_ten_weights_fill_in_proportion() {
        Pool pool = Pool.of(IntStream.rangeClosed(1, 10).toArray());
        Shares.assertWithin(2, pool.weights(), pool.longSessions(prepared(pool), 55_000));
    }

    @Test
    void a_thousand_backends_are_nearly_as_even_as_by_a_full_scan() {
        Pool pool = Pool.equal(1000);
        int[] sessions = pool.longSessions(prepared(pool), 50_000);
        assertTrue(Arrays.stream(sessions).max().orElseThrow() <= 53, Arrays.toString(sessions));
        assertTrue(Arrays.stream(sessions).min().orElseThrow() >= 45, Arrays.toString(sessions));
    }

    @Test
    void what_is_hidden_is_not_taken_though_it_is_idle() {
        Pool pool = Pool.of(5, 1, 1, 1).hide(0);
        pool.connections[1] = 7;
        int[] counts = pool.counts(prepared(pool), 10_000);
        assertEquals(0, counts[0] + counts[1]);
    }

    @Test
    void the_only_one_left_is_taken() {
        Pool pool = Pool.of(5, 1, 1).hide(0, 1);
        assertEquals("ccc", pool.picks(prepared(pool), 3));
    }

    @Test
    void unprepared_it_still_takes_the_less_loaded() {
        Pool pool = Pool.of(5, 1);
        pool.connections[0] = 50;
        assertEquals("b".repeat(100), pool.picks(Selectors.powerOfTwo(), 100));
    }

    @Test
    void two_different_ones_are_drawn_by_weight() {
        assertDrawnInPairs(Pool.of(5, 1, 1), 100_000);
        assertDrawnInPairs(
                Pool.of(IntStream.range(0, 20).map(i -> 100 + 100 * (i % 3)).toArray()), 400_000);
        assertDrawnInPairs(Pool.of(237, 100, 200, 3), 100_000);
    }

    @Test
    void two_different_ones_are_drawn_by_weight_when_some_are_hidden() {
        assertDrawnInPairs(Pool.of(5, 3, 2, 2, 4).hide(0, 3), 100_000);
        assertDrawnInPairs(Pool.equal(9).hide(2, 3, 8), 100_000);
    }

    @Test
    void two_different_equals_are_as_likely() {
        assertDrawnInPairs(Pool.equal(2), 10_000);
        assertDrawnInPairs(Pool.equal(3), 100_000);
        assertDrawnInPairs(Pool.equal(100), 1_000_000);
    }

    @Test
    void two_different_ones_are_drawn_by_weights_too_great_for_a_table() {
        int[] weights = {65_535, 32_767, 65_521, 9_001};
        assertEquals(0, Lots.of(Pool.of(weights)).table().length);
        assertDrawnInPairs(Pool.of(weights), 200_000);
    }

    /** The first by weight, and for each of the first, the second by weight among the others. */
    private static void assertDrawnInPairs(Pool pool, int picks) {
        int n = pool.weights().length;
        int[][] pairs = new int[n][n];
        pool.counts(
                pool.prepare(Selectors.powerOfTwo(new Load() {
                    @Override
                    public double of(Candidates candidates, int index) {
                        throw new AssertionError("not asked when there is a comparison");
                    }

                    @Override
                    public int compare(Candidates candidates, int one, int other) {
                        pairs[candidates.position(one)][candidates.position(other)]++;
                        return -1;
                    }
                })),
                picks);
        int[] shown = IntStream.range(0, n).filter(i -> pool.indexOf(i) >= 0).toArray();
        assertDrawn(pool, shown, i -> Arrays.stream(pairs[i]).sum());
        for (int first : shown) {
            assertEquals(0, pairs[first][first]);
            assertDrawn(pool, IntStream.of(shown).filter(i -> i != first).toArray(), i -> pairs[first][i]);
        }
    }

    private static void assertDrawn(Pool pool, int[] shown, IntUnaryOperator counted) {
        int[] weights = IntStream.of(shown).map(i -> pool.weights()[i]).toArray();
        Shares.assertDrawn(weights, IntStream.of(shown).map(counted).toArray());
    }

    private static Selector prepared(Pool pool) {
        return pool.prepare(Selectors.powerOfTwo());
    }
}
