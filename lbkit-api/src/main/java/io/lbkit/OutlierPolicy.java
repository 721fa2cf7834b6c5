package io.lbkit;

import java.time.Duration;

/**
 * When the traffic itself condemns a backend, for how long it is out, and how it comes back.
 *
 * <p>A backend is <em>ejected</em> when connects to it fail several times in a row: refused, timed out, or reset before a
 * byte has moved. What fails on this side, for want of descriptors or ports, never counts. Two more rules look at all
 * failures of a window; they are off by default. An ejection lasts {@link #baseEjection()} × 2ⁿ, at most
 * {@link #maxEjection()}, of which one half is certain and the other left to chance, so that backends do not return all
 * at once; n is the number of ejections so far, less one for each {@link #window()} in service since. After that the
 * backend may have one session: if that connects it is back, if not it is out again for longer. No ejection leaves fewer
 * than {@link #keepPercent()} of the members of a pool in service, nor none.
 *
 * <p>The rule of failures in a row and the single session on return are those of Finagle's failure accrual; the rules of
 * a window are those of Envoy's {@code outlier_detection}.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 */
public final class OutlierPolicy implements Cloneable {

    /** Three failures in a row eject. What holds if nothing else is said. */
    public static final OutlierPolicy DEFAULT = new OutlierPolicy();

    /** Nothing ejects. */
    public static final OutlierPolicy OFF = DEFAULT.consecutiveFailures(0);

    // Written only by the setters below, on a copy that nobody else has yet.
    private int consecutiveFailures = 3;
    private boolean firstByteTimeouts = false;
    private Duration baseEjection = Duration.ofSeconds(5);
    private Duration maxEjection = Duration.ofSeconds(60);
    private int keepPercent = 50;
    private Duration window = Duration.ofSeconds(10);
    private int minimumAttempts = 50;
    private int failurePercent = 0;
    private double deviations = 0;

    private OutlierPolicy() {}

    private OutlierPolicy copy() {
        try {
            return (OutlierPolicy) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return how many failures in a row eject a backend; 0 if that is off} */
    public int consecutiveFailures() {
        return consecutiveFailures;
    }

    /**
     * Sets how many failures in a row eject a backend. A session in which a byte has moved, or an end of stream, ends the
     * row.
     *
     * @param value 1 to 1000, or 0 for off; default 3
     * @return the changed copy
     */
    public OutlierPolicy consecutiveFailures(int value) {
        OutlierPolicy copy = copy();
        copy.consecutiveFailures = Range.of("consecutiveFailures", value, 0, 1000);
        return copy;
    }

    /** {@return whether a first byte that does not come counts as a failure} */
    public boolean firstByteTimeouts() {
        return firstByteTimeouts;
    }

    /**
     * Sets whether a session that ends with {@link CloseReason#FIRST_BYTE_TIMEOUT} counts as a failure. If it does, only a
     * byte of the backend ends a row of failures. Has no effect unless {@link Limits#firstByteTimeout()} is on.
     *
     * @param value default false, because in some protocols a backend has nothing to say
     * @return the changed copy
     */
    public OutlierPolicy firstByteTimeouts(boolean value) {
        OutlierPolicy copy = copy();
        copy.firstByteTimeouts = value;
        return copy;
    }

    /** {@return how long the first ejection lasts at most} */
    public Duration baseEjection() {
        return baseEjection;
    }

    /**
     * Sets how long the first ejection lasts at most; each further one lasts twice as long as the one before.
     *
     * @param value at least 1 ms; default 5 s
     * @return the changed copy
     */
    public OutlierPolicy baseEjection(Duration value) {
        OutlierPolicy copy = copy();
        copy.baseEjection = Range.time("baseEjection", value);
        return copy;
    }

    /** {@return how long any ejection lasts at most} */
    public Duration maxEjection() {
        return maxEjection;
    }

    /**
     * Sets how long any ejection lasts at most, whatever {@link #baseEjection()} says.
     *
     * @param value at least 1 ms; default 60 s
     * @return the changed copy
     */
    public OutlierPolicy maxEjection(Duration value) {
        OutlierPolicy copy = copy();
        copy.maxEjection = Range.time("maxEjection", value);
        return copy;
    }

    /** {@return the share of the members that is kept in service whatever fails} */
    public int keepPercent() {
        return keepPercent;
    }

    /**
     * Sets the share of the members that is kept in service whatever fails: no ejection takes place that would leave fewer
     * than this share of them, rounded up, or none at all. Backends that are down for other reasons are not in service.
     *
     * @param value 0 to 100 percent; default 50. With 3 members one may be ejected then, with 1 none
     * @return the changed copy
     */
    public OutlierPolicy keepPercent(int value) {
        OutlierPolicy copy = copy();
        copy.keepPercent = Range.of("keepPercent", value, 0, 100);
        return copy;
    }

    /** {@return for how long connects are counted before the rules of a window are applied} */
    public Duration window() {
        return window;
    }

    /**
     * Sets for how long connects are counted before the rules of a window are applied. For each window in service since
     * its last ejection, the next ejection of a backend is half as long.
     *
     * @param value at least 1 ms; default 10 s
     * @return the changed copy
     */
    public OutlierPolicy window(Duration value) {
        OutlierPolicy copy = copy();
        copy.window = Range.time("window", value);
        return copy;
    }

    /** {@return how many connects a backend needs in a window to be judged by it} */
    public int minimumAttempts() {
        return minimumAttempts;
    }

    /**
     * Sets how many connects a backend needs in a window to be judged by it.
     *
     * @param value 1 to 1000000; default 50
     * @return the changed copy
     */
    public OutlierPolicy minimumAttempts(int value) {
        OutlierPolicy copy = copy();
        copy.minimumAttempts = Range.of("minimumAttempts", value, 1, 1_000_000);
        return copy;
    }

    /** {@return what percentage of failures in a window ejects a backend; 0 if that is off} */
    public int failurePercent() {
        return failurePercent;
    }

    /**
     * Sets what percentage of failures in a window ejects a backend.
     *
     * @param value 1 to 100 percent, or 0 for off, which is the default. Envoy has 85
     * @return the changed copy
     */
    public OutlierPolicy failurePercent(int value) {
        OutlierPolicy copy = copy();
        copy.failurePercent = Range.of("failurePercent", value, 0, 100);
        return copy;
    }

    /** {@return how many standard deviations below the mean rate of successes ejects a backend; 0 if that is off} */
    public double deviations() {
        return deviations;
    }

    /**
     * Sets how many standard deviations below the mean rate of successes of a window ejects a backend. The single bad one
     * of n backends lies √(n − 1) deviations below the mean, so this does nothing in small pools: with the 1.9 of Envoy it
     * takes at least 5 backends, and fewer than 5 with enough connects are never judged.
     *
     * @param value 0.1 to 10, or 0 for off, which is the default
     * @return the changed copy
     */
    public OutlierPolicy deviations(double value) {
        if (!(value == 0 || value >= 0.1 && value <= 10)) {
            throw new IllegalArgumentException("deviations is " + value + ", must be 0 (off) or between 0.1 and 10");
        }
        OutlierPolicy copy = copy();
        copy.deviations = value;
        return copy;
    }
}
