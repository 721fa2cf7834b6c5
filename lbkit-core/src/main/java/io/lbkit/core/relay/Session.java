package io.lbkit.core.relay;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.Phase;
import io.lbkit.SessionReport;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.wire.LogText;
import io.lbkit.core.wire.ProxyHeader;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client and its backend, from accept to close. Decides what each event means for the pair. What is only needed for a while
 * has an object for that while: what must be known of the client before, the {@link Prelude}; the way to a backend, the
 * {@link Attempts}; the moving of bytes between both, the {@link Exchange}; what is left when one side is dead, the
 * {@link Ending}.
 *
 * <p>Owned by one event loop.
 *
 * <pre>
 *   QUEUED         PRELUDE goes before CONNECTING where the listener asks for it
 *     |  ^  every backend is full
 *     v  |
 * CONNECTING --connected--> RELAYING --both ways done--------------------------> CLOSED
 *     ^                         |  \
 *     |   backend died before   |   --one side died--> ENDING --tail delivered--> CLOSED
 *     `---- any byte moved -----'
 * any --deadline, limit, defect--> CLOSED
 * </pre>
 */
final class Session implements ReadyHandler {

    private final Relay relay;
    private final long id;
    private final Entrance entrance;
    private final Direction toBackend;
    private final Lifetime lifetime;
    private SessionPhase phase = SessionPhase.PRELUDE;
    private Origin origin;
    private boolean counted; // by the gate
    private Endpoint client; // as it was accepted, or a layer over that
    private @Nullable Prelude prelude; // until a lane is chosen
    private Lane lane; // the pool that serves it, or would if nothing else were known
    private @Nullable String serverName;
    private String complaint = ""; // of the side by which it ends
    private @Nullable Attempts attempts; // from then on until the first byte has moved either way
    private int begunAttempts;
    private @Nullable Exchange exchange; // while connected
    private @Nullable Ending ending; // once one endpoint is dead

    @Nullable
    Session previous; // the relay's list

    @Nullable
    Session next;

    Session(Relay relay, long id, Endpoint client, Entrance entrance) {
        this.relay = relay;
        this.id = id;
        this.entrance = entrance;
        this.toBackend = new Direction(relay.buffers());
        this.lifetime = new Lifetime(this, relay);
        this.origin = Origin.of(client);
        this.client = client;
        this.lane = relay.routes().otherwise();
    }

    /** @param tooFast whether it came faster than the proxy accepts connections */
    void open(boolean tooFast) {
        try {
            client.attach(relay.transport(), this);
            if (tooFast) {
                close(CloseReason.TOO_FAST);
                return;
            }
            prelude = new Prelude(relay, this, entrance, client, toBackend);
            follow(prelude.begin());
            if (phase == SessionPhase.PRELUDE) {
                armTimer();
            }
        } catch (Throwable defect) {
            onDefect(defect);
        }
    }

    @Override
    public void onReady(Endpoint endpoint, boolean readable, boolean writable) {
        assert relay.isCurrent();
        try {
            if (endpoint == origin.connection() && endpoint != client) {
                ((Layer) client).onReady(endpoint, readable, writable); // which comes back with itself
                return;
            }
            switch (phase) {
                case PRELUDE -> follow(present(prelude).advance());
                case CONNECTING, QUEUED -> present(attempts).onReady(endpoint);
                case RELAYING -> present(exchange).onReady(endpoint, readable, writable);
                case ENDING -> present(ending).onReady(endpoint, writable);
                case CLOSED -> {} // closed by a handler before this one in the same poll
            }
        } catch (Throwable defect) {
            onDefect(defect);
        }
    }

    // ---- PRELUDE

    private void follow(Choice choice) {
        serverName = choice.serverName();
        complaint = choice.detail();
        if (choice.lane() != null) {
            lane = choice.lane();
            prelude = null;
            moveTo(SessionPhase.CONNECTING);
            toBackend.limit(relay.pace(lane, lane.toBackend()));
            attempts = new Attempts(relay, this, lane, client, toBackend);
            attempts.connect();
        } else if (choice.refusal() != null) {
            close(choice.refusal());
        }
    }

    /** A trusted header says who the client is. */
    void announce(ProxyHeader header) {
        origin = origin.announcedBy(header);
    }

    /** The gate counts the client, and wants to be told when it has gone. */
    void onCounted() {
        counted = true;
    }

    /** There is a layer over the connection from now on. */
    void speaksThrough(Layer layer) {
        client = layer;
    }

    // ---- CONNECTING and QUEUED

    /** One more backend is tried; returns the how manieth it is. */
    int countAttempt() {
        return ++begunAttempts;
    }

    /** There is a place for it in a backend. Sent by the line, unless it was left meanwhile. */
    void onGranted(Ticket granted) {
        assert relay.isCurrent();
        try {
            if (attempts != null) {
                attempts.onGranted(granted);
            }
        } catch (Throwable defect) {
            onDefect(defect);
        }
    }

    /**
     * The attempts have led to a backend, in which a place is reserved.
     *
     * @param first goes before everything else, if it has not gone already
     */
    void onConnected(BackendEntry place, Endpoint connected, byte[] first, long nowNanos, long tookNanos) {
        moveTo(SessionPhase.RELAYING);
        Exchange begun = new Exchange(relay, this, client, connected, place, toBackend);
        exchange = begun;
        lifetime.onConnected(nowNanos, tookNanos);
        place.firstByteTime().onBegin(nowNanos);
        relay.onConnected(this, place.backend());
        begun.begin(first);
        onMoved();
        armTimer();
    }

    /** The one that was agreed on with the client; empty if none was, or if its TLS does not end here. */
    String protocol() {
        return client instanceof Layer layer ? layer.protocol() : "";
    }

    // ---- RELAYING

    /** Its turn has come, for which it had to wait. */
    void onTurn(Exchange waited, int bits) {
        try {
            if (phase == SessionPhase.RELAYING && exchange == waited) {
                waited.move(bits);
                onMoved();
            }
        } catch (Throwable defect) {
            onDefect(defect);
        }
    }

    /** Something has gone to this backend or come from it: no other one can serve any more. */
    void onSure(BackendEntry place) {
        if (attempts != null) {
            attempts = null;
            origin = origin.settled();
            relay.onSure(lane, place);
        }
    }

    /** What could move has been moved. */
    void onMoved() {
        Exchange moved = present(exchange);
        boolean clientDied = moved.clientDied();
        boolean backendDied = moved.backendDied();
        if (backendDied && !clientDied && attempts != null) {
            tryAnother(attempts, moved);
        } else if (clientDied || backendDied) {
            end(moved, clientDied);
        } else if (moved.isDone()) {
            close(CloseReason.COMPLETED);
        } else {
            moved.updateInterest();
            if (lifetime.isHalfClosed(moved.isHalfClosed(), relay.nowNanos()) || moved.isHeld()) {
                armTimer();
            }
        }
    }

    private void tryAnother(Attempts search, Exchange failed) {
        failed.place().firstByteTime().onGone(lifetime.connectedNanos());
        moveTo(SessionPhase.CONNECTING);
        lifetime.onLost();
        exchange = null;
        failed.toClient().abandon();
        toBackend.replaceSink();
        search.onDied(failed.place(), failed.server(), lifetime.connectedNanos());
    }

    // ---- ENDING

    private void end(Exchange broken, boolean clientDied) {
        moveTo(SessionPhase.ENDING);
        lifetime.onActive(relay.nowNanos());
        complaint = Layer.complaintOf(clientDied ? client : broken.server());
        if (clientDied) {
            broken.toClient().abandon();
            ending = new Ending(relay, this, broken, CloseReason.RESET_BY_CLIENT, toBackend, client, broken.server());
        } else {
            toBackend.abandon();
            ending = new Ending(
                    relay, this, broken, CloseReason.RESET_BY_BACKEND, broken.toClient(), broken.server(), client);
        }
        ending.begin();
        armTimer();
    }

    // ---- deadlines

    void armTimer() {
        RelayLimits limits = relay.limits();
        long now = relay.nowNanos();
        long left = switch (phase) {
            case PRELUDE -> lifetime.preludeLeft(limits, now);
            case CONNECTING, QUEUED -> present(attempts).timeLeft(now);
            case RELAYING -> lifetime.relayingLeft(limits, present(exchange).awaitsFirstByte(), now);
            case ENDING -> endingLeft(limits, now);
            case CLOSED -> RelayLimits.OFF;
        };
        if (exchange != null) {
            left = Math.min(left, exchange.heldLeft());
        }
        if (left < RelayLimits.OFF / 2) {
            relay.arm(lifetime.timer(), now + left);
        }
    }

    private long endingLeft(RelayLimits limits, long now) {
        return Math.min(lifetime.endingLeft(limits, now), present(ending).timeLeft(now));
    }

    /** Something may be due. */
    void onDeadline() {
        try {
            RelayLimits limits = relay.limits();
            long now = relay.nowNanos();
            if (exchange != null && exchange.release(now)) {
                updateInterest(exchange);
            }
            switch (phase) {
                case PRELUDE -> closeUnless(lifetime.preludeLeft(limits, now) > 0, CloseReason.PRELUDE_TIMEOUT);
                case CONNECTING, QUEUED -> present(attempts).onDeadline(now);
                case RELAYING -> onRelayDeadline(limits, now);
                case ENDING ->
                    closeUnless(endingLeft(limits, now) > 0, present(ending).reason());
                case CLOSED -> {}
            }
        } catch (Throwable defect) {
            onDefect(defect);
        }
    }

    private void updateInterest(Exchange released) {
        if (ending == null) {
            released.updateInterest();
        } else {
            ending.updateInterest();
        }
    }

    private void onRelayDeadline(RelayLimits limits, long now) {
        if (lifetime.settles(now)) {
            client.keepAlive();
            present(exchange).server().keepAlive();
        }
        boolean awaits = present(exchange).awaitsFirstByte();
        closeUnless(lifetime.relayingLeft(limits, awaits, now) > 0, lifetime.overdue(limits, awaits, now));
    }

    private void closeUnless(boolean timeIsLeft, CloseReason reason) {
        if (timeIsLeft) {
            armTimer();
        } else {
            close(reason);
        }
    }

    // ---- the end

    /** Ends the session, exactly once. */
    void close(CloseReason reason) {
        if (phase == SessionPhase.CLOSED) {
            return;
        }
        SessionPhase reached = phase;
        if (reached == SessionPhase.QUEUED) {
            present(attempts).stopWaiting();
        }
        moveTo(SessionPhase.CLOSED);
        relay.onClosing(reason);
        relay.cancel(lifetime.timer());
        boolean whole = buffersHeld() == 0;
        toBackend.abandon();
        if (exchange != null) {
            exchange.toClient().abandon();
        }
        try {
            endBoth(reason == CloseReason.COMPLETED || reason == CloseReason.IDLE_TIMEOUT && whole);
        } finally { // whatever comes of that: nobody else gives back what the session holds
            BackendEntry left = leaveBackend(reached, reason);
            if (counted) {
                relay.gate().release(origin.ipHigh(), origin.ipLow());
            }
            relay.onClosed(this, left, reason, reached.seen());
        }
    }

    private void endBoth(boolean orderly) {
        Endpoint server = exchange == null ? null : exchange.server();
        try {
            if (orderly) {
                client.close();
            } else {
                client.reset();
            }
        } finally {
            if (server != null && orderly) {
                server.close();
            } else if (server != null) {
                server.reset();
            }
        }
    }

    /** What was still waited for is waited for no longer. Returns where a place is still reserved, if there is one. */
    private @Nullable BackendEntry leaveBackend(SessionPhase reached, CloseReason reason) {
        if (reached == SessionPhase.CONNECTING || reached == SessionPhase.QUEUED) {
            return present(attempts).abandon(reached == SessionPhase.CONNECTING);
        }
        if (exchange == null) {
            return null;
        }
        exchange.onClosed(lane, reason);
        return exchange.place();
    }

    private void onDefect(Throwable defect) {
        relay.onDefect(defect, this);
        close(CloseReason.INTERNAL_ERROR);
    }

    SessionReport report(CloseReason reason, Phase reached) {
        boolean unreached = reason == CloseReason.CONNECT_FAILED || reason == CloseReason.LOCAL_FAILURE;
        return new SessionReport(
                id,
                relay.proxy(),
                origin.client(),
                origin.peer(),
                entrance.address(),
                serverName,
                lane.route(),
                lastTried(),
                begunAttempts,
                Duration.ofNanos(lifetime.queuedNanos()),
                lifetime.connect(),
                lifetime.firstByte(),
                Duration.ofNanos(relay.nowNanos() - lifetime.acceptedNanos()),
                toBackend.delivered(),
                exchange == null ? 0 : exchange.toClient().delivered(),
                reached,
                reason,
                LogText.of(unreached && attempts != null ? attempts.complaint() : complaint));
    }

    private @Nullable Backend lastTried() {
        if (exchange != null) {
            return exchange.place().backend();
        }
        return attempts == null ? null : attempts.lastTried();
    }

    // ---- small parts

    /** The only writer of the phase. */
    void moveTo(SessionPhase to) {
        assert relay.isCurrent();
        assert phase.mayBecome(to) : phase + " -> " + to + " in " + this;
        phase = to;
    }

    private <T> T present(@Nullable T part) {
        if (part == null) {
            throw new AssertionError("a part is missing in phase " + phase);
        }
        return part;
    }

    /** Asserts what must hold between any two events; returns how many buffers it holds. */
    int assertSound() {
        boolean relays = phase == SessionPhase.RELAYING;
        boolean queued = phase == SessionPhase.QUEUED;
        assert phase != SessionPhase.CLOSED : "a closed session is still listed: " + this;
        assert toBackend.isSound() && (exchange == null || exchange.toClient().isSound())
                : "bytes read are not bytes delivered and carried: " + this;
        assert lifetime.timer().isArmed()
                        || relays
                                && lifetime.relayingLeft(
                                                relay.limits(),
                                                present(exchange).awaitsFirstByte(),
                                                relay.nowNanos())
                                        >= RelayLimits.OFF / 2
                : "no deadline for " + this;
        assert (relays || phase == SessionPhase.ENDING) == (exchange != null) : "no place, or one too many: " + this;
        assert queued == (ticket() != null) : "queued without a ticket, or the reverse: " + this;
        assert (phase == SessionPhase.PRELUDE) == (prelude != null) : "a prelude that is over: " + this;
        return buffersHeld();
    }

    private int buffersHeld() {
        int back = exchange != null && exchange.toClient().carried() > 0 ? 1 : 0;
        return toBackend.carried() > 0 ? back + 1 : back;
    }

    /** Names the backend in which a place is reserved. */
    void reserved(Consumer<BackendEntry> places) {
        if (exchange != null) {
            places.accept(exchange.place());
        } else if (attempts != null) {
            attempts.reserved(places);
        }
    }

    boolean isIn(SessionPhase expected) {
        return phase == expected;
    }

    /** Whether it waits for room in a backend, or is about to take what it was granted. */
    boolean isQueued() {
        return phase == SessionPhase.QUEUED;
    }

    @Nullable
    Ticket ticket() {
        return attempts == null ? null : attempts.ticket();
    }

    boolean isOn(BackendEntry other) {
        return exchange != null ? exchange.place() == other : attempts != null && attempts.isOn(other);
    }

    boolean beganBefore(long nanos) {
        return lifetime.acceptedNanos() - nanos < 0;
    }

    /** Whether it may be closed for the sake of balance: it relays, and has done so for a while. */
    boolean mayMove(BackendEntry from, long begunBefore) {
        return phase == SessionPhase.RELAYING && isOn(from) && beganBefore(begunBefore);
    }

    Lifetime lifetime() {
        return lifetime;
    }

    long id() {
        return id;
    }

    Origin origin() {
        return origin;
    }

    /** The pool that serves it. */
    Lane lane() {
        return lane;
    }

    @Nullable
    String serverName() {
        return serverName;
    }

    SocketAddress listenerAddress() {
        return entrance.address();
    }

    /** How many backends it has begun to connect to. */
    int attempts() {
        return begunAttempts;
    }

    /** The number of the attempt that goes on. */
    int attempt() {
        return attempts == null ? begunAttempts : attempts.number();
    }

    boolean hasTried(Backend other) {
        return attempts != null && attempts.hasTried(other);
    }

    @Override
    public String toString() {
        return "session " + id + " " + phase + " to-backend(" + toBackend + ") " + (exchange == null ? "" : exchange);
    }
}
