package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.lbkit.SlowStart;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The formula of Envoy's slow start, by its golden rows. */
class RampTest {

    @ParameterizedTest(name = "aggression {0}")
    @CsvSource({
        "1,   10,   10,   25, 50,   75,   100",
        "2,   12.9, 31.6, 50, 70.7, 86.6, 100",
        "0.5, 10,   10,   10, 25,   56.2, 100"
    })
    void golden(double aggression, double at0, double at6, double at15, double at30, double at45, double at60) {
        Ramp ramp = new Ramp(SlowStart.over(Duration.ofSeconds(60)).aggression(aggression));
        assertShare(at0, ramp, 0);
        assertShare(at6, ramp, 6);
        assertShare(at15, ramp, 15);
        assertShare(at30, ramp, 30);
        assertShare(at45, ramp, 45);
        assertShare(at60, ramp, 60);
        assertShare(100, ramp, 1000);
    }

    /** Envoy reckons with a second at least, so that a window of a second would be none at all. */
    @Test
    void a_short_window_is_a_ramp_too() {
        Ramp ramp = new Ramp(SlowStart.over(Duration.ofSeconds(1)));
        assertEquals(0.1, ramp.share(0));
        assertEquals(0.5, ramp.share(Duration.ofMillis(500).toNanos()));
    }

    @Test
    void the_minimum_is_a_choice() {
        assertShare(40, new Ramp(SlowStart.over(Duration.ofSeconds(60)).minimumPercent(40)), 6);
    }

    private static void assertShare(double percent, Ramp ramp, long seconds) {
        assertEquals(percent / 100, ramp.share(Duration.ofSeconds(seconds).toNanos()), 0.0005);
    }

    @ParameterizedTest(name = "a window of {0} ms in steps of {1} ms")
    @CsvSource({"100, 100", "2000, 100", "10000, 500", "20000, 1000", "600000, 1000"})
    void steps(long windowMillis, long stepMillis) {
        Ramp ramp = new Ramp(SlowStart.over(Duration.ofMillis(windowMillis)));
        assertEquals(Duration.ofMillis(stepMillis).toNanos(), ramp.stepNanos());
    }

    @Test
    void off_is_off() {
        assertFalse(new Ramp(SlowStart.OFF).isOn());
        assertEquals(1, new Ramp(SlowStart.OFF).share(0));
    }
}
