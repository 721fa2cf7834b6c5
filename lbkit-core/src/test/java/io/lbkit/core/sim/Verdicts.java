package io.lbkit.core.sim;

import static io.lbkit.core.sim.Audit.check;
import static io.lbkit.core.sim.Audit.equal;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.CloseReason;
import io.lbkit.Phase;
import io.lbkit.SessionPolicy;
import io.lbkit.core.admission.Rate;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.backend.Snapshot;
import io.lbkit.core.relay.RelayLimits;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.stream.IntStream;

/** Judges single sessions: whether what the engine did to a client and its backend was right. */
final class Verdicts {

    /** Sessions are to ask for keep-alive when they are this old. */
    private static final long KEEP_ALIVE_NANOS = 10_000_000_000L;

    private static final long SECOND_NANOS = 1_000_000_000L;

    private static final SocketAddress ROUTE_A = new InetSocketAddress("10.3.0.1", 80);

    private final Simulation simulation;
    private final RelayLimits limits;
    private final RelayLimits ofRoute; // the first one; its backend is known by the address
    private final SecretVerdicts secret;
    private boolean jumped;

    Verdicts(Simulation simulation) {
        this.simulation = simulation;
        this.limits = RelayLimits.of(simulation.setup.limits());
        this.ofRoute = RelayLimits.of(simulation.setup.ofRoute());
        this.secret = new SecretVerdicts(simulation);
    }

    void onJump() {
        jumped = true;
    }

    boolean hasJumped() {
        return jumped;
    }

    /** What holds for a session that has a backend. */
    private RelayLimits limitsOf(Pair pair) {
        return pair.backend().remoteAddress().equals(ROUTE_A) ? ofRoute : limits;
    }

    // ---- while it lives, when all loops are at rest

    /** Nothing waits that could move. */
    void moving(Pair pair) {
        boolean toBackend =
                heldUntil(pair, pair.accepted.socket(), limitsOf(pair).toBackend()) <= simulation.network.now();
        boolean toClient =
                heldUntil(pair, pair.backend().socket(), limitsOf(pair).toClient()) <= simulation.network.now();
        if (pair.isSecret()) {
            secret.moving(pair, serverOf(pair), toBackend, toClient);
            return;
        }
        if (toBackend) {
            moving(pair, pair.accepted.socket(), pair.ahead(), pair.backend().socket(), pair.added());
        }
        if (toClient) {
            moving(pair, pair.backend().socket(), 0, pair.accepted.socket(), 0);
        }
    }

    /** No way has read more than its limit of bandwidth has let through since it began; before there was a backend, a buffer. */
    void notTooFast(Pair pair) {
        if (pair.backend() == null || !pair.backend().isConnected()) {
            return;
        }
        Rate toBackend = limitsOf(pair).toBackend();
        Rate toClient = limitsOf(pair).toClient();
        SimEndpoint backend = pair.backend();
        if (toBackend != null && !simulation.secrets().ofClients()) {
            long read = pair.accepted.socket().bytesRead() - pair.ahead();
            long most = Math.max(letThrough(toBackend, pair.acceptedAt), limits.bufferBytes());
            check(read <= most, "too fast to its backend: ", pair);
        }
        if (toClient != null) {
            long read = simulation.secrets().ofBackends()
                    ? pair.client.received()
                    : backend.socket().bytesRead();
            check(read <= letThrough(toClient, backend.connectedAt()), "too fast to its client: ", pair);
        }
    }

    private long letThrough(Rate rate, long sinceNanos) {
        double elapsed = (double) (simulation.network.now() - sinceNanos) / SECOND_NANOS;
        return rate.burst() + (long) Math.ceil(rate.perSecond() * elapsed);
    }

    /** Until when a limit of bandwidth may keep a side from being read: long enough to have paid for all that was read of it. */
    private static long heldUntil(Pair pair, SimSocket source, Rate rate) {
        if (rate == null) {
            return 0;
        }
        // What TLS has opened already is read later than the socket, and written at once.
        long lastByteAt = pair.isSecret()
                ? Math.max(
                        pair.accepted.socket().lastByteAt(),
                        pair.backend().socket().lastByteAt())
                : source.lastByteAt();
        return lastByteAt + source.bytesRead() * SECOND_NANOS / rate.perSecond() + Audit.LATE_NANOS;
    }

