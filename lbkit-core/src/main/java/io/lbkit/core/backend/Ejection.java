package io.lbkit.core.backend;

import io.lbkit.OutlierPolicy;
import java.util.random.RandomGenerator;

/**
 * How one backend is out because connects to it failed: in service, out until a time, or on probation with a single
 * session. Time and chance are passed in.
 *
 * <p>Times that double, one half of each by chance, and the single session are after Finagle's failure accrual
 * ({@code FailureAccrualFactory}, {@code Backoff.equalJittered}), which goes from 5 s to 300 s, both without chance; here the
 * first and the last have theirs, too, as backends that go out together are those that would come back together. That a
 * window in service takes one step back is Envoy's ({@code outlier_detection_impl.cc}), whose times grow by the base with
 * each ejection.
 *
 * <p>Owned by the control loop.
 *
 * <pre> IN --begin--> OUT --probe--> PROBING --end--> IN;  PROBING --begin--> OUT, for longer;  OUT --end--> IN </pre>
 */
final class Ejection {

    enum Phase {
        IN,
        OUT,
        PROBING
    }

    private Phase phase = Phase.IN;
    private int level; // n of the next ejection, but for the windows in service since the last one
    private long count;
    private long untilNanos;
    private long backNanos;

    /** Puts it out. */
    void begin(OutlierPolicy policy, RandomGenerator random, long nowNanos) {
        int n = phase == Phase.IN ? forgiven(policy.window().toNanos(), nowNanos) : level;
        untilNanos = nowNanos + duration(policy, n, random);
        level = n + 1;
        count++;
        phase = Phase.OUT;
    }

    private int forgiven(long windowNanos, long nowNanos) {
        return level == 0 ? 0 : (int) Math.max(0, level - (nowNanos - backNanos) / windowNanos);
    }

    /** Base × 2ⁿ up to the most, one half of it certain, the other by chance: equal jitter. */
    static long duration(OutlierPolicy policy, int n, RandomGenerator random) {
        long most = policy.maxEjection().toNanos();
        long base = policy.baseEjection().toNanos();
        long whole = n >= Long.numberOfLeadingZeros(base) - 1 ? most : Math.min(most, base << n);
        return whole - whole / 2 + random.nextLong(whole / 2 + 1);
    }

    /** Its time is over, and one session may try it. */
    void probe() {
        assert phase == Phase.OUT : phase;
        phase = Phase.PROBING;
    }

    /** It is back in service. */
    void end(long nowNanos) {
        phase = Phase.IN;
        backNanos = nowNanos;
    }

    Phase phase() {
        return phase;
    }

    /** When its time is over; of meaning only while it is out. */
    long untilNanos() {
        return untilNanos;
    }

    /** How often it was put out. */
    long count() {
        return count;
    }
}
