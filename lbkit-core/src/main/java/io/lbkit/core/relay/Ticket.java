package io.lbkit.core.relay;

import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.Place;
import io.lbkit.core.loop.EventLoop;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The wait of one session for room in a backend. It ends once: the line grants it a place, or the session leaves; when both
 * happen at the same time on two loops, the first one counts, and both know.
 *
 * <p>Shared; the outcome by compare-and-set, the links are the control loop's, the rest is immutable.
 */
final class Ticket {

    private static final int WAITING = 0;
    private static final int GRANTED = 1;
    private static final int LEFT = 2;

    private final Session session;
    private final EventLoop loop;
    private final long turnNanos;
    private final long begunNanos;
    private final List<BackendEntry> tried;
    private final AtomicInteger outcome = new AtomicInteger(WAITING);
    private @Nullable BackendEntry granted; // written by the control loop before the outcome, read after it
    private Place place = Place.NONE; // likewise

    @Nullable
    Ticket previous; // in the line

    @Nullable
    Ticket next;

    boolean isListed;

    /**
     * @param turnNanos whose turn it is: who came to the proxy earlier is served earlier
     * @param tried the backends of no use to it
     */
    Ticket(Session session, EventLoop loop, long turnNanos, long begunNanos, List<BackendEntry> tried) {
        this.session = session;
        this.loop = loop;
        this.turnNanos = turnNanos;
        this.begunNanos = begunNanos;
        this.tried = List.copyOf(tried);
    }

    /** Ends the wait with a place that is held in a backend; false if the session has left. The control loop only. */
    boolean grant(BackendEntry entry, Place held) {
        granted = entry;
        place = held;
        return outcome.compareAndSet(WAITING, GRANTED);
    }

    /** Ends the wait; false if a place was granted before, which is the session's now. The session's loop only. */
    boolean leave() {
        return outcome.compareAndSet(WAITING, LEFT);
    }

    boolean isWaiting() {
        return outcome.get() == WAITING;
    }

    /** Where a place is held for the session, or null if it was not granted one. */
    @Nullable
    BackendEntry granted() {
        return outcome.get() == GRANTED ? granted : null;
    }

    /** What is held for the session. */
    Place place() {
        return outcome.get() == GRANTED ? place : Place.NONE;
    }

    List<BackendEntry> tried() {
        return tried;
    }

    Session session() {
        return session;
    }

    EventLoop loop() {
        return loop;
    }

    boolean comesBefore(Ticket other) {
        return turnNanos - other.turnNanos < 0;
    }

    long turnNanos() {
        return turnNanos;
    }

    long begunNanos() {
        return begunNanos;
    }

    @Override
    public String toString() {
        BackendEntry place = granted();
        return "ticket of " + session + (place == null ? "" : ", granted a place in " + place.backend());
    }
}