    /** When a session last moved a byte, or was last held back by a limit of bandwidth. */
    private long activeAt(Pair pair) {
        long held = Math.max(
                heldUntil(pair, pair.accepted.socket(), limitsOf(pair).toBackend()),
                heldUntil(pair, pair.backend().socket(), limitsOf(pair).toClient()));
        return Math.max(lastByteAt(pair), held);
    }

    /** @param ahead bytes of the source that do not go to the sink, and {@code added} those that do and are not of the source */
    private static void moving(Pair pair, SimSocket source, int ahead, SimSocket sink, int added) {
        if (source.wasReset() || sink.wasReset()) {
            return;
        }
        boolean carried = source.bytesRead() - ahead > sink.written() - added;
        boolean waits = source.arrived() > source.bytesRead();
        check(!(carried || waits) || !sink.writable(), "bytes wait although there is room: ", pair);
        boolean endWaits = source.endReceived() && !sink.ended();
        check(!endWaits || carried || waits || !sink.writable(), "an end is not passed on: ", pair);
    }

    /** Nobody is waited for beyond the time for what must be known first. */
    void preludeOnTime(Pair pair, long now, long lateNanos) {
        boolean late = now - pair.acceptedAt > limits.preludeNanos() + lateNanos;
        check(!late || jumped || pair.isDecided(), "a prelude for too long: ", pair);
    }

    /** No timeout is overdue. */
    void onTime(Pair pair, long now, long atTheLatestNanos) {
        SimEndpoint backend = pair.backend();
        long lateNanos =
                atTheLatestNanos + (pair.isSecret() ? limits.connectNanos() : 0); // a handshake counts as connecting
        long quiet = now - activeAt(pair);
        if (pair.accepted.socket().wasReset() || backend.socket().wasReset()) {
            // Noticed or not yet; what is left of the dead one's bytes may take its time as long as it moves.
            check(quiet <= limits.idleNanos() + limits.endingNanos() + lateNanos, "ending for too long: ", pair);
            return;
        }
        check(quiet <= limits.idleNanos() + lateNanos, "idle for too long: ", pair);
        long connected = now - backend.connectedAt();
        boolean old = now - pair.acceptedAt > limits.maxAgeNanos() + lateNanos;
        // The search for a backend may outlast the age, and after a jump the loop may have got it only just now.
        check(!old || jumped || connected <= lateNanos, "too old: ", pair);
        boolean answered = backend.socket().bytesRead() > 0 || backend.readEnd();
        long asked = Math.min(
                connected,
                now - heldUntil(pair, pair.accepted.socket(), limitsOf(pair).toBackend()));
        check(answered || asked <= limits.firstByteNanos() + lateNanos, "no first byte for too long: ", pair);
        boolean keptAlive = pair.accepted.keptAlive() && backend.keptAlive();
        check(keptAlive || connected <= KEEP_ALIVE_NANOS + lateNanos, "not kept alive: ", pair);
        boolean halfClosed = pair.accepted.readEnd() != backend.readEnd();
        check(
                !halfClosed || Math.min(quiet, now - endAt(pair)) <= limits.halfCloseNanos() + lateNanos,
                "half-closed for too long: ",
                pair);
    }

    /** When the last end of stream was read. */
    private static long endAt(Pair pair) {
        return Math.max(pair.accepted.readEndAt(), pair.backend().readEndAt());
    }

    private static long lastByteAt(Pair pair) {
        long connected = Math.max(
                pair.acceptedAt, pair.backend() == null ? 0 : pair.backend().connectedAt());
        long bytes = pair.accepted.socket().lastByteAt();
        return Math.max(
                connected,
                pair.backend() == null
                        ? bytes
                        : Math.max(bytes, pair.backend().socket().lastByteAt()));
    }

    // ---- when it has ended

