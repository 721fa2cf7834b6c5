package io.lbkit.core.relay;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.ConnectFailure.Cause;
import io.lbkit.SendProxy;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of a session to get connected: to one backend after the other, as the connector chooses, with a wait for room
 * wherever all are full. What it leads to, a place and an endpoint, is the session's; if that turns out to be dead before a
 * byte has moved, it goes on. So it lives until the session is sure of its backend.
 *
 * <p>Owned by one event loop.
 */
final class Attempts {

    private static final byte[] NOTHING = {};

    private final Relay relay;
    private final Session session;
    private final Lane lane;
    private final Endpoint client;
    private final Direction toBackend;
    private final Connector connector;
    private @Nullable BackendEntry entry; // a place in it is reserved while this is set
    private @Nullable Endpoint backend; // that is being connected
    private byte[] first = NOTHING; // what it is still to be sent before everything else
    private @Nullable Backend lastTried;
    private String complaint = ""; // of that one, if it has failed
    private @Nullable Ticket ticket; // while queued

    /** @param toBackend gathers what the client says meanwhile */
    Attempts(Relay relay, Session session, Lane lane, Endpoint client, Direction toBackend) {
        this.relay = relay;
        this.session = session;
        this.lane = lane;
        this.client = client;
        this.toBackend = toBackend;
        this.connector = new Connector(relay, lane, relay.nowNanos());
    }

    // ---- one after the other

    /** Connects to whom the connector chooses, until an attempt takes its time, one succeeds, or there is nobody left. */
    void connect() {
        boolean again = session.isIn(SessionPhase.CONNECTING);
        while (again) {
            BackendEntry chosen = connector.choose(session, relay.freshNanos());
            if (chosen == null) {
                queueUp();
                return;
            }
            again = failsAtOnce(chosen);
        }
    }

    /** Begins to connect to where a place is reserved; true if that has failed already. */
    private boolean failsAtOnce(BackendEntry chosen) {
        entry = chosen;
        lastTried = chosen.backend();
        complaint = "";
        chosen.connectTime().onBegin(connector.attemptNanos());
        try {
            backend = begin(lastTried);
        } catch (IOException shortage) {
            chosen.connectTime().onGone(connector.attemptNanos());
            connector.onNothing(chosen);
            leave();
            connector.pause();
            whenReady();
            return false;
        }
        if (session.countAttempt() > 1) {
            relay.onRetry();
        } else {
            relay.onFirstTry(lane);
        }
        int outcome = backend == null ? Endpoint.FAILED_HERE : backend.finishConnect();
        if (outcome == Endpoint.NOTHING) {
            whenReady();
        } else if (outcome == Endpoint.DONE) {
            onConnected(); // which has gone on to another backend already if this one died at once
        } else {
            onFailed(causeOf(outcome));
        }
        return outcome != Endpoint.NOTHING && outcome != Endpoint.DONE;
    }

    /** Null if code of the host, which is asked for contexts of TLS and extensions of headers, has thrown. */
    private @Nullable Endpoint begin(Backend to) throws IOException {
        first = NOTHING;
        try {
            byte[] preface = to.sendProxy() == SendProxy.OFF ? NOTHING : relay.preface(session, to.sendProxy());
            if (to.tls() != null) {
                return relay.connectByTls(session, to, preface);
            }
            first = preface;
        } catch (RuntimeException thrown) {
            relay.onHostFailed(thrown);
            return null;
        }
        return relay.connect(session, to);
    }

    private void whenReady() {
        client.interest(toBackend.wantsGather() ? Endpoint.READ : 0);
        if (backend != null) {
            backend.interest(Endpoint.WRITE);
        }
        session.armTimer();
    }

    void onReady(Endpoint endpoint) {
        if (endpoint == backend) {
            int outcome = backend.finishConnect();
            if (outcome == Endpoint.DONE) {
                onConnected();
            } else if (outcome != Endpoint.NOTHING) {
                onFailed(causeOf(outcome));
                connect();
            }
            return;
        }
        toBackend.gather(client);
        if (toBackend.sourceFailed() || ticket != null && givesUpAtEnd()) {
            session.close(CloseReason.RESET_BY_CLIENT);
        } else {
            client.interest(toBackend.wantsGather() ? Endpoint.READ : 0);
        }
    }

    private static Cause causeOf(int outcome) {
        return outcome == Endpoint.FAILED_HERE ? Cause.LOCAL : Cause.REFUSED;
    }

    private void onConnected() {
        BackendEntry place = reserved();
        Endpoint connected = required(backend);
        long nowNanos = relay.freshNanos();
        long tookNanos = nowNanos - connector.attemptNanos();
        entry = null;
        backend = null;
        place.connectTime().onSample(connector.attemptNanos(), tookNanos, nowNanos);
        connector.onConnected(place);
        session.onConnected(place, connected, first, nowNanos, tookNanos);
    }

    private void onFailed(Cause cause) {
        if (cause == Cause.LOCAL) {
            reserved().connectTime().onGone(connector.attemptNanos());
        } else {
            // As if it had taken as long as we would have waited, or a backend that refuses at once would look fast.
            reserved().connectTime().onSample(connector.attemptNanos(), connector.penaltyNanos(), relay.nowNanos());
        }
        giveUp(cause, false);
    }

