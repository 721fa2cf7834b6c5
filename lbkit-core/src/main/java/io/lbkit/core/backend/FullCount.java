package io.lbkit.core.backend;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many backends of a pool are full right now. While it is none, a pick need not look at each of them.
 *
 * <p>Shared; changed by any loop whose session fills a backend or leaves a full one.
 */
public final class FullCount {

    private final AtomicInteger count = new AtomicInteger();

    void add(int n) {
        count.addAndGet(n);
    }

    int count() {
        return count.get();
    }

    /** Whether there is any; for a moment after a change it may say so although there is none any more. */
    boolean isAny() {
        return count.get() != 0;
    }
}