    void onClosed(Pair pair) {
        check(pair.isAccepted(), "a report for nobody: ", pair);
        SimEndpoint last = pair.backend();
        boolean reached = last != null && last.isConnected();
        if (simulation.secrets().ofBackends()) {
            secret.toBackend(pair);
        } else {
            equal("bytes to backend", reached ? pair.given(last) : 0, pair.report.bytesToBackend(), pair);
        }
        if (simulation.secrets().ofClients()) {
            secret.toClient(pair, serverOf(pair));
        } else {
            equal("bytes to client", pair.accepted.socket().written(), pair.report.bytesToClient(), pair);
        }
        for (SimEndpoint tried : pair.backends) {
            SimSocket socket = tried.socket();
            boolean untouched = simulation.secrets().ofBackends()
                    ? secret.isUntouched(tried)
                    : pair.given(tried) == 0 && socket.bytesRead() == 0;
            check(tried == last || untouched, "retried after a byte: ", pair);
            check(tried == last || !socket.ended(), "retried after an end: ", pair);
        }
        check(pair.backends.size() <= limits.connectAttempts(), "too many attempts: ", pair);
        equal("attempts", pair.backends.size(), pair.report.attempts());
        check(inQueueFor(pair) == 0 || simulation.operator().limited(), "in a queue for nothing: ", pair);
        admitted(pair);
        check(explained(pair, pair.report.reason()), "no reason to end so: ", pair);
    }

    /** Only those came to a backend who may, under the name that they were announced by, and where their first bytes lead. */
    private void admitted(Pair pair) {
        if (pair.backends.isEmpty()) {
            return;
        }
        Opening opening = pair.opening;
        boolean whole = pair.isFirstSent();
        check(!opening.isWrong() && !opening.isCut(), "let in without a header: ", pair);
        check(!opening.malformed() || !whole, "let in with TLS that is none: ", pair);
        check(!isDenied(pair), "let in although denied: ", pair);
        check(pair.report.client().equals(pair.source()), "served as somebody else: ", pair);
        check(Objects.equals(whole ? opening.route() : null, pair.report.route()), "on the wrong route: ", pair);
        check(Objects.equals(pair.asksFor(), pair.report.serverName()), "asks for somebody else: ", pair);
        String net = pair.report.route() == null ? "/10.2.0." : "/10.3.0.";
        for (SimEndpoint tried : pair.backends) {
            check(tried.remoteAddress().toString().startsWith(net), "at a backend of another pool: ", pair);
        }
    }

    private boolean isDenied(Pair pair) {
        return pair.opening.source() != null && simulation.edge().denies(pair.opening.source());
    }

    /** How many sessions of its address there are, or were when it was turned away. */
    private long beside(Pair pair) {
        return simulation.pairs.stream()
                .filter(other -> other != pair && other.isAccepted())
                .filter(other -> other.report == null || other.closedAt >= pair.closedAt)
                .filter(other -> host(other).equals(host(pair)))
                .count();
    }

    private static InetAddress host(Pair pair) {
        return ((InetSocketAddress) pair.source()).getAddress();
    }

    /** Attempts, time or the budget for them are used up, or there was nobody else. */
    private boolean isSearchedFor(Pair pair) {
        return pair.backends.size() >= limits.connectAttempts()
                || pair.closedAt - pair.acceptedAt >= limits.connectDeadlineNanos()
                || simulation.engine.stats(0).retriesDenied() > 0
                || simulation.operator().limited()
                || !isAnyLeft(pair);
    }

    /** Whether there is a backend that the session has not tried, and that has been well and had room all its life. */
    private boolean isAnyLeft(Pair pair) {
        String route = pair.report.route();
        BackendTable table = route == null ? simulation.engine.table() : simulation.engine.table(route);
        long lived = pair.closedAt - pair.acceptedAt + SECOND_NANOS;
        return table.stats(simulation.network.clock.nanoTime()).stream()
                .filter(stats -> stats.state() == BackendState.UP && stats.weight() > 0)
                .filter(stats -> !simulation.setup.large() || isInForce(table, stats.backend()))
                .filter(stats -> stats.inState().toNanos() >= lived)
                .filter(stats -> stats.backend().weight() > 0 && stats.backend().maxConnections() == Backend.UNLIMITED)
                .anyMatch(stats -> pair.backends.stream()
                        .noneMatch(tried ->
                                tried.remoteAddress().equals(stats.backend().address())));
    }

