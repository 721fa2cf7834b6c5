package io.lbkit.core.relay;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.ConnectFailure.Cause;
import io.lbkit.Party;
import io.lbkit.SendProxy;
import io.lbkit.SessionReport;
import io.lbkit.core.admission.Verdict;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.loop.Command;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.wire.ProxyHeader;
import io.lbkit.core.wire.Reading;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client and its backend, from accept to close. Decides what each event means for the pair; the moving of bytes is the two
 * directions' affair, the search for a backend the connector's.
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
final class Session implements ReadyHandler, Command {

    /** A session that lives this long is worth the options that a short one does without. */
    private static final long SETTLED_NANOS = 10_000_000_000L;

    /** How long a PROXY header may be: the smallest buffer there is takes it, with room for one of ours before it. */
    private static final int MOST_HEADER_BYTES = 4096 - Direction.MOST_PREFIX;

    private static final byte[] NOTHING = {};

    private static final int CLIENT_SHIFT = 2; // readiness of the client above that of the backend

    private enum Phase {
        /** The client has to say something before a backend is chosen. */
        PRELUDE,
        CONNECTING,
        /** Every backend is full; the line will grant a place in one. */
        QUEUED,
        RELAYING,
        /** One endpoint is dead; what it had sent is on its way to the other, which is reset after that. */
        ENDING,
        CLOSED;

        /** As a report calls it. */
        io.lbkit.Phase seen() {
            return switch (this) {
                case PRELUDE -> io.lbkit.Phase.PRELUDE;
                case CONNECTING -> io.lbkit.Phase.CONNECTING;
                case QUEUED -> io.lbkit.Phase.QUEUED;
                case RELAYING, ENDING, CLOSED -> io.lbkit.Phase.RELAYING;
            };
        }

        boolean mayBecome(Phase next) {
            return switch (this) {
                case PRELUDE -> next == CONNECTING || next == CLOSED;
                case CONNECTING -> next == RELAYING || next == QUEUED || next == CLOSED;
                case QUEUED -> next == CONNECTING || next == CLOSED;
                case RELAYING -> next == CONNECTING || next == ENDING || next == CLOSED;
                case ENDING -> next == CLOSED;
                case CLOSED -> false;
            };
        }
    }

    private final Relay relay;
    private final long id;
    private final Endpoint raw; // the client's, as it was accepted
    private Endpoint client; // the same, or a layer over it
    private @Nullable Layer layer;
    private final Entrance entrance;
    private Origin origin;
    private boolean counted; // by the gate
    private boolean admitted;
    private Lane lane; // the pool that serves it, or would if nothing else were known
    private @Nullable String serverName;
    private final Direction toBackend;
    private Direction toClient;
    private final Timer timer;
    private final long acceptedNanos;
    private final long maxAgeNanos;
    private Phase phase = Phase.PRELUDE;
    private @Nullable Connector connector; // until the first byte has moved either way
    private @Nullable Ticket ticket; // while queued
    private @Nullable Endpoint backend;
    private @Nullable BackendEntry entry; // a place in it is reserved while this is set
    private @Nullable Backend lastTried;
    private int attempts;
    private long queuedNanos;
    private long connectNanos = -1;
    private long connectedNanos;
    private long firstByteNanos = -1;
    private long activeNanos;
    private boolean halfClosed;
    private long halfClosedNanos;
    private boolean settled;
    private boolean streaming; // moved much when it last moved
    private int deferred; // readiness that waits for the session's turn, as bits
    private boolean flushing;
    private CloseReason endingReason = CloseReason.COMPLETED;

    @Nullable
    Session previous; // the relay's list

    @Nullable
    Session next;

