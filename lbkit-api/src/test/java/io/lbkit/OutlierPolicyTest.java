package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the rules of ejection are by default, and what they can be. */
class OutlierPolicyTest {

    private static final OutlierPolicy USUAL = OutlierPolicy.DEFAULT;

    record Number(
            String property,
            int usual,
            int least,
            int most,
            Function<OutlierPolicy, Integer> get,
            BiFunction<OutlierPolicy, Integer, OutlierPolicy> set) {

        @Override
        public String toString() {
            return property;
        }
    }

    record Time(
            String property,
            Duration usual,
            Function<OutlierPolicy, Duration> get,
            BiFunction<OutlierPolicy, Duration, OutlierPolicy> set) {

        @Override
        public String toString() {
            return property;
        }
    }

    static Stream<Number> numbers() {
        return Stream.of(
                new Number(
                        "consecutiveFailures",
                        3,
                        0,
                        1000,
                        OutlierPolicy::consecutiveFailures,
                        OutlierPolicy::consecutiveFailures),
                new Number("keepPercent", 50, 0, 100, OutlierPolicy::keepPercent, OutlierPolicy::keepPercent),
                new Number(
                        "minimumAttempts",
                        50,
                        1,
                        1_000_000,
                        OutlierPolicy::minimumAttempts,
                        OutlierPolicy::minimumAttempts),
                new Number("failurePercent", 0, 0, 100, OutlierPolicy::failurePercent, OutlierPolicy::failurePercent));
    }

    static Stream<Time> times() {
        return Stream.of(
                new Time(
                        "baseEjection",
                        Duration.ofSeconds(5),
                        OutlierPolicy::baseEjection,
                        OutlierPolicy::baseEjection),
                new Time("maxEjection", Duration.ofSeconds(60), OutlierPolicy::maxEjection, OutlierPolicy::maxEjection),
                new Time("window", Duration.ofSeconds(10), OutlierPolicy::window, OutlierPolicy::window));
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void a_number_has_a_default_a_range_and_is_set_on_a_copy(Number number) {
        OutlierPolicy changed = number.set.apply(USUAL, number.most);
        assertEquals(number.most, number.get.apply(changed));
        assertEquals(number.usual, number.get.apply(USUAL));
        assertEquals(number.least, number.get.apply(number.set.apply(USUAL, number.least)));
        String range = ", must be between " + number.least + " and " + number.most;
        for (int wrong : new int[] {number.least - 1, number.most + 1}) {
            assertRefused(number.property + " is " + wrong + range, () -> number.set.apply(USUAL, wrong));
        }
        numbers()
                .filter(n -> !n.property.equals(number.property))
                .forEach(n -> assertEquals(n.usual, n.get.apply(changed), n.property));
    }

    @ParameterizedTest
    @MethodSource("times")
    void a_time_has_a_default_a_range_and_is_set_on_a_copy(Time time) {
        OutlierPolicy changed = time.set.apply(USUAL, Duration.ofMillis(1));
        assertEquals(Duration.ofMillis(1), time.get.apply(changed));
        assertEquals(time.usual, time.get.apply(USUAL));
        assertRefused(
                time.property + " is PT0S, must be between PT0.001S and PT87600H",
                () -> time.set.apply(USUAL, Duration.ZERO));
        assertNullRefused(time.property, () -> time.set.apply(USUAL, null));
        times().filter(t -> !t.property.equals(time.property))
                .forEach(t -> assertEquals(t.usual, t.get.apply(changed), t.property));
    }

    @Test
    void deviations() {
        assertEquals(0, USUAL.deviations());
        assertEquals(1.9, USUAL.deviations(1.9).deviations());
        assertEquals(0, USUAL.deviations(1.9).deviations(0).deviations());
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, 0.09, 10.1, Double.NaN, Double.POSITIVE_INFINITY})
    void deviations_out_of_range(double wrong) {
        assertRefused(
                "deviations is " + wrong + ", must be 0 (off) or between 0.1 and 10", () -> USUAL.deviations(wrong));
    }

    @Test
    void first_bytes_count_only_if_asked_for() {
        assertFalse(USUAL.firstByteTimeouts());
        assertTrue(USUAL.firstByteTimeouts(true).firstByteTimeouts());
    }

    @Test
    void off_ejects_nobody() {
        assertEquals(0, OutlierPolicy.OFF.consecutiveFailures());
        assertEquals(0, OutlierPolicy.OFF.failurePercent());
        assertEquals(0, OutlierPolicy.OFF.deviations());
    }
}
