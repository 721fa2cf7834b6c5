package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Averages and peaks of times, and how they are forgotten. */
class ResponseTimeTest {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;
    private static final double TO_FOUR_DIGITS = 0.00005;
    private static final long ORIGIN = Long.MAX_VALUE - 5 * SECOND; // wraps around on the way

    private final ResponseTime time = new ResponseTime(ORIGIN);

    /** nginx rounds each average to whole milliseconds and goes on from there; here it is kept as it is. */
    @Test
    void averages_are_those_of_nginx_but_for_its_rounding() {
        long[] samples = {100, 100, 200, 200, 0, 0};
        int[] ofNginx = {100, 100, 105, 110, 105, 100};
        double[] exact = {100, 100, 105, 109.75, 104.2625, 99.049375};
        int rounded = 0;
        for (int i = 0; i < samples.length; i++) {
            rounded = rounded == 0 ? (int) samples[i] : (int) (0.5 + 0.05 * samples[i] + 0.95 * rounded);
            assertEquals(ofNginx[i], rounded);
            assertEquals(exact[i], sampledAverage(samples[i]), 0.000002);
            assertEquals(ofNginx[i], exact[i], 1);
        }
    }

    private double sampledAverage(long millis) {
        sample(0, millis);
        return time.nanos(ORIGIN) / (double) MILLI;
    }

    @Test
    void peaks_are_those_of_finagle() {
        assertEquals(10, sampledPeak(0, 10), TO_FOUR_DIGITS);
        assertEquals(100, sampledPeak(1, 100), TO_FOUR_DIGITS);
        assertEquals(91.4354, sampledPeak(2, 10), TO_FOUR_DIGITS);
        assertEquals(39.9584, sampledPeak(12, 10), TO_FOUR_DIGITS);
        assertEquals(39.9584, peakMillis(12), TO_FOUR_DIGITS);
        assertEquals(14.6999, peakMillis(22), TO_FOUR_DIGITS);
        assertEquals(39.9584, peakMillis(12), TO_FOUR_DIGITS, "looking changes nothing");
    }

    private double sampledPeak(long second, long millis) {
        sample(second * SECOND, millis);
        return peakMillis(second);
    }

    private double peakMillis(long second) {
        return time.peakNanos(ORIGIN + second * SECOND) / (double) MILLI;
    }

    @Test
    void what_is_not_known_is_zero() {
        assertEquals(0, time.nanos(ORIGIN));
        assertEquals(0, time.peakNanos(ORIGIN));
        assertEquals(0, time.peakNanos(ORIGIN + 1000 * SECOND));
    }

    @Test
    void what_hangs_shows_at_once_by_its_age() {
        time.onBegin(ORIGIN);
        time.onBegin(ORIGIN + SECOND);
        assertEquals(1500, peakMillis(2), 0.0001);
        assertEquals(1500, time.nanos(ORIGIN + 2 * SECOND) / MILLI);
        time.onGone(ORIGIN);
        time.onGone(ORIGIN + SECOND);
        assertEquals(0, peakMillis(2));
    }

    @Test
    void of_the_average_and_the_age_of_what_hangs_the_longer_one_counts() {
        sample(0, 100);
        time.onBegin(ORIGIN);
        assertEquals(100 * MILLI, time.nanos(ORIGIN + 99 * MILLI));
        assertEquals(101 * MILLI, time.nanos(ORIGIN + 101 * MILLI));
    }

    @Test
    void what_failed_and_is_not_tried_any_more_is_forgotten() {
        sample(0, 1); // it was fast
        sample(0, 3000); // and failed: as if it had taken as long as one would have waited
        assertEquals(3000, peakMillis(0), 0.0001);
        assertTrue(peakMillis(60) < 3000 / 400.0, "after a minute it may be tried again");
        assertTrue(peakMillis(120) < 0.05);
        assertTrue(time.nanos(ORIGIN + 60 * SECOND) < 3 * MILLI);
    }

    @Test
    void an_average_is_halved_for_each_ten_seconds_without_a_sample() {
        sample(0, 100);
        assertEquals(100 * MILLI, time.nanos(ORIGIN + 10 * SECOND - 1));
        assertEquals(50 * MILLI, time.nanos(ORIGIN + 10 * SECOND), "after one half-life");
        assertEquals(50 * MILLI, time.nanos(ORIGIN + 20 * SECOND - 1));
        assertEquals(25 * MILLI, time.nanos(ORIGIN + 20 * SECOND), "after two");
        sample(20 * SECOND, 25);
        assertEquals(25 * MILLI, time.nanos(ORIGIN + 20 * SECOND), "a sample goes on from there");
    }

    @Test
    void a_penalty_counts_like_a_sample_and_nobody_waits_for_it() {
        sample(0, 10);
        time.onPenalty(3000 * MILLI, ORIGIN);
        assertEquals(3000, peakMillis(0), 0.0001);
        assertEquals(10 * 0.95 + 3000 * 0.05, time.nanos(ORIGIN) / (double) MILLI, 0.001);
        assertTrue(peakMillis(60) < 3000 / 400.0, "no age, since nothing is waited for");
    }

    @Test
    void a_peak_that_is_confirmed_stays() {
        for (int n = 0; n <= 100; n++) {
            sample(n * SECOND, 50);
        }
        assertEquals(50, peakMillis(100), 0.0001);
    }

    private void sample(long sinceOrigin, long millis) {
        long now = ORIGIN + sinceOrigin;
        time.onBegin(now - millis * MILLI);
        time.onSample(now - millis * MILLI, millis * MILLI, now);
    }
}