    /** The backend has reset the connection that was had, before a byte had moved: another one can still serve. */
    void onDied(BackendEntry place, Endpoint dead, long connectedNanos) {
        entry = place;
        backend = dead;
        connector.resume(connectedNanos, relay.nowNanos());
        // The connect was fast, and worth nothing.
        place.connectTime().onPenalty(connector.penaltyNanos(), relay.nowNanos());
        giveUp(Cause.RESET, true);
        connect();
    }

    private void giveUp(Cause cause, boolean connected) {
        BackendEntry failed = reserved();
        if (cause != Cause.LOCAL) {
            failed.onConnectFailed(cause == Cause.TIMEOUT);
        }
        if (session.attempts() > 1) {
            relay.onRetryFailed(lane);
        }
        complaint = Layer.complaintOf(backend);
        relay.onConnectFailed(session, failed.backend(), cause, complaint, relay.nowNanos() - connector.attemptNanos());
        connector.onFailed(failed, cause, connected);
        leave();
    }

    private void leave() {
        if (backend != null) {
            backend.reset();
            backend = null;
        }
        if (entry != null) {
            BackendEntry left = entry;
            entry = null;
            relay.release(lane, left);
        }
    }

    // ---- the wait for room

    /** No backend has room for it now: it waits for one if that can help and the line is not full. */
    private void queueUp() {
        if (!connector.mustWait() || !lane.line().tryEnter()) {
            session.close(connector.failure());
            return;
        }
        session.moveTo(SessionPhase.QUEUED);
        ticket = new Ticket(
                session, relay.loop(), session.lifetime().acceptedNanos(), relay.nowNanos(), connector.tried());
        relay.onQueued();
        lane.line().join(ticket);
        if (givesUpAtEnd()) {
            session.close(CloseReason.RESET_BY_CLIENT);
        } else {
            whenReady();
        }
    }

    /** Whether the client has ended its stream, and this means that it no longer waits. */
    private boolean givesUpAtEnd() {
        return !toBackend.isOpen() && relay.limits().queueLeftAtEnd();
    }

    /** The wait is over: there is a place for it, or its time is up. */
    private void onWaitOver() {
        BackendEntry place = leaveLine();
        if (place == null) {
            session.close(CloseReason.QUEUE_TIMEOUT);
            return;
        }
        entry = place;
        boolean accepted = connector.accepts(place, session, relay.freshNanos());
        session.moveTo(SessionPhase.CONNECTING);
        if (!accepted) {
            leave();
            queueUp();
        } else if (failsAtOnce(place)) {
            connect();
        }
    }

    /** Sent by the line, unless it was left meanwhile. */
    void onGranted(Ticket granted) {
        if (ticket == granted) {
            onWaitOver();
        }
    }

    /** Ends the wait. The place that was granted, or null. */
    private @Nullable BackendEntry leaveLine() {
        Ticket left = required(ticket);
        ticket = null;
        long waited = relay.nowNanos() - left.begunNanos();
        session.lifetime().onWaited(waited);
        if (left.leave()) {
            lane.line().onLeft(left);
        }
        connector.onWaited(waited, left.place());
        return left.granted();
    }

    private long queueTimeLeft(long now, Ticket wait) {
        return relay.limits().queueNanos() - session.lifetime().queuedNanos() - (now - wait.begunNanos());
    }

    // ---- deadlines

    long timeLeft(long now) {
        return ticket == null ? connector.deadlineNanos() - now : queueTimeLeft(now, ticket);
    }

    void onDeadline(long now) {
        if (timeLeft(now) > 0) {
            session.armTimer();
        } else if (ticket != null) {
            onWaitOver(); // or granted in the last moment, and word of it is on its way
        } else {
            if (!connector.isPaused()) {
                onFailed(Cause.TIMEOUT);
            }
            connect();
        }
    }

    // ---- the end

    /** The session ends before it is connected: the wait does, too. */
    void stopWaiting() {
        if (ticket != null) {
            entry = leaveLine();
        }
    }

    /** Gives up what goes on; returns where a place is still reserved, if there is one. */
    @Nullable
    BackendEntry abandon(boolean connecting) {
        if (backend != null) {
            backend.reset();
        }
        if (entry != null) {
            if (connecting) {
                entry.connectTime().onGone(connector.attemptNanos());
            }
            connector.onNothing(entry);
        }
        return entry;
    }

    // ---- what is known of it

    private BackendEntry reserved() {
        return required(entry);
    }

    private static <T> T required(@Nullable T present) {
        if (present == null) {
            throw new AssertionError("no backend is tried, and none waited for");
        }
        return present;
    }

    /** Names the backend in which a place is reserved. */
    void reserved(Consumer<BackendEntry> places) {
        BackendEntry granted = ticket == null ? null : ticket.granted();
        if (entry != null) {
            places.accept(entry);
        } else if (granted != null) {
            places.accept(granted);
        }
    }

    boolean isOn(BackendEntry other) {
        return entry == other;
    }

    @Nullable
    Ticket ticket() {
        return ticket;
    }

    /** Which attempt this is. */
    int number() {
        return connector.attempt();
    }

    boolean hasTried(Backend other) {
        return connector.hasTried(other);
    }

    /** What there is to say about the failure of the last one tried; empty if nothing. */
    String complaint() {
        return complaint;
    }

    @Nullable
    Backend lastTried() {
        return lastTried;
    }
}
