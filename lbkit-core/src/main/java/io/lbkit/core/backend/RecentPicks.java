package io.lbkit.core.backend;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many events there were in the last second, over a sliding window of two: those of the running second, and those of the
 * second before in proportion to what is left of it. As HAProxy's {@code freq_ctr}.
 *
 * <p>Shared; any loop, by compare-and-set on one packed word: 22 bits of the second, 21 of its count, 21 of the count before.
 */
public final class RecentPicks {

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int COUNT_BITS = 21;
    private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
    private static final long SECOND_MASK = (1L << 22) - 1;

    private final long originNanos;
    private final AtomicLong packed = new AtomicLong();

    public RecentPicks(long originNanos) {
        this.originNanos = originNanos;
    }

    public void onPick(long nowNanos) {
        long second = second(nowNanos);
        long old;
        long next;
        do {
            old = packed.get();
            next = pack(second, Math.min(COUNT_MASK, current(old, second) + 1), before(old, second));
        } while (!packed.compareAndSet(old, next));
    }

    /** Events a second. */
    public double rate(long nowNanos) {
        long sinceNanos = nowNanos - originNanos;
        long second = Math.floorDiv(sinceNanos, SECOND_NANOS);
        double left = 1 - (double) (sinceNanos - second * SECOND_NANOS) / SECOND_NANOS;
        long now = packed.getPlain();
        return current(now, second & SECOND_MASK) + before(now, second & SECOND_MASK) * left;
    }

    private long second(long nowNanos) {
        return Math.floorDiv(nowNanos - originNanos, SECOND_NANOS) & SECOND_MASK;
    }

    private static long pack(long second, long count, long before) {
        return second << 2 * COUNT_BITS | count << COUNT_BITS | before;
    }

    private static long age(long packed, long second) {
        return second - (packed >>> 2 * COUNT_BITS) & SECOND_MASK;
    }

    private static long current(long packed, long second) {
        return age(packed, second) == 0 ? packed >>> COUNT_BITS & COUNT_MASK : 0;
    }

    private static long before(long packed, long second) {
        long age = age(packed, second);
        return age == 0 ? packed & COUNT_MASK : age == 1 ? packed >>> COUNT_BITS & COUNT_MASK : 0;
    }
}
