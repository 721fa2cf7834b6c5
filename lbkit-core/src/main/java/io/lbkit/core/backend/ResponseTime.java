package io.lbkit.core.backend;

import io.lbkit.Candidates;
import java.util.concurrent.atomic.AtomicReference;

/**
 * How long a backend takes for something, by the averages of nginx's {@code least_time}: each sample counts for a twentieth;
 * the average is halved for each {@link Candidates#RESPONSE_HALF_LIFE} without a sample, so that a backend once slow is tried
 * again; and it is at least the mean age of what is still waited for, so that a backend that hangs shows at once.
 *
 * <p>Shared; any loop replaces the immutable state by compare-and-set, at the rate of connections.
 */
public final class ResponseTime {

    private static final double SAMPLE_SHARE = 0.05;
    private static final long HALF_LIFE_NANOS = Candidates.RESPONSE_HALF_LIFE.toNanos();

    /**
     * @param average of the samples, 0 before the first
     * @param sampledAt when the last one came
     * @param waiting how many are waited for
     * @param sinceSum sum of their beginnings, relative to the origin
     */
    private record State(double average, long sampledAt, int waiting, long sinceSum) {}

    private final long originNanos;
    private final AtomicReference<State> state = new AtomicReference<>(new State(0, 0, 0, 0));

    public ResponseTime(long originNanos) {
        this.originNanos = originNanos;
    }

    /** One more is waited for. */
    public void onBegin(long nowNanos) {
        long since = nowNanos - originNanos;
        State old;
        do {
            old = state.get();
        } while (!state.compareAndSet(
                old, new State(old.average, old.sampledAt, old.waiting + 1, old.sinceSum + since)));
    }

    /** One that was waited for since {@code begunNanos} came after {@code tookNanos}, or is to count as if it had. */
    public void onSample(long begunNanos, long tookNanos, long nowNanos) {
        long since = begunNanos - originNanos;
        long now = nowNanos - originNanos;
        State old;
        State next;
        do {
            old = state.get();
            double average =
                    old.average == 0 ? tookNanos : average(old, now) * (1 - SAMPLE_SHARE) + tookNanos * SAMPLE_SHARE;
            next = new State(Math.max(1, average), now, old.waiting - 1, old.sinceSum - since);
        } while (!state.compareAndSet(old, next));
    }

    /** One that was waited for since {@code begunNanos} is waited for no longer, and tells nothing. */
    public void onGone(long begunNanos) {
        long since = begunNanos - originNanos;
        State old;
        do {
            old = state.get();
        } while (!state.compareAndSet(
                old, new State(old.average, old.sampledAt, old.waiting - 1, old.sinceSum - since)));
    }

    /** The time to expect now, in nanoseconds; 0 when nothing is known. */
    public long nanos(long nowNanos) {
        State s = state.get();
        long now = nowNanos - originNanos;
        double meanAge = s.waiting == 0 ? 0 : now - (double) s.sinceSum / s.waiting;
        return (long) Math.max(average(s, now), meanAge);
    }

    private static double average(State s, long now) {
        long unused = (now - s.sampledAt) / HALF_LIFE_NANOS;
        return unused <= 0 ? s.average : unused >= 62 ? 0 : s.average / (1L << unused);
    }
}
