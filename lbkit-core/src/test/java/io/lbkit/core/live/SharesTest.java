package io.lbkit.core.live;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is fair, and what is too much. */
class SharesTest {

    private static final int MANY = Backend.UNLIMITED;

    private static Shares shares(long total, int[] weights, int[] most, int tolerance) {
        return new Shares(total, weights, most, tolerance);
    }

    private static double[] all(Shares shares, int size) {
        return IntStream.range(0, size).mapToDouble(shares::share).toArray();
    }

    /** Weights, limits ({@code -} for none) and total, and the shares that follow. */
    @ParameterizedTest
    @CsvSource({
        "1 1,       - -,     100, 50 50",
        "1 1 1,     - - -,   100, 33.333 33.333 33.333",
        "5 1 1,     - - -,   700, 500 100 100",
        "1 1,       10 -,    100, 10 90", // what one cannot take falls to the other
        "1 1 1,     10 20 -, 100, 10 20 70",
        "5 1 1,     100 - -, 700, 100 300 300",
        "1 1 1,     40 40 40, 90, 30 30 30", // limits that do not bind
        "3 1,       10 10,   16, 10 6",
        "1 1,       10 10,   50, 25 25", // more than all may have: limits say nothing
        "1,         -,       7,  7",
        "1 3,       - -,     0,  0 0"
    })
    void shares_are_by_weight_within_the_limits(String weights, String most, long total, String expected) {
        int[] w = ints(weights);
        Shares shares = shares(total, w, ints(most), 10);
        assertArrayEquals(
                Arrays.stream(expected.split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray(),
                all(shares, w.length),
                0.001);
    }

    private static int[] ints(String text) {
        return Arrays.stream(text.split(" "))
                .mapToInt(word -> word.equals("-") ? MANY : Integer.parseInt(word))
                .toArray();
    }

    /** Two of weight 1; how many the first has of how many, what is tolerated, and how many are too many. */
    @ParameterizedTest
    @CsvSource({
        "100, 100, 10, 45", // down to 55
        "100, 100, 0,  49", // down to 51: one is always tolerated
        "55,  100, 10, 0",
        "56,  100, 10, 1",
        "51,  100, 0,  0",
        "52,  100, 0,  1",
        "2,   2,   10, 0", // the share is 1, and one more is tolerated
        "3,   3,   10, 1", // 1.5, and down to 2
        "1,   1,   0,  0",
        "0,   100, 10, 0",
        "50,  100, 10, 0",
        "30,  100, 10, 0"
    })
    void what_is_too_many(int sessions, long total, int tolerance, int excess) {
        Shares shares = shares(total, new int[] {1, 1}, new int[] {MANY, MANY}, tolerance);
        assertEquals(excess, shares.excess(0, sessions));
    }

    @Test
    void the_one_with_the_most_too_many_is_first() {
        Shares shares = shares(300, new int[] {1, 1, 1}, new int[] {MANY, MANY, MANY}, 10);
        assertEquals(1, shares.mostAbove(new int[] {120, 180, 0}));
        assertEquals(0, shares.mostAbove(new int[] {111, 110, 79}));
        assertEquals(-1, shares.mostAbove(new int[] {110, 110, 80}));
        assertEquals(-1, shares.mostAbove(new int[] {}));
    }

    @Test
    void the_shares_add_up_and_closing_never_goes_below_one() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 20_000; round++) {
            int size = random.nextInt(1, 9);
            int[] weights = random.ints(size, 1, 10).toArray();
            int[] most = random.ints(size, 0, 3)
                    .map(dice -> dice == 0 ? random.nextInt(1, 60) : MANY)
                    .toArray();
            int[] sessions = random.ints(size, 0, 100).toArray();
            long total = Arrays.stream(sessions).sum();
            Shares shares = shares(total, weights, most, random.nextInt(0, 50));
            assertEquals(total, Arrays.stream(all(shares, size)).sum(), 1e-6);
            boolean canAll = Arrays.stream(most).asLongStream().sum() > total;
            for (int i = 0; i < size; i++) {
                int left = sessions[i] - shares.excess(i, sessions[i]);
                assertTrue(left >= Math.min(sessions[i], shares.share(i)), "below its share");
                assertEquals(0, shares.excess(i, left), "too many are left");
                assertTrue(!canAll || shares.share(i) <= most[i] + 1e-9, "more than it may have");
            }
        }
    }
}
