package io.lbkit.core.observe;

import io.lbkit.CloseReason;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counters of one loop. Each loop has its own, so that counting is a plain addition; readers add up the loops.
 *
 * <p>Shared; written by the owning loop alone, with opaque stores so that readers see whole and eventually fresh numbers.
 */
public final class LoopCounters {

    /** What is counted, besides two counts for each close reason. */
    public enum Count {
        ACCEPTED,
        SESSIONS,
        CONNECT_FAILURES,
        LOCAL_FAILURES,
        RETRIES,
        RETRIES_DENIED,
        QUEUED,
        ACCEPT_FAILURES,
        OBSERVER_FAILURES,
        BYTES_TO_BACKENDS,
        BYTES_TO_CLIENTS,
        BUFFERS_IN_USE,
        BUFFER_BYTES_HELD
    }

    private static final int COUNTS = Count.values().length;
    private static final int REASONS = CloseReason.values().length;

    private final AtomicLongArray values = new AtomicLongArray(COUNTS + 2 * REASONS);

    public void add(Count count, long n) {
        add(count.ordinal(), n);
    }

    public void addClosed(CloseReason reason) {
        add(COUNTS + reason.ordinal(), 1);
    }

    /** It would have been refused for this reason, but for a dry run. */
    public void addDryRun(CloseReason reason) {
        add(COUNTS + REASONS + reason.ordinal(), 1);
    }

    public long get(Count count) {
        return values.getOpaque(count.ordinal());
    }

    public long closed(CloseReason reason) {
        return values.getOpaque(COUNTS + reason.ordinal());
    }

    public long dryRun(CloseReason reason) {
        return values.getOpaque(COUNTS + REASONS + reason.ordinal());
    }

    private void add(int index, long n) {
        values.setOpaque(index, values.getPlain(index) + n);
    }
}
