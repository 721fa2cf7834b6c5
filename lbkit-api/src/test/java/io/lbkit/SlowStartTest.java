package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a ramp can be described. */
class SlowStartTest {

    private final SlowStart ramp = SlowStart.over(Duration.ofSeconds(30));

    @Test
    void a_straight_line_from_a_tenth() {
        assertEquals(Duration.ofSeconds(30), ramp.window());
        assertEquals(1, ramp.aggression());
        assertEquals(10, ramp.minimumPercent());
        assertEquals(Duration.ZERO, SlowStart.OFF.window());
    }

    @Test
    void a_change_makes_a_copy() {
        SlowStart changed = ramp.aggression(2).minimumPercent(25);
        assertEquals(2, changed.aggression());
        assertEquals(25, changed.minimumPercent());
        assertEquals(Duration.ofSeconds(30), changed.window());
        assertEquals(1, ramp.aggression());
    }

    @Test
    void the_window_has_a_range() {
        assertRefused(
                "slowStart window is PT0S, must be between PT0.001S and PT87600H", () -> SlowStart.over(Duration.ZERO));
        assertNullRefused("slowStart window", () -> SlowStart.over(null));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.09, 10.1, -1, Double.NaN})
    void the_aggression_has_a_range(double wrong) {
        assertRefused(
                "slowStart aggression is " + wrong + ", must be between 0.1 and 10", () -> ramp.aggression(wrong));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 101, -1})
    void the_minimum_has_a_range(int wrong) {
        assertRefused(
                "slowStart minimumPercent is " + wrong + ", must be between 1 and 100",
                () -> ramp.minimumPercent(wrong));
    }
}
