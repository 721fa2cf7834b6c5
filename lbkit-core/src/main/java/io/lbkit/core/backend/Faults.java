package io.lbkit.core.backend;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Failures of one backend, in a row and in all.
 *
 * <p>Shared; any loop, at the rate of failures. A success writes only if it ends a row.
 */
final class Faults {

    private final AtomicInteger row = new AtomicInteger();
    private final AtomicLong beforeConnected = new AtomicLong();
    private final AtomicLong afterConnected = new AtomicLong();

    /** One more; true if the row is as long as that now: of a storm of failures one is told, not each. */
    boolean onFault(boolean connected, int longest) {
        (connected ? afterConnected : beforeConnected).incrementAndGet();
        return row.incrementAndGet() == longest;
    }

    void clearRow() {
        if (row.get() != 0) {
            row.set(0);
        }
    }

    int row() {
        return row.get();
    }

    long all() {
        return beforeConnected.get() + afterConnected.get();
    }

    long beforeConnected() {
        return beforeConnected.get();
    }
}
