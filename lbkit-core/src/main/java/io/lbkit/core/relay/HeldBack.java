package io.lbkit.core.relay;

import java.util.concurrent.atomic.LongAdder;

/**
 * How much limits of bandwidth hold back in one pool: how many ways of sessions right now, and for how long all of them so far.
 *
 * <p>Shared; raised by every loop, a hundred times a second for each way at most.
 */
public final class HeldBack {

    private final LongAdder ways = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    void onHeld() {
        ways.increment();
    }

    void onReleased(long afterNanos) {
        ways.decrement();
        nanos.add(afterNanos);
    }

    public long ways() {
        return ways.sum();
    }

    /** Of those that were released. */
    public long nanos() {
        return nanos.sum();
    }
}
