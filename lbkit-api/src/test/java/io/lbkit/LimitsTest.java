package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every limit: its default, its range, and that setting it changes nothing else. */
class LimitsTest {

    private static final Duration LONGEST = Duration.ofDays(3650);

    record Time(
            String property,
            Duration usual,
            boolean canBeOff,
            Function<Limits, Duration> get,
            BiFunction<Limits, Duration, Limits> set) {

        @Override
        public String toString() {
            return property;
        }
    }

    record Number(
            String property,
            int usual,
            int least,
            int most,
            Function<Limits, Integer> get,
            BiFunction<Limits, Integer, Limits> set) {

        @Override
        public String toString() {
            return property;
        }
    }

    static Stream<Time> times() {
        return Stream.of(
                new Time("preludeTimeout", ofSeconds(3), false, Limits::preludeTimeout, Limits::preludeTimeout),
                new Time("connectTimeout", ofSeconds(3), false, Limits::connectTimeout, Limits::connectTimeout),
                new Time("connectDeadline", ofSeconds(10), false, Limits::connectDeadline, Limits::connectDeadline),
                new Time("idleTimeout", ofMinutes(10), true, Limits::idleTimeout, Limits::idleTimeout),
                new Time("firstByteTimeout", ZERO, true, Limits::firstByteTimeout, Limits::firstByteTimeout),
                new Time("halfCloseTimeout", ofSeconds(30), true, Limits::halfCloseTimeout, Limits::halfCloseTimeout),
                new Time("maxAge", ZERO, true, Limits::maxAge, Limits::maxAge),
                new Time("drainTimeout", ofSeconds(30), true, Limits::drainTimeout, Limits::drainTimeout),
                new Time("queueTimeout", ofSeconds(3), false, Limits::queueTimeout, Limits::queueTimeout));
    }

    static Stream<Number> numbers() {
        return Stream.of(
                new Number("connectAttempts", 3, 1, 64, Limits::connectAttempts, Limits::connectAttempts),
                new Number(
                        "maxConnections",
                        Integer.MAX_VALUE,
                        1,
                        Integer.MAX_VALUE,
                        Limits::maxConnections,
                        Limits::maxConnections),
                new Number("queueCapacity", 0, 0, 1_048_576, Limits::queueCapacity, Limits::queueCapacity),
                new Number(
                        "retriesPerSecond",
                        10,
                        0,
                        Integer.MAX_VALUE,
                        Limits::retriesPerSecond,
                        Limits::retriesPerSecond),
                new Number("retryPercent", 20, 0, 100, Limits::retryPercent, Limits::retryPercent),
                new Number("cutsPerSecond", 1000, 1, Integer.MAX_VALUE, Limits::cutsPerSecond, Limits::cutsPerSecond),
                new Number("bufferBytes", 524_288, 4096, 4_194_304, Limits::bufferBytes, Limits::bufferBytes),
                new Number("turnBytes", 524_288, 4096, 67_108_864, Limits::turnBytes, Limits::turnBytes),
                new Number(
                        "bandwidthToBackend",
                        Integer.MAX_VALUE,
                        1024,
                        Integer.MAX_VALUE,
                        Limits::bandwidthToBackend,
                        Limits::bandwidthToBackend),
                new Number(
                        "bandwidthToClient",
                        Integer.MAX_VALUE,
                        1024,
                        Integer.MAX_VALUE,
                        Limits::bandwidthToClient,
                        Limits::bandwidthToClient),
                new Number("handshakes", 1024, 1, 65_536, Limits::handshakes, Limits::handshakes),
                new Number("acceptsPerTurn", 16, 1, 1024, Limits::acceptsPerTurn, Limits::acceptsPerTurn),
                new Number("inboxCapacity", 4096, 16, 1_048_576, Limits::inboxCapacity, Limits::inboxCapacity));
    }

    @ParameterizedTest
    @MethodSource("times")
    void a_time_has_a_default_and_is_set_on_a_copy(Time time) {
        Limits changed = time.set.apply(Limits.DEFAULT, ofMillis(1));
        assertEquals(ofMillis(1), time.get.apply(changed));
        assertEquals(time.usual, time.get.apply(Limits.DEFAULT));
        times().filter(t -> !t.property.equals(time.property))
                .forEach(t -> assertEquals(t.usual, t.get.apply(changed), t.property));
        numbers().forEach(n -> assertEquals(n.usual, n.get.apply(changed), n.property));
    }

    @ParameterizedTest
    @MethodSource("times")
    void a_time_has_a_range(Time time) {
        String range = time.canBeOff
                ? ", must be zero (off) or between PT0.001S and PT87600H"
                : ", must be between PT0.001S and PT87600H";
        assertEquals(LONGEST, time.get.apply(time.set.apply(Limits.DEFAULT, LONGEST)));
        refused(time, ofMillis(-1), " is PT-0.001S" + range);
        refused(time, Duration.ofNanos(999_999), " is PT0.000999999S" + range);
        refused(time, LONGEST.plusNanos(1), " is PT87600H0.000000001S" + range);
        refused(time, ofSeconds(Long.MAX_VALUE), " is " + ofSeconds(Long.MAX_VALUE) + range);
        assertNullRefused(time.property, () -> time.set.apply(Limits.DEFAULT, null));
    }

    @ParameterizedTest
    @MethodSource("times")
    void zero_means_off_where_that_is_allowed(Time time) {
        if (time.canBeOff) {
            assertEquals(ZERO, time.get.apply(time.set.apply(Limits.DEFAULT, ZERO)));
        } else {
            refused(time, ZERO, " is PT0S, must be between PT0.001S and PT87600H");
        }
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void a_number_has_a_default_and_is_set_on_a_copy(Number number) {
        Limits changed = number.set.apply(Limits.DEFAULT, number.least);
        assertEquals(number.least, number.get.apply(changed));
        assertEquals(number.usual, number.get.apply(Limits.DEFAULT));
        numbers()
                .filter(n -> !n.property.equals(number.property))
                .forEach(n -> assertEquals(n.usual, n.get.apply(changed), n.property));
        times().forEach(t -> assertEquals(t.usual, t.get.apply(changed), t.property));
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void a_number_has_a_range(Number number) {
        String range = ", must be between " + number.least + " and " + number.most;
        assertEquals(number.most, number.get.apply(number.set.apply(Limits.DEFAULT, number.most)));
        int tooLittle = number.least - 1;
        assertRefused(number.property + " is " + tooLittle + range, () -> number.set.apply(Limits.DEFAULT, tooLittle));
        if (number.most < Integer.MAX_VALUE) {
            int tooMuch = number.most + 1;
            assertRefused(number.property + " is " + tooMuch + range, () -> number.set.apply(Limits.DEFAULT, tooMuch));
        }
    }

    private static void refused(Time time, Duration value, String message) {
        assertRefused(time.property + message, () -> time.set.apply(Limits.DEFAULT, value));
    }
}
