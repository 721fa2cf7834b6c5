package io.lbkit.core.backend;

import io.lbkit.Candidates;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How long a backend takes for something, by the averages of nginx's {@code least_time}
 * ({@code ngx_stream_upstream_least_time_module.c}), in fractions of a nanosecond where nginx has whole milliseconds: each
 * sample counts for a twentieth; the average is halved for each {@link Candidates#RESPONSE_HALF_LIFE} without a sample, so that
 * a backend once slow is tried again; and it is at least the mean age of what is still waited for, so that a backend that hangs
 * shows at once.
 *
 * <p>Beside the average there is a peak, after Finagle's {@code PeakEwma.scala}: a longer sample counts at once, shorter ones
 * and the passing of time let it decay.
 *
 * <p>Shared; any loop replaces the immutable state by compare-and-set, at the rate of connections.
 */
public final class ResponseTime {

    private static final double SAMPLE_SHARE = 0.05;
    private static final long HALF_LIFE_NANOS = Candidates.RESPONSE_HALF_LIFE.toNanos();
    private static final double DECAY_NANOS = Candidates.PEAK_DECAY.toNanos();
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(ResponseTime.class, "state", State.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * @param average of the samples, 0 before the first
     * @param peak of the samples, as of the last one; 0 before the first
     * @param sampledAt when the last one came
     * @param waiting how many are waited for
     * @param sinceSum sum of their beginnings, relative to the origin
     */
    private record State(double average, double peak, long sampledAt, int waiting, long sinceSum) {}

    private final long originNanos;
    private volatile State state; // changed by STATE

    public ResponseTime(long originNanos) {
        this.originNanos = originNanos;
        this.state = new State(0, 0, originNanos, 0, 0);
    }

    /** One more is waited for. */
    public void onBegin(long nowNanos) {
        long since = nowNanos - originNanos;
        State old;
        do {
            old = state;
        } while (!STATE.compareAndSet(
                this, old, new State(old.average, old.peak, old.sampledAt, old.waiting + 1, old.sinceSum + since)));
    }

    /** One that was waited for since {@code begunNanos} came after {@code tookNanos}, or is to count as if it had. */
    public void onSample(long begunNanos, long tookNanos, long nowNanos) {
        long since = begunNanos - originNanos;
        State old;
        State next;
        do {
            old = state;
            double average = old.average == 0
                    ? tookNanos
                    : average(old, nowNanos) * (1 - SAMPLE_SHARE) + tookNanos * SAMPLE_SHARE;
            next = new State(
                    Math.max(1, average),
                    peak(old, tookNanos, nowNanos),
                    nowNanos,
                    old.waiting - 1,
                    old.sinceSum - since);
        } while (!STATE.compareAndSet(this, old, next));
    }

    /** One that had come in time, and then turned out to be nothing: as if one more had taken so long. */
    public void onPenalty(long nanos, long nowNanos) {
        onBegin(nowNanos);
        onSample(nowNanos, nanos, nowNanos);
    }

    /** One that was waited for since {@code begunNanos} is waited for no longer, and tells nothing. */
    public void onGone(long begunNanos) {
        long since = begunNanos - originNanos;
        State old;
        do {
            old = state;
        } while (!STATE.compareAndSet(
                this, old, new State(old.average, old.peak, old.sampledAt, old.waiting - 1, old.sinceSum - since)));
    }

    /** The time to expect now, in nanoseconds; 0 when nothing is known. */
    public long nanos(long nowNanos) {
        State s = glimpse();
        double average = average(s, nowNanos);
        return (long) (s.waiting == 0 ? average : Math.max(average, meanAge(s, nowNanos)));
    }

    /** The time to fear now, in nanoseconds; 0 when nothing is known. */
    public long peakNanos(long nowNanos) {
        State s = glimpse();
        return (long) Math.max(peak(s, 0, nowNanos), meanAge(s, nowNanos));
    }

    /** The state, for a pick: ordered with nothing else, and not read again where it was read already. */
    private State glimpse() {
        return (State) STATE.get(this);
    }

    private double meanAge(State s, long nowNanos) {
        return s.waiting == 0 ? 0 : nowNanos - originNanos - (double) s.sinceSum / s.waiting;
    }

    /** The peak after one more sample; without one it is as if there were nothing but zeros. */
    private static double peak(State s, long tookNanos, long nowNanos) {
        if (tookNanos > s.peak) {
            return tookNanos;
        }
        double kept = Math.exp(Math.min(0, s.sampledAt - nowNanos) / DECAY_NANOS);
        return s.peak * kept + tookNanos * (1 - kept);
    }

    private static double average(State s, long nowNanos) {
        long unusedNanos = nowNanos - s.sampledAt;
        return unusedNanos < HALF_LIFE_NANOS ? s.average : halved(s.average, unusedNanos / HALF_LIFE_NANOS);
    }

    private static double halved(double average, long times) {
        return times >= 62 ? 0 : average / (1L << times);
    }
}
