package io.lbkit.core.relay;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many sessions a proxy may have. A permit is taken before accept, so that a connection that cannot be served stays in
 * the backlog.
 *
 * <p>Shared; every loop by compare-and-set. {@code wanted} is set by the acceptor's loop and cleared by the one
 * that gives a permit back.
 */
public final class Permits {

    private final int most;
    private final AtomicInteger used = new AtomicInteger();
    private volatile boolean wanted;
    private volatile boolean ending; // written once, by the control loop

    public Permits(int most) {
        this.most = most;
    }

    /** Takes one, or remembers that one is wanted. */
    public boolean tryTake() {
        if (take()) {
            return true;
        }
        wanted = true;
        // One may have come back between the two lines above, and nobody would tell us.
        return take();
    }

    private boolean take() {
        int now;
        do {
            now = used.get();
            if (now >= most) {
                return false;
            }
        } while (!used.compareAndSet(now, now + 1));
        return true;
    }

    /** From now on it matters when the last one comes back. */
    public void awaitLast() {
        ending = true;
    }

    /** Gives one back; true if somebody must be told: one was wanted, or this was the last and that matters. */
    public boolean giveBack() {
        int left = used.decrementAndGet();
        assert left >= 0 : "more permits given back than taken";
        if (wanted) {
            wanted = false;
            return true;
        }
        return left == 0 && ending;
    }

    public int used() {
        return used.get();
    }
}
