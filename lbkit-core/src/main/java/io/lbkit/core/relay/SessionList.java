package io.lbkit.core.relay;

import io.lbkit.CloseReason;
import io.lbkit.core.backend.BackendEntry;
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
}
