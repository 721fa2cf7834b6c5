package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The order of smooth weighted round robin, for small sets and for large ones. */
class SmoothOrderTest {

    @Test
    void small_sets_have_the_order_of_nginx() {
        assertEquals("aabacaa", order(5, 1, 1));
        assertEquals("abacba", order(3, 2, 1));
        assertEquals("abcabdacba", order(4, 3, 2, 1));
    }

    /** The pass itself, whose current weights are all zero after a period, so that the next one is the same. */
    @Test
    void the_order_is_that_of_the_pass_of_nginx() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 300; round++) {
            int[] weights = random.ints(random.nextInt(1, 9), 1, 13).toArray();
            int[] order = SmoothOrder.of(weights);
            int[] current = new int[weights.length];
            assertArrayEquals(order, pass(weights, current, order.length), () -> Arrays.toString(weights));
            assertArrayEquals(new int[weights.length], current, () -> Arrays.toString(weights));
        }
    }

    private static int[] pass(int[] weights, int[] current, int turns) {
        int total = Arrays.stream(weights).sum();
        int[] order = new int[turns];
        for (int turn = 0; turn < turns; turn++) {
            int best = 0;
            for (int i = 0; i < weights.length; i++) {
                current[i] += weights[i];
                best = current[i] > current[best] ? i : best;
            }
            current[best] -= total;
            order[turn] = best;
        }
        return order;
    }

    @Test
    void only_the_ratio_of_weights_counts() {
        assertEquals("abcd", order(7, 7, 7, 7));
        assertEquals("aabacaa", order(50, 10, 10));
        assertEquals("a", order(65535));
    }

    @Test
    void no_backends_have_no_order() {
        assertEquals("", order());
    }

    @Test
    void weights_without_a_common_divisor_keep_their_exact_shares() {
        assertShares(0, 65535, 65534);
        assertShares(0, 65535, 1);
        assertShares(0, 65535, 65534, 65533, 1);
        assertShares(0, 1, 2, 65521);
    }

    @Test
    void two_nearly_equal_backends_alternate() {
        int[] order = SmoothOrder.of(new int[] {65535, 65534});
        assertTrue(longestRun(order) <= 2, "a run of " + longestRun(order));
    }

    @Test
    void ten_thousand_backends_keep_their_shares() {
        assertShares(0.5, tenThousand(100));
    }

    @Test
    void ten_thousand_backends_come_evenly_spread() {
        int[] weights = tenThousand(100);
        int[] order = SmoothOrder.of(weights);
        int[] last = new int[weights.length];
        for (int turn = 0; turn < 2 * order.length; turn++) {
            int position = order[turn % order.length];
            int gap = turn - last[position];
            double even = (double) order.length / weights[position];
            assertTrue(gap <= even + weights.length, () -> "position " + position + " waited " + gap + ", not " + even);
            last[position] = turn;
        }
    }

    @Test
    void very_large_sets_are_scaled_down_and_leave_nobody_out() {
        int[] weights = tenThousand(65535);
        int[] counts = counts(weights);
        int[] heavy = IntStream.range(0, weights.length)
                .filter(i -> weights[i] > 20_000)
                .toArray();
        assertTrue(Arrays.stream(counts).min().orElseThrow() >= 1);
        assertTrue(Arrays.stream(counts).sum() <= SmoothOrder.LONGEST_PERIOD + weights.length);
        Shares.assertWithin(2, pick(weights, heavy), pick(counts, heavy));
    }

    @Test
    void large_sets_are_prepared_in_no_time() {
        // a tenth of this or less; the control loop serves sessions, too
        assertTimeout(Duration.ofSeconds(1), () -> SmoothOrder.of(tenThousand(65535)));
        assertTimeout(Duration.ofSeconds(1), () -> SmoothOrder.of(new int[] {65535, 65534, 65533, 65531}));
    }

    private static String order(int... weights) {
        return Arrays.stream(SmoothOrder.of(weights))
                .mapToObj(position -> String.valueOf((char) ('a' + position)))
                .collect(Collectors.joining());
    }

    private static void assertShares(double percent, int... weights) {
        int[] counts = counts(weights);
        if (percent == 0) {
            assertArrayEquals(weights, counts);
        }
        Shares.assertWithin(percent, weights, counts);
    }

    private static int[] counts(int[] weights) {
        int[] counts = new int[weights.length];
        for (int position : SmoothOrder.of(weights)) {
            counts[position]++;
        }
        return counts;
    }

    /** Weights from 1 to a greatest, again and again. */
    static int[] tenThousand(int greatest) {
        return IntStream.range(0, 10_000)
                .map(i -> 1 + (int) (i * 7919L % greatest))
                .toArray();
    }

    static int longestRun(int[] order) {
        int longest = 0;
        for (int turn = 1, run = 1; turn < 2 * order.length; turn++) {
            run = order[turn % order.length] == order[(turn - 1) % order.length] ? run + 1 : 1;
            longest = Math.max(longest, run);
        }
        return longest;
    }

    private static int[] pick(int[] from, int[] positions) {
        return Arrays.stream(positions).map(i -> from[i]).toArray();
    }
}