    Session(Relay relay, long id, Endpoint client, Entrance entrance) {
        this.relay = relay;
        this.id = id;
        this.raw = client;
        this.client = client;
        this.entrance = entrance;
        this.origin = Origin.of(client);
        this.lane = relay.routes().otherwise();
        this.toBackend = new Direction(relay.buffers());
        this.toClient = new Direction(relay.buffers());
        this.timer = new Timer(this::onDeadline);
        this.acceptedNanos = relay.nowNanos();
        this.activeNanos = acceptedNanos;
        long age = relay.limits().maxAgeNanos();
        this.maxAgeNanos = age == RelayLimits.OFF
                ? age
                : age - (long) (age * 0.1 * relay.random().nextDouble());
    }

    /** @param tooFast whether it came faster than the proxy accepts connections */
    void open(boolean tooFast) {
        try {
            raw.attach(relay.transport(), this);
            if (tooFast) {
                close(CloseReason.TOO_FAST);
            } else if (entrance.expectsHeader(origin.ipHigh(), origin.ipLow())) {
                hear();
            } else {
                enter();
            }
            if (phase == Phase.PRELUDE) {
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
            if (endpoint == raw && layer != null) {
                layer.onReady(raw, readable, writable); // which comes back with itself
                return;
            }
            switch (phase) {
                case PRELUDE -> onReadyInPrelude();
                case CONNECTING, QUEUED -> onReadyWhileConnecting(endpoint);
                case RELAYING -> onReadyWhileRelaying(endpoint, readable, writable);
                case ENDING -> onReadyWhileEnding(endpoint, writable);
                case CLOSED -> {} // closed by a handler before this one in the same poll
            }
        } catch (Throwable defect) {
            onDefect(defect);
        }
    }

    // ---- PRELUDE

    private void onReadyInPrelude() {
        if (layer != null) {
            shake(layer);
        } else if (admitted) {
            look();
        } else {
            hear();
        }
    }

    /** Reads a PROXY header, as far as it has come; and not a byte more if what follows is not for us to see. */
    private void hear() {
        if (entrance.layered()) {
            int most = ProxyHeader.bytesToRead(toBackend.carried() == 0 ? null : toBackend.gathered());
            toBackend.gatherUpTo(client, toBackend.carried() + most);
        } else {
            toBackend.gather(client);
        }
        Reading<ProxyHeader> header = toBackend.carried() == 0
                ? null
                : ProxyHeader.read(toBackend.gathered(), ProxyHeader.Versions.BOTH, MOST_HEADER_BYTES);
        if (toBackend.sourceFailed()) {
            close(CloseReason.RESET_BY_CLIENT);
        } else if (header != null && header.value() != null) {
            toBackend.consume(header.value().length());
            origin = origin.announcedBy(header.value());
            enter();
        } else if (header != null && header.state() != Reading.State.MORE || !toBackend.isOpen()) {
            close(CloseReason.PRELUDE_REJECTED);
        } else {
            updateInterest();
        }
    }

    /** Goes on, if the client may come in. */
    private void enter() {
        Gate gate = relay.gate();
        if (!gate.allows(origin.ipHigh(), origin.ipLow())) {
            if (!gate.isAccessDryRun()) {
                close(CloseReason.ACCESS_DENIED);
                return;
            }
            relay.onDryRun(CloseReason.ACCESS_DENIED);
        }
        Verdict verdict = gate.count(origin.ipHigh(), origin.ipLow(), relay.nowNanos());
        counted = gate.isCounted(verdict);
        if (verdict != Verdict.ADMITTED) {
            if (!gate.isCountDryRun()) {
                close(Gate.reasonOf(verdict));
                return;
            }
            relay.onDryRun(Gate.reasonOf(verdict));
        }
        admitted = true;
        if (entrance.layered()) {
            try {
                layer = relay.over(entrance.index(), raw, this);
            } catch (RuntimeException thrown) {
                relay.onHostFailed("the host's TLS", thrown);
                close(CloseReason.PRELUDE_REJECTED);
                return;
            }
            client = layer;
            shake(layer);
        } else if (relay.routes().isNone()) {
            search();
        } else if (toBackend.carried() == 0) {
            look();
        } else {
            choose(); // what has come with the PROXY header may do
        }
    }

    private void shake(Layer over) {
        int outcome = over.finishConnect();
        if (outcome == Endpoint.DONE) {
            take(relay.routes().choose(over.serverName(), over.protocol()));
        } else if (outcome == Endpoint.NOTHING) {
            over.interest(Endpoint.READ);
        } else {
            close(CloseReason.PRELUDE_REJECTED);
        }
    }

    /** Reads what the client sends first, until a route is known. */
    private void look() {
        toBackend.gather(client, relay.routes().mostBytes());
        if (toBackend.sourceFailed()) {
            close(CloseReason.RESET_BY_CLIENT);
        } else {
            choose();
        }
    }

    private void choose() {
        Choice choice;
        try {
            ByteBuffer bytes = toBackend.carried() == 0 ? ByteBuffer.allocate(0) : toBackend.gathered();
            choice = relay.routes().choose(bytes, !wantsFirstBytes());
        } catch (RuntimeException thrown) {
            relay.onMatcherFailed(thrown);
            close(CloseReason.SELECTOR_FAILED);
            return;
        }
        take(choice);
    }

    private void take(Choice choice) {
        serverName = choice.serverName();
        if (choice.lane() != null) {
            lane = choice.lane();
            search();
        } else if (choice.refusal() != null) {
            close(choice.refusal());
        } else {
            updateInterest();
        }
    }

    private boolean wantsFirstBytes() {
        return toBackend.wantsGather(relay.routes().mostBytes());
    }

    /** Begins to look for a backend. */
    private void search() {
        moveTo(Phase.CONNECTING);
        connector = new Connector(relay, lane, relay.nowNanos());
        connect(connector);
    }

    private long preludeTimeLeft(long now) {
        return relay.limits().preludeNanos() - (now - acceptedNanos);
    }

    private void onPreludeDeadline(long now) {
        if (preludeTimeLeft(now) > 0) {
            armTimer();
        } else {
            close(CloseReason.PRELUDE_TIMEOUT);
        }
    }

    // ---- CONNECTING

    private void connect(Connector search) {
        boolean again = phase == Phase.CONNECTING;
        while (again) {
            BackendEntry chosen = search.choose(this, relay.freshNanos());
            if (chosen == null) {
                queueUp(search);
                return;
            }
            again = failsAtOnce(search, chosen);
        }
    }

    /** Begins to connect to where a place is reserved; true if that has failed already. */
    private boolean failsAtOnce(Connector search, BackendEntry chosen) {
        entry = chosen;
        lastTried = chosen.backend();
        chosen.connectTime().onBegin(search.attemptNanos());
        try {
            backend = relay.connect(this, lastTried);
        } catch (RuntimeException thrown) {
            relay.onHostFailed("the host's TLS", thrown);
            attempts++;
            onConnectFailed(search, Cause.LOCAL);
            return true;
        } catch (IOException shortage) {
            chosen.connectTime().onGone(search.attemptNanos());
            search.onNothing(chosen);
            leaveBackend();
            search.pause();
            waitForBackend();
            return false;
        }
        if (++attempts > 1) {
            relay.onRetry();
        } else {
            relay.onFirstTry(lane);
        }
        int outcome = backend.finishConnect();
        if (outcome == Endpoint.NOTHING) {
            waitForBackend();
            return false;
        }
        if (outcome == Endpoint.DONE) {
            onConnected(search); // which has gone on to another backend already if this one died at once
            return false;
        }
        onConnectFailed(search, causeOf(outcome));
        return true;
    }

    private void waitForBackend() {
        updateInterest();
        armTimer();
    }

    private void onReadyWhileConnecting(Endpoint endpoint) {
        Connector search = searching();
        if (endpoint == backend) {
            int outcome = backend.finishConnect();
            if (outcome == Endpoint.DONE) {
                onConnected(search);
            } else if (outcome != Endpoint.NOTHING) {
                onConnectFailed(search, causeOf(outcome));
                connect(search);
            }
        } else {
            toBackend.gather(client);
            if (toBackend.sourceFailed()) {
                close(CloseReason.RESET_BY_CLIENT);
            } else {
                updateInterest();
            }
        }
    }

    private static Cause causeOf(int outcome) {
        return outcome == Endpoint.FAILED_HERE ? Cause.LOCAL : Cause.REFUSED;
    }

    private void onConnectFailed(Connector search, Cause cause) {
        BackendEntry failed = reserved();
        if (cause == Cause.LOCAL) {
            failed.connectTime().onGone(search.attemptNanos());
        } else {
            // As if it had taken as long as we would have waited, or a backend that refuses at once would look fast.
            failed.connectTime().onSample(search.attemptNanos(), search.penaltyNanos(), relay.nowNanos());
        }
        giveUpOn(search, failed, cause, false);
    }

    private void giveUpOn(Connector search, BackendEntry failed, Cause cause, boolean connected) {
        if (cause != Cause.LOCAL) {
            failed.onConnectFailed(cause == Cause.TIMEOUT);
        }
        if (attempts > 1) {
            relay.onRetryFailed(lane);
        }
        relay.onConnectFailed(this, failed.backend(), cause, relay.nowNanos() - search.attemptNanos());
        search.onFailed(failed, cause, connected);
        leaveBackend();
    }

    private void leaveBackend() {
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

    private void onConnected(Connector search) {
        BackendEntry connected = reserved();
        moveTo(Phase.RELAYING);
        connectedNanos = relay.freshNanos();
        connectNanos = connectedNanos - search.attemptNanos();
        activeNanos = connectedNanos;
        connected.connectTime().onSample(search.attemptNanos(), connectNanos, connectedNanos);
        connected.firstByteTime().onBegin(connectedNanos);
        search.onConnected(connected);
        relay.onConnected(this, connected.backend());
        if (connected.backend().sendProxy() != SendProxy.OFF
                && connected.backend().tls() == null) {
            announce(connected.backend());
        }
        if (toBackend.carried() > 0 || !toBackend.isOpen()) {
            pump(toBackend, client, connectedBackend());
        }
        afterPump();
        armTimer();
    }

    /** Tells the backend who calls; what the client has said by now goes with it in one write. */
    private void announce(Backend to) {
        if (toBackend.carried() == 0) {
            toBackend.gather(client);
        }
        if (!toBackend.sourceFailed()) {
            toBackend.prepend(preface(to));
        }
    }

    /** What goes before everything else, TLS included. */
    byte[] preface(Backend to) {
        if (to.sendProxy() == SendProxy.OFF) {
            return NOTHING;
        }
        String name = serverName == null ? "" : serverName;
        String protocol = layer == null ? "" : layer.protocol();
        return origin.header(to.sendProxy(), id, name, protocol, Direction.MOST_PREFIX);
    }

    // ---- QUEUED

    /** No backend has room for it now: it waits for one if that can help and the line is not full. */
    private void queueUp(Connector search) {
        if (!search.mustWait() || !lane.line().tryEnter()) {
            close(search.failure());
            return;
        }
        moveTo(Phase.QUEUED);
        Ticket wait = new Ticket(this, relay.loop(), acceptedNanos, relay.nowNanos(), search.tried());
        ticket = wait;
        relay.onQueued();
        lane.line().join(wait);
        waitForBackend();
    }

    /** There is a place for it. Sent by the line, unless it was left meanwhile. */
    void onGranted(Ticket granted) {
        assert relay.isCurrent();
        if (ticket == granted) {
            try {
                onWaitOver();
            } catch (Throwable defect) {
                onDefect(defect);
            }
        }
    }

    private void onWaitOver() {
        BackendEntry place = leaveLine();
        if (place == null) {
            close(CloseReason.QUEUE_TIMEOUT);
        } else {
            take(place, searching());
        }
    }

    private void take(BackendEntry place, Connector search) {
        entry = place;
        boolean accepted = search.accepts(place, this, relay.freshNanos());
        moveTo(Phase.CONNECTING);
        if (accepted) {
            if (failsAtOnce(search, place)) {
                connect(search);
            }
        } else {
            leaveBackend();
            queueUp(search);
        }
    }

    /** Ends the wait. The place that was granted, or null. */
    private @Nullable BackendEntry leaveLine() {
        Ticket left = waitingTicket();
        ticket = null;
        long waited = relay.nowNanos() - left.begunNanos();
        queuedNanos += waited;
        if (left.leave()) {
            lane.line().onLeft(left);
        }
        searching().onWaited(waited, left.place());
        return left.granted();
    }

    private long queueTimeLeft(long now) {
        return relay.limits().queueNanos()
                - queuedNanos
                - (now - waitingTicket().begunNanos());
    }

    private void onQueueDeadline(long now) {
        if (queueTimeLeft(now) > 0) {
            armTimer();
        } else {
            onWaitOver(); // or granted in the last moment, and word of it is on its way
        }
    }

    private Ticket waitingTicket() {
        if (ticket == null) {
            throw new AssertionError("no ticket in phase " + phase);
        }
        return ticket;
    }

    // ---- RELAYING

    private void onReadyWhileRelaying(Endpoint endpoint, boolean readable, boolean writable) {
        int ready = (readable ? Endpoint.READ : 0) | (writable ? Endpoint.WRITE : 0);
        int bits = endpoint == client ? ready << CLIENT_SHIFT : ready;
        if (deferred != 0) {
            deferred |= bits;
        } else if (streaming && relay.mustWait()) {
            deferred = bits;
            relay.defer(this);
        } else {
            move(bits);
        }
    }

    /** The turn of a session that had to wait for those with less to move. */
    @Override
    public void run() {
        int bits = deferred;
        deferred = 0;
        try {
            if (phase == Phase.RELAYING) {
                move(bits);
            }
        } catch (Throwable defect) {
            onDefect(defect);
        }
    }

    private void move(int bits) {
        Endpoint server = connectedBackend();
        int ofClient = bits >> CLIENT_SHIFT;
        if ((ofClient & Endpoint.READ | bits & Endpoint.WRITE) != 0 && !toBackend.isDone()) {
            pump(toBackend, client, server);
        }
        // A write that fails takes the error with it, and the next read of the same endpoint would look like a clean
        // end.
        boolean broken = toBackend.sourceFailed() || toBackend.sinkFailed();
        if ((bits & Endpoint.READ | ofClient & Endpoint.WRITE) != 0 && !toClient.isDone() && !broken) {
            pump(toClient, server, client);
        }
        afterPump();
    }

    private void pump(Direction direction, Endpoint source, Endpoint sink) {
        long filled = direction.filled();
        boolean last = (direction == toBackend ? toClient : toBackend).isDone();
        long delivered = direction.pump(source, sink, relay.turnBytes(), last);
        if (delivered > 0 || direction.filled() > filled) {
            streaming = relay.isMuch(direction.filled() - filled);
            activeNanos = relay.nowNanos();
            BackendEntry server = reserved();
            relay.onBytes(server, direction == toBackend ? delivered : 0, direction == toClient ? delivered : 0);
            if (filled == 0 && direction == toClient) {
                firstByteNanos = activeNanos - connectedNanos;
                server.firstByteTime().onSample(connectedNanos, firstByteNanos, activeNanos);
                server.onSound();
            }
        }
        boolean heard =
                toClient.filled() > 0 || !toClient.isOpen() && !toClient.sourceFailed(); // an end counts as well
        if (connector != null && (toBackend.hasSent() || toBackend.isDone() || heard)) {
            connector = null; // sure of its backend now
            relay.onSure(lane, reserved());
        }
    }

    private void afterPump() {
        boolean clientDied = toBackend.sourceFailed() || toClient.sinkFailed();
        boolean backendDied = toClient.sourceFailed() || toBackend.sinkFailed();
        if (backendDied && !clientDied && connector != null) {
            // Nothing has gone to this backend or come from it: another one can still serve.
            tryAnother(connector);
        } else if (clientDied || backendDied) {
            end(clientDied ? CloseReason.RESET_BY_CLIENT : CloseReason.RESET_BY_BACKEND);
        } else if (toBackend.isDone() && toClient.isDone()) {
            close(CloseReason.COMPLETED);
        } else {
            updateInterest();
            if (halfClosed != (toBackend.isOpen() != toClient.isOpen())) {
                halfClosed = !halfClosed;
                halfClosedNanos = relay.nowNanos();
                armTimer();
            }
        }
    }

    private void tryAnother(Connector search) {
        BackendEntry failed = reserved();
        failed.firstByteTime().onGone(connectedNanos);
        moveTo(Phase.CONNECTING);
        connectNanos = -1;
        settled = false;
        search.resume(connectedNanos, relay.nowNanos());
        giveUpOn(search, failed, Cause.RESET, true);
        toBackend.replaceSink();
        toClient = new Direction(relay.buffers());
        connect(search);
    }

    // ---- ENDING

    private void end(CloseReason reason) {
        moveTo(Phase.ENDING);
        endingReason = reason;
        activeNanos = relay.nowNanos();
        (tail() == toClient ? toBackend : toClient).abandon();
        tail().distrustSource();
        pumpTail();
        armTimer();
    }

    private Direction tail() {
        return endingReason.who() == Party.CLIENT ? toBackend : toClient;
    }

    private Endpoint survivor() {
        return endingReason.who() == Party.CLIENT ? connectedBackend() : client;
    }

    private void onReadyWhileEnding(Endpoint endpoint, boolean writable) {
        if (!flushing) {
            pumpTail();
        } else if (endpoint == survivor() && writable && endpoint.flushed()) {
            close(endingReason);
        }
    }

    private void pumpTail() {
        Direction tail = tail();
        if (!tail.isDone()) {
            pump(tail, tail == toBackend ? client : connectedBackend(), survivor());
        }
        if (tail.sinkFailed() || tail.isDone() && survivor().flushed()) {
            close(endingReason);
        } else {
            flushing = tail.isDone();
            updateInterest();
        }
    }

    // ---- deadlines

    private void armTimer() {
        long left = switch (phase) {
            case PRELUDE -> preludeTimeLeft(relay.nowNanos());
            case CONNECTING -> searching().deadlineNanos() - relay.nowNanos();
            case QUEUED -> queueTimeLeft(relay.nowNanos());
            case RELAYING -> relayingTimeLeft(relay.nowNanos());
            case ENDING -> relay.limits().endingNanos() - (relay.nowNanos() - activeNanos);
            case CLOSED -> RelayLimits.OFF;
        };
        if (left < RelayLimits.OFF / 2) {
            relay.arm(timer, relay.nowNanos() + left);
        }
    }

    private long relayingTimeLeft(long now) {
        RelayLimits limits = relay.limits();
        long left = Math.min(maxAgeNanos - (now - acceptedNanos), limits.idleNanos() - (now - activeNanos));
        if (awaitsFirstByte()) {
            left = Math.min(left, limits.firstByteNanos() - (now - connectedNanos));
        }
        if (!settled) {
            left = Math.min(left, SETTLED_NANOS - (now - connectedNanos));
        }
        return halfClosed ? Math.min(left, limits.halfCloseNanos() - quietHalfClosedNanos(now)) : left;
    }

    /** A backend that ends its stream without a byte has answered, too. */
    private boolean awaitsFirstByte() {
        return toClient.filled() == 0 && toClient.isOpen();
    }

    /** How long there has been no byte, of the time since one side ended its stream. */
    private long quietHalfClosedNanos(long now) {
        return Math.min(now - activeNanos, now - halfClosedNanos);
    }

    private void onDeadline() {
        try {
            long now = relay.nowNanos();
            switch (phase) {
                case PRELUDE -> onPreludeDeadline(now);
                case CONNECTING -> onConnectDeadline(searching(), now);
                case QUEUED -> onQueueDeadline(now);
                case RELAYING -> onRelayDeadline(now);
                case ENDING -> {
                    if (now - activeNanos >= relay.limits().endingNanos()) {
                        close(endingReason);
                    } else {
                        armTimer();
                    }
                }
                case CLOSED -> {}
            }
        } catch (Throwable defect) {
            onDefect(defect);
        }
    }

    private void onConnectDeadline(Connector search, long now) {
        if (now - search.deadlineNanos() < 0) {
            armTimer();
            return;
        }
        if (!search.isPaused()) {
            onConnectFailed(search, Cause.TIMEOUT);
        }
        connect(search);
    }

    private void onRelayDeadline(long now) {
        RelayLimits limits = relay.limits();
        if (!settled && now - connectedNanos >= SETTLED_NANOS) {
            settled = true;
            client.keepAlive();
            connectedBackend().keepAlive();
        }
        if (relayingTimeLeft(now) > 0) {
            armTimer();
        } else if (now - acceptedNanos >= maxAgeNanos) {
            close(CloseReason.MAX_AGE);
        } else if (awaitsFirstByte() && now - connectedNanos >= limits.firstByteNanos()) {
            close(CloseReason.FIRST_BYTE_TIMEOUT);
        } else if (halfClosed && quietHalfClosedNanos(now) >= limits.halfCloseNanos()) {
            close(CloseReason.HALF_CLOSE_TIMEOUT);
        } else {
            close(CloseReason.IDLE_TIMEOUT);
        }
    }

    // ---- the end

    /** Ends the session, exactly once. */
    void close(CloseReason reason) {
        if (phase == Phase.CLOSED) {
            return;
        }
        Phase reached = phase;
        if (ticket != null) {
            entry = leaveLine();
        }
        moveTo(Phase.CLOSED);
        relay.onClosing(reason);
        relay.cancel(timer);
        boolean whole = toBackend.carried() == 0 && toClient.carried() == 0;
        toBackend.abandon();
        toClient.abandon();
        if (reason == CloseReason.COMPLETED || reason == CloseReason.IDLE_TIMEOUT && whole) {
            client.close();
            if (backend != null) {
                backend.close();
            }
        } else {
            client.reset();
            if (backend != null) {
                backend.reset();
            }
        }
        if (entry != null) {
            settleTimes(entry, reached, reason);
        }
        if (counted) {
            relay.gate().release(origin.ipHigh(), origin.ipLow());
        }
        BackendEntry left = entry;
        entry = null;
        relay.onClosed(this, left, reason, reached.seen());
    }

    /** What was still waited for is waited for no longer. */
    private void settleTimes(BackendEntry left, Phase reached, CloseReason reason) {
        long now = relay.nowNanos();
        if (reached == Phase.QUEUED) {
            searching().onNothing(left);
        } else if (reached == Phase.CONNECTING) {
            left.connectTime().onGone(searching().attemptNanos());
            searching().onNothing(left);
        } else if (firstByteNanos < 0 && reason == CloseReason.FIRST_BYTE_TIMEOUT) {
            left.firstByteTime().onSample(connectedNanos, now - connectedNanos, now);
            relay.onFirstByteTimeout(lane, left);
        } else if (firstByteNanos < 0) {
            left.firstByteTime().onGone(connectedNanos);
        }
    }

    private void onDefect(Throwable defect) {
        relay.onDefect(defect, this);
        close(CloseReason.INTERNAL_ERROR);
    }

    SessionReport report(CloseReason reason, io.lbkit.Phase reached) {
        return new SessionReport(
                id,
                relay.proxy(),
                origin.client(),
                origin.peer(),
                entrance.address(),
                serverName,
                lastTried,
                attempts,
                Duration.ofNanos(queuedNanos),
                connectNanos < 0 ? null : Duration.ofNanos(connectNanos),
                firstByteNanos < 0 ? null : Duration.ofNanos(firstByteNanos),
                Duration.ofNanos(relay.nowNanos() - acceptedNanos),
                toBackend.delivered(),
                toClient.delivered(),
                reached,
                reason);
    }

    // ---- small parts

    private void updateInterest() {
        boolean ending = phase == Phase.ENDING;
        boolean early = phase == Phase.PRELUDE || phase == Phase.CONNECTING || phase == Phase.QUEUED;
        int ofClient = 0;
        int ofBackend = 0;
        if (early) {
            boolean wants = phase == Phase.PRELUDE && admitted ? wantsFirstBytes() : toBackend.wantsGather();
            ofClient = wants ? Endpoint.READ : 0;
            ofBackend = Endpoint.WRITE;
        } else {
            ofClient = (toBackend.wantsRead() ? Endpoint.READ : 0) | (toClient.wantsWrite() ? Endpoint.WRITE : 0);
            ofBackend = (toClient.wantsRead() ? Endpoint.READ : 0) | (toBackend.wantsWrite() ? Endpoint.WRITE : 0);
        }
        if (ending && flushing) {
            ofClient = survivor() == client ? Endpoint.WRITE : 0;
            ofBackend = survivor() == client ? 0 : Endpoint.WRITE;
        }
        client.interest(ofClient);
        if (backend != null) {
            backend.interest(ofBackend);
        }
    }

    private void moveTo(Phase to) {
        assert relay.isCurrent();
        assert phase.mayBecome(to) : phase + " -> " + to + " in " + this;
        phase = to;
    }

    private Connector searching() {
        if (connector == null) {
            throw new AssertionError("no search in phase " + phase);
        }
        return connector;
    }

    private Endpoint connectedBackend() {
        if (backend == null) {
            throw new AssertionError("no backend in phase " + phase);
        }
        return backend;
    }

    private BackendEntry reserved() {
        if (entry == null) {
            throw new AssertionError("no backend reserved in phase " + phase);
        }
        return entry;
    }

    /** Asserts what must hold between any two events; returns how many buffers it holds. */
    int assertSound() {
        assert phase != Phase.CLOSED : "a closed session is still listed: " + this;
        assert toBackend.isSound() && toClient.isSound() : "bytes read are not bytes delivered and carried: " + this;
        assert timer.isArmed() || phase == Phase.RELAYING && relayingTimeLeft(relay.nowNanos()) >= RelayLimits.OFF / 2
                : "no deadline for " + this;
        assert phase != Phase.RELAYING || entry != null : "no place reserved for " + this;
        assert phase == Phase.QUEUED == (ticket != null) : "queued without a ticket, or the reverse: " + this;
        return (toBackend.carried() > 0 ? 1 : 0) + (toClient.carried() > 0 ? 1 : 0);
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

    /** Whether it waits for room in a backend, or is about to take what it was granted. */
    boolean isQueued() {
        return phase == Phase.QUEUED;
    }

    @Nullable
    Ticket ticket() {
        return ticket;
    }

    boolean isOn(BackendEntry other) {
        return entry == other;
    }

    boolean beganBefore(long nanos) {
        return acceptedNanos - nanos < 0;
    }

    /** Whether it may be closed for the sake of balance: it relays, and has done so for a while. */
    boolean mayMove(BackendEntry from, long begunBefore) {
        return phase == Phase.RELAYING && entry == from && beganBefore(begunBefore);
    }

    /** When it last had a byte, or connected. */
    long activeNanos() {
        return activeNanos;
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

    int attempt() {
        return connector == null ? attempts : connector.attempt();
    }

    boolean hasTried(Backend other) {
        return connector != null && connector.hasTried(other);
    }

    @Override
    public String toString() {
        return "session " + id + " " + phase + " to-backend(" + toBackend + ") to-client(" + toClient + ")";
    }
}
