package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.OutlierPolicy;
import java.time.Duration;
import java.util.LongSummaryStatistics;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long an ejection lasts: base × 2ⁿ, half of it by chance, and n is forgotten in time. */
class EjectionTest {

    private final RandomGenerator random = new SplittableRandom(1);

    @ParameterizedTest(name = "n = {0}: {1} to {2} s")
    @CsvSource({
        "0, 2.5, 5",
        "1, 5, 10",
        "2, 10, 20",
        "3, 20, 40",
        "4, 30, 60",
        "5, 30, 60",
        "40, 30, 60",
        "1000, 30, 60"
    })
    void lasts_twice_as_long_each_time(int n, double least, double most) {
        LongSummaryStatistics nanos = LongStream.range(0, 10_000)
                .map(i -> Ejection.duration(OutlierPolicy.DEFAULT, n, random))
                .summaryStatistics();
        assertTrue(nanos.getMin() >= least * 1e9, nanos.toString());
        assertTrue(nanos.getMax() <= most * 1e9, nanos.toString());
        assertEquals((least + most) / 2 * 1e9, nanos.getAverage(), 0.01 * nanos.getAverage(), "equal jitter");
    }

    /** From Finagle's 5 s to its 300 s. */
    @ParameterizedTest(name = "n = {0}: up to {1} s")
    @CsvSource({"0, 5", "1, 10", "2, 20", "3, 40", "4, 80", "5, 160", "6, 300", "7, 300"})
    void lasts_half_of_it_for_certain_and_all_of_it_at_most(int n, long seconds) {
        OutlierPolicy policy = OutlierPolicy.DEFAULT.maxEjection(Duration.ofSeconds(300));
        assertEquals(seconds * 500_000_000, Ejection.duration(policy, n, new Extreme(false)));
        assertEquals(seconds * 1_000_000_000, Ejection.duration(policy, n, new Extreme(true)));
    }

    /** The least of what can be drawn below a bound, or the most. */
    private record Extreme(boolean most) implements RandomGenerator {
        @Override
        public long nextLong(long bound) {
            return most ? bound - 1 : 0;
        }

        @Override
        public long nextLong() {
            throw new AssertionError("another draw than that of a number below a bound");
        }
    }

    @Test
    void the_longest_holds_even_if_it_is_less_than_the_base() {
        OutlierPolicy policy = OutlierPolicy.DEFAULT.maxEjection(Duration.ofSeconds(1));
        assertTrue(Ejection.duration(policy, 0, random) <= 1_000_000_000);
    }

    @Test
    void each_window_in_service_takes_one_step_back() {
        Ejection ejection = new Ejection();
        long now = 0;
        for (int n = 0; n < 4; n++) {
            ejection.begin(OutlierPolicy.DEFAULT, random, now);
            now = ejection.untilNanos();
            ejection.probe();
        }
        ejection.end(now);
        assertEquals(4, ejection.count());
        long window = OutlierPolicy.DEFAULT.window().toNanos();

        now += 2 * window; // n would have been 4, and is 2
        ejection.begin(OutlierPolicy.DEFAULT, random, now);
        assertBetween(10, 20, ejection.untilNanos() - now);
        ejection.end(now);

        now += 1000 * window; // all is forgotten
        ejection.begin(OutlierPolicy.DEFAULT, random, now);
        assertBetween(2.5, 5, ejection.untilNanos() - now);
    }

    private static void assertBetween(double least, double most, long nanos) {
        assertTrue(nanos >= least * 1e9 && nanos <= most * 1e9, () -> nanos + " ns");
    }
}
