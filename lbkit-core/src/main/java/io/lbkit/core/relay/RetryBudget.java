package io.lbkit.core.relay;

import io.lbkit.Limits;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Whether sessions may still try another backend after one has failed: over the last ten seconds, the retries that failed as
 * well must be fewer than a reserve and a share of the sessions that began to connect. As Finagle's {@code RetryBudget}
 * (by default ten a second and 20 %, over ten seconds, as here), but for what is charged: there every retry, here only one that fails. A retry that is served does not add to anybody's load,
 * so that a dead backend among healthy ones never uses the budget up, however many clients meet it; and when all of them
 * fail, it is used up as fast as there.
 *
 * <p>Shared; any loop, by compare-and-set on the running second's slot. What is charged at the same moment by several loops
 * is added up exactly; whether there is any left may be answered from before it.
 */
public final class RetryBudget {

    /** What a failed retry costs; a session that begins to connect adds its percentage of that. */
    private static final int RETRY = 100;

    private static final int SLOTS = 10;
    private static final long SLOT_NANOS = 1_000_000_000L;

    private final long originNanos;
    private final boolean off;
    private final long reserve;
    private final int percent;
    private final AtomicLongArray slots = new AtomicLongArray(SLOTS); // second in the high half, balance in the low one

    public RetryBudget(long originNanos, int perSecond, int percent) {
        this.originNanos = originNanos;
        this.off = perSecond == Limits.UNLIMITED;
        this.reserve = (long) perSecond * SLOTS * RETRY;
        this.percent = percent;
        for (int i = 0; i < SLOTS; i++) {
            slots.set(i, pack(i - SLOTS, 0));
        }
    }

    /** A session tries its first backend. */
    void onSession(long nowNanos) {
        if (!off && percent > 0) {
            add(percent, nowNanos);
        }
    }

    /** A second or later backend of a session has failed, too. */
    void onRetryFailed(long nowNanos) {
        if (!off) {
            add(-RETRY, nowNanos);
        }
    }

    /** Whether another backend may be tried now. */
    boolean allows(long nowNanos) {
        return off || balance(nowNanos) >= RETRY;
    }

    private long balance(long nowNanos) {
        int second = second(nowNanos);
        long sum = reserve;
        for (int i = 0; i < SLOTS; i++) {
            long slot = slots.get(i);
            if (second - secondOf(slot) < SLOTS) {
                sum += balanceOf(slot);
            }
        }
        return sum;
    }

    private void add(int n, long nowNanos) {
        int second = second(nowNanos);
        int index = Math.floorMod(second, SLOTS);
        long old;
        long next;
        do {
            old = slots.get(index);
            if (second - secondOf(old) < 0) {
                return; // of a loop that is a whole round behind: over for the others
            }
            next = pack(second, secondOf(old) == second ? balanceOf(old) + n : n);
        } while (!slots.compareAndSet(index, old, next));
    }

    private int second(long nowNanos) {
        return (int) Math.floorDiv(nowNanos - originNanos, SLOT_NANOS);
    }

    private static long pack(int second, int balance) {
        return (long) second << 32 | balance & 0xFFFFFFFFL;
    }

    private static int secondOf(long slot) {
        return (int) (slot >> 32);
    }

    private static int balanceOf(long slot) {
        return (int) slot;
    }
}