    /** Of a large set, a weight that was 0 is in force only once the selector is prepared for the new one. */
    private static boolean isInForce(BackendTable table, Backend backend) {
        Snapshot now = table.pool().current();
        return IntStream.range(0, now.size()).mapToObj(now::backend).anyMatch(backend::equals);
    }

    private boolean explained(Pair pair, CloseReason reason) {
        Setup setup = simulation.setup;
        Operator operator = simulation.operator();
        Edge edge = simulation.edge();
        SimEndpoint last = pair.backend();
        long sinceByte = pair.closedAt - lastByteAt(pair);
        boolean needless = areGood(pair) && !jumped;
        return switch (reason) {
            case COMPLETED -> pair.isSecret() ? secret.isWhole(pair, serverOf(pair)) : isWhole(pair);
            case RESET_BY_CLIENT ->
                (pair.accepted.socket().wasReset() || simulation.secrets().ofClients()) && pair.client.aborted();
            case RESET_BY_BACKEND ->
                simulation.secrets().ofBackends()
                        ? serverOf(pair).aborted()
                        : last.socket().wasReset();
            case CONNECT_FAILED -> jumped || (setup.unreliable() || setup.misbehaves() > 0) && isSearchedFor(pair);
            case LOCAL_FAILURE ->
                setup.faults().shortage() > 0 || setup.faults().here() > 0;
            case FIRST_BYTE_TIMEOUT ->
                pair.report.bytesToClient() == 0
                        && (pair.isSecret() || last.socket().bytesRead() == 0 && !last.readEnd())
                        && pair.closedAt - last.connectedAt() >= limits.firstByteNanos()
                        && !(needless && serverOf(pair).script().toSend() > 0);
            case NO_BACKEND ->
                setup.nastySelector()
                        || (operator.changed() || simulation.clinic().mayLeaveNobody()) && (jumped || !isAnyLeft(pair));
            case BACKENDS_FULL -> operator.limited();
            case QUEUE_TIMEOUT ->
                operator.limited()
                        && inQueueFor(pair) >= limits.queueNanos()
                        && pair.closedAt - pair.acceptedAt >= inQueueFor(pair);
            case SELECTOR_FAILED -> setup.nastySelector();
            // A header that trickles out is no byte of the session.
            case IDLE_TIMEOUT ->
                !needless
                        && (pair.isSecret()
                                ? secret.isQuiet(pair, serverOf(pair), limits.idleNanos())
                                : sinceByte >= limits.idleNanos() || isInHeader(pair));
            case HALF_CLOSE_TIMEOUT ->
                !needless
                        && (pair.isSecret()
                                ? secret.isHalfClosed(pair, serverOf(pair), limits.halfCloseNanos())
                                : (sinceByte >= limits.halfCloseNanos() || isInHeader(pair))
                                        && pair.closedAt - endAt(pair) >= limits.halfCloseNanos()
                                        && pair.accepted.readEnd() != last.readEnd());
            case MAX_AGE -> pair.closedAt - pair.acceptedAt >= limits.maxAgeNanos() * 0.9;
            case BACKEND_DOWN -> setup.onBackendDown() != SessionPolicy.KEEP; // and see LiveAudit
            case REBALANCED -> setup.rebalance().isOn(); // and see LiveAudit
            case BACKEND_REMOVED -> operator.cuts();
            case DRAIN_TIMEOUT -> operator.stopped() && pair.closedAt >= operator.mustEndAt();
            case PRELUDE_TIMEOUT ->
                (edge.reads() || simulation.secrets().ofClients())
                        && pair.closedAt - pair.acceptedAt >= limits.preludeNanos()
                        && (jumped || !pair.isDecided() || simulation.secrets().ofClients() && !pair.isHeard());
            case PRELUDE_REJECTED ->
                pair.opening.isWrong()
                        || pair.endsInHeader()
                        || pair.opening.malformed()
                        || simulation.secrets().ofClients() && pair.client.aborted(); // in its handshake
            case ACCESS_DENIED -> isDenied(pair);
            case CLIENT_FULL -> edge.perClient() > 0 && beside(pair) >= edge.perClient();
            case NO_ROUTE -> edge.isRouted() && operator.changed();
            case TOO_FAST, INTERNAL_ERROR -> false; // nothing here limits the rate
        };
    }

