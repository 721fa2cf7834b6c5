package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lbkit.OutlierPolicy;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is ejected by the failures of a window, and how many may be. */
class OutliersTest {

    private static final double ENVOY = 1.9;

    @Test
    void the_threshold_of_envoys_example() {
        double[] rates = {50, 100, 100, 100, 100};
        assertEquals(90, Outliers.threshold(rates, 0), 1e-9, "the mean");
        assertEquals(90 - 20, Outliers.threshold(rates, 1), 1e-9, "σ of a population; of a sample it would be 22.4");
        assertEquals(52, Outliers.threshold(rates, ENVOY), 1e-9);
    }

    /** So with 1.9 it takes five of them, and with fewer than five no rule of deviation is applied at all. */
    @ParameterizedTest(name = "of {0}")
    @CsvSource({"5", "6", "10", "50"})
    void the_only_bad_one_lies_the_root_of_n_less_one_below_the_mean(int n) {
        double[] rates = new double[n];
        Arrays.fill(rates, 100);
        rates[0] = 20;
        assertEquals(20, Outliers.threshold(rates, Math.sqrt(n - 1)), 1e-9);
    }

    @Test
    void fewer_than_five_say_nothing_about_what_is_normal() {
        assertEquals(Outliers.NOBODY, Outliers.threshold(new double[] {0, 100, 100, 100}, 0.1));
    }

    @Test
    void one_that_deviates_is_condemned() {
        OutlierPolicy policy = OutlierPolicy.DEFAULT.deviations(ENVOY).minimumAttempts(100);
        long[] attempts = {100, 100, 100, 100, 100, 99};
        assertArrayEquals(
                new boolean[] {true, false, false, false, false, false},
                Outliers.judge(policy, attempts, new long[] {50, 0, 0, 0, 0, 99}),
                "the last has too few connects to count at all");
        long[] four = {100, 100, 100, 100, 99, 99};
        assertArrayEquals(new boolean[6], Outliers.judge(policy, four, new long[] {100, 0, 0, 0, 0, 0}));
    }

    @Test
    void when_all_are_alike_nobody_deviates() {
        OutlierPolicy policy = OutlierPolicy.DEFAULT.deviations(ENVOY).minimumAttempts(1);
        long[] attempts = {100, 100, 100, 100, 100};
        assertArrayEquals(new boolean[5], Outliers.judge(policy, attempts, new long[] {70, 70, 70, 70, 70}));
    }

    @Test
    void the_share_of_failures_condemns_in_a_pool_of_any_size() {
        OutlierPolicy policy = OutlierPolicy.DEFAULT.failurePercent(80).minimumAttempts(50);
        assertArrayEquals(
                new boolean[] {true, false, false},
                Outliers.judge(policy, new long[] {50, 50, 49}, new long[] {40, 39, 49}));
        assertArrayEquals(
                new boolean[3],
                Outliers.judge(OutlierPolicy.DEFAULT, new long[] {50, 50, 50}, new long[] {50, 50, 50}),
                "off by default");
    }

    /** Envoy's cap of a percentage ejected rounds to nobody in small pools; here a percentage is kept. */
    @ParameterizedTest(name = "{1} of {0} serve, keep {2} %: {3}")
    @CsvSource({
        "1, 1, 50, false",
        "2, 2, 50, true",
        "2, 1, 50, false",
        "3, 3, 50, true",
        "3, 2, 50, false",
        "4, 3, 50, true",
        "4, 2, 50, false",
        "5, 4, 50, true",
        "5, 3, 50, false",
        "10, 6, 50, true",
        "10, 5, 50, false",
        "3, 2, 0, true",
        "3, 1, 0, false",
        "10, 10, 100, false",
        "10, 9, 90, false",
        "10, 10, 90, true"
    })
    void half_of_them_and_one_at_least_are_kept(int members, int serving, int keepPercent, boolean may) {
        assertEquals(may, Outliers.mayEject(members, serving, keepPercent));
    }
}
