package io.lbkit.core.relay;

import io.lbkit.CloseReason;
import io.lbkit.core.backend.BackendEntry;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The live sessions of one loop, and how to close some of them. Who is closed is asked at the moment of closing: the list
 * is walked each time, which costs less than to keep one for every backend.
 *
 * <p>Owned by one event loop.
 */
public final class SessionList {

    private @Nullable Session first;

    SessionList() {}

    void add(Session session) {
        session.next = first;
        if (first != null) {
            first.previous = session;
        }
        first = session;
    }

    void remove(Session session) {
        if (session.previous == null) {
            first = session.next;
        } else {
            session.previous.next = session.next;
        }
        if (session.next != null) {
            session.next.previous = session.previous;
        }
        session.previous = null;
        session.next = null;
    }

    /** One of them, which has the others behind it; null if there is none. */
    @Nullable
    Session first() {
        return first;
    }

    /** Resets every session. */
    public void cutAll(CloseReason reason) {
        while (first != null) {
            first.close(reason);
        }
    }

    /**
     * Resets sessions of a backend, unless that gets new ones again; returns how many.
     *
     * @param begunBefore those that began later are spared
     * @param most how many at most
     */
    public int cut(BackendEntry entry, CloseReason reason, long begunBefore, int most) {
        int done = 0;
        for (Session session = first; session != null && done < most && !entry.isOpen(); ) {
            Session following = session.next;
            if (session.isOn(entry) && session.beganBefore(begunBefore)) {
                entry.onCut();
                session.close(reason);
                done++;
            }
            session = following;
        }
        return done;
    }

    /**
     * When those sessions of a backend that relay and have been silent for longest last had a byte, relative to a time.
     *
     * @param begunBefore that time; and those that began later do not count
     * @param most how many at most
     */
    public long[] longestSilent(BackendEntry entry, long begunBefore, int most) {
        PriorityQueue<Long> found = new PriorityQueue<>(Comparator.reverseOrder()); // the latest is the first to go
        for (Session session = first; session != null; session = session.next) {
            if (session.mayMove(entry, begunBefore)) {
                long activity = session.lifetime().activeNanos() - begunBefore;
                if (found.size() == most && activity < found.element()) {
                    found.remove();
                }
                if (found.size() < most) {
                    found.add(activity);
                }
            }
        }
        return found.stream().mapToLong(Long::longValue).sorted().toArray();
    }

    /**
     * Resets sessions of a backend that had no byte since a time, as long as the backend has more than it is to keep; returns
     * how many.
     *
     * @param limit the time, relative to {@code begunBefore}
     * @param most how many at most
     * @param least how many sessions the backend keeps
     */
    public int closeSilent(BackendEntry entry, long begunBefore, long limit, int most, int least) {
        int done = 0;
        for (Session session = first; session != null && done < most && entry.active() > least; ) {
            Session following = session.next;
            if (session.mayMove(entry, begunBefore) && session.lifetime().activeNanos() - begunBefore <= limit) {
                session.close(CloseReason.REBALANCED);
                done++;
            }
            session = following;
        }
        return done;
    }
}