    /** Whether its backend has had nothing but a header, or a part of one. */
    private static boolean isInHeader(Pair pair) {
        return pair.added() > 0 && pair.given(pair.backend()) == 0;
    }

    private static long inQueueFor(Pair pair) {
        return pair.report.queueTime().toNanos();
    }

    /** The server's side, or null if it never accepted. */
    private SimPeer serverOf(Pair pair) {
        return pair.backend() == null
                ? null
                : simulation.peerOf(pair.backend().socket().peer());
    }

    private boolean areGood(Pair pair) {
        SimPeer server = serverOf(pair);
        return server != null
                && pair.client.script().isGood()
                && server.script().isGood()
                && !server.aborted();
    }

    private boolean isWhole(Pair pair) {
        SimSocket client = pair.accepted.socket();
        SimSocket backend = pair.backend().socket();
        return client.endReceived()
                && backend.endReceived()
                && client.peer().written() - pair.ahead() == backend.written() - pair.added()
                && backend.peer().written() == client.written();
    }

    // ---- when everything has arrived

    void atEnd(Pair pair) {
        if (!pair.isAccepted()) {
            SimPeer client = pair.client;
            check(
                    !client.script().isGood()
                            || client.sawReset()
                            || client.socket().isRefused(),
                    "a client that nobody accounts for: ",
                    pair);
            return;
        }
        check(pair.report != null, "no report: ", pair);
        SimPeer server = serverOf(pair);
        if (server != null) {
            if (pair.isSecret()) {
                secret.atEnd(pair, server);
            }
            ends(pair, pair.client, server);
            ends(pair, server, pair.client);
            if (pair.report.phase() == Phase.RELAYING) {
                resets(pair, server);
            }
        } else {
            check(!pair.client.sawEnd() || pair.backend() != null, "an end from nowhere: ", pair);
        }
    }

    /** An end of stream is what the other side has sent, or the idle timeout with nothing cut. */
    private static void ends(Pair pair, SimPeer peer, SimPeer other) {
        CloseReason reason = pair.report.reason();
        if (peer.sawEnd() && reason == CloseReason.IDLE_TIMEOUT && pair.isSecret()) {
            long whole = other == pair.client ? pair.report.bytesToBackend() : pair.report.bytesToClient();
            equal("bytes before the end", whole, peer.received(), pair);
        } else if (peer.sawEnd() && reason == CloseReason.IDLE_TIMEOUT) {
            long ahead = other == pair.client ? pair.ahead() : 0;
            equal("bytes before the end", other.socket().peer().bytesRead() - ahead, peer.received(), pair);
        } else if (peer.sawEnd()) {
            check(other.saidEnd(), "what was none shows as an end: ", pair, "\n", other);
            equal("bytes before the end", other.sent(), peer.received(), pair, "\n", other);
        }
        if (reason == CloseReason.COMPLETED && peer.script().isGood() && !peer.aborted()) {
            check(peer.sawEnd(), "an end got lost: ", pair, "\n", other);
        }
    }

    /** What a side had sent before its reset has arrived at the other, unless that took too long or it died as well. */
    private void resets(Pair pair, SimPeer server) {
        CloseReason reason = pair.report.reason();
        SimSocket fromClient = pair.accepted.socket();
        SimSocket fromServer = pair.backend().socket();
        if (pair.isSecret()) {
            secret.resets(pair, server, limits.endingNanos());
        } else if (reason == CloseReason.RESET_BY_CLIENT) {
            delivered(pair, fromClient, pair.ahead(), server, pair.added());
        } else if (reason == CloseReason.RESET_BY_BACKEND) {
            delivered(pair, fromServer, 0, pair.client, 0);
        }
    }

    private void delivered(Pair pair, SimSocket dead, int ahead, SimPeer survivor, int added) {
        boolean inTime = pair.closedAt - dead.resetAt() < limits.endingNanos();
        if (inTime && !survivor.aborted() && !survivor.socket().peer().wasReset()) {
            long arrived = Math.max(0, survivor.socket().arrived() - added); // of a header that got stuck a part may do
            equal("bytes before the reset", dead.arrived() - ahead, arrived, pair, "\n", survivor);
            check(survivor.socket().wasReset(), "a reset shows as something else: ", pair, "\n", survivor);
        }
    }
}
