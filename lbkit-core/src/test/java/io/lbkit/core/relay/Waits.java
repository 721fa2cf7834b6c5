package io.lbkit.core.relay;

import io.lbkit.ConnectionInfo;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.transport.ReadyHandler;
import java.util.ArrayList;
import java.util.List;

/** The waiting line and the tickets of sessions, which can only be seen from inside the engine's package. */
public final class Waits {

    /**
     * One ticket as it is now.
     *
     * @param ticket equal to itself alone
     * @param granted where a place is held for it, or null
     */
    public record Wait(
            Object ticket,
            boolean isWaiting,
            BackendEntry granted,
            List<BackendEntry> tried,
            long turnNanos,
            long begunNanos) {}

    private Waits() {}

    /** Those in the line, in its order. */
    public static List<Wait> in(WaitingLine line) {
        List<Wait> waits = new ArrayList<>();
        for (Ticket ticket = line.first(); ticket != null; ticket = ticket.next) {
            waits.add(of(ticket));
        }
        return waits;
    }

    /** Those of the sessions of a loop. */
    public static List<Wait> in(Relay relay) {
        List<Wait> waits = new ArrayList<>();
        for (Session session = relay.sessions().first(); session != null; session = session.next) {
            if (session.ticket() != null) {
                waits.add(of(session.ticket()));
            }
        }
        return waits;
    }

    /** Whether a selector is asked about a place that is held for the session already. */
    public static boolean isGranted(ConnectionInfo client) {
        return client instanceof Caller caller
                && caller.session().ticket() == null
                && caller.session().isQueued();
    }

    /** Whether a session has a backend, TLS with it included. */
    public static boolean isConnected(ReadyHandler session) {
        return session instanceof Session own && (own.isIn(SessionPhase.RELAYING) || own.isIn(SessionPhase.ENDING));
    }

    private static Wait of(Ticket ticket) {
        return new Wait(
                ticket, ticket.isWaiting(), ticket.granted(), ticket.tried(), ticket.turnNanos(), ticket.begunNanos());
    }
}
