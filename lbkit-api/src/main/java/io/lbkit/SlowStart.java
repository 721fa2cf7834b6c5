package io.lbkit;

import java.time.Duration;

/**
 * How a backend that was added, or that was down or ejected, regains its share: its weight, and its maximum of sessions if
 * it has one, grow over a window of time. A JVM that has just started is slow until it has warmed up, and without this it
 * gets the most work of all, because it is idle.
 *
 * <p>At time t of the window both are multiplied by (t / window)<sup>1 / aggression</sup>, but not by less than the
 * minimum, as in Envoy's {@code slow_start_config}; that the maximum grows as well is HAProxy's {@code slowstart}. The
 * clock of each backend is its own. Nothing ramps when the proxy starts, nor when a backend's configuration is changed, nor
 * after a drain.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 */
public final class SlowStart {

    /** Every backend has its full share at once. What holds if nothing else is said. */
    public static final SlowStart OFF = new SlowStart(Duration.ZERO, 1, 10);

    private final Duration window;
    private final double aggression;
    private final int minimumPercent;

    private SlowStart(Duration window, double aggression, int minimumPercent) {
        this.window = window;
        this.aggression = aggression;
        this.minimumPercent = minimumPercent;
    }

    /**
     * A linear ramp from a tenth.
     *
     * @param window at least 1 ms
     * @return a slow start of that length
     */
    public static SlowStart over(Duration window) {
        return new SlowStart(Range.time("slowStart window", window), 1, 10);
    }

    /** {@return how long a backend takes to its full share; zero if slow start is off} */
    public Duration window() {
        return window;
    }

    /** {@return how the ramp is curved} */
    public double aggression() {
        return aggression;
    }

    /**
     * Sets how the ramp is curved.
     *
     * @param value 0.1 to 10; default 1, which is a straight line. More gives a larger share early, less a smaller one
     * @return the changed copy
     */
    public SlowStart aggression(double value) {
        if (!(value >= 0.1 && value <= 10)) {
            throw new IllegalArgumentException("slowStart aggression is " + value + ", must be between 0.1 and 10");
        }
        return new SlowStart(window, value, minimumPercent);
    }

    /** {@return what share a backend begins with, in percent} */
    public int minimumPercent() {
        return minimumPercent;
    }

    /**
     * Sets what share a backend begins with.
     *
     * @param value 1 to 100 percent; default 10
     * @return the changed copy
     */
    public SlowStart minimumPercent(int value) {
        return new SlowStart(window, aggression, Range.of("slowStart minimumPercent", value, 1, 100));
    }
}
