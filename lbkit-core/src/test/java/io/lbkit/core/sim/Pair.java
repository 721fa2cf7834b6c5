package io.lbkit.core.sim;

import io.lbkit.SendProxy;
import io.lbkit.SessionReport;
import io.lbkit.core.relay.Waits;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;

/** What the network knows of one session: the client's connection, and those that the proxy made for it. */
final class Pair {

    final SimPeer client;
    final Opening opening;
    private final Edge edge;
    private final Secrets secrets;
    final List<SimEndpoint> backends = new ArrayList<>();
    SimEndpoint accepted;
    long acceptedAt;
    SessionReport report;
    long closedAt;

    Pair(SimPeer client, Opening opening, Edge edge, Secrets secrets) {
        this.client = client;
        this.opening = opening;
        this.edge = edge;
        this.secrets = secrets;
    }

    boolean isAccepted() {
        return accepted != null;
    }

    boolean isLive() {
        return accepted != null && report == null;
    }

    /** The connection to the backend that was tried last. */
    SimEndpoint backend() {
        return backends.isEmpty() ? null : backends.get(backends.size() - 1);
    }

    /** Whether there is a backend, and TLS with it if that is spoken. */
    boolean isConnected() {
        return backend() != null && backend().isConnected() && (!isSecret() || Waits.isConnected(accepted.owner()));
    }

    /** Whether there is TLS on one side at least, so that bytes of sockets are not bytes of the streams. */
    boolean isSecret() {
        return secrets.ofClients() || secrets.ofBackends();
    }

    /** A number that changes with all that happens to the session. */
    long progress() {
        long progress =
                client.opened() + client.sent() + client.received() + (isAccepted() ? 1 : 0) + (report == null ? 0 : 1);
        progress += client.ended() ? 1 : 0;
        progress += client.sawEnd() ? 1 : 0;
        for (SimEndpoint tried : backends) {
            SimSocket socket = tried.socket();
            progress += 1 + socket.written() + socket.arrived() + (socket.ended() ? 1 : 0);
            progress += socket.endReceived() ? 1 : 0;
        }
        return progress;
    }

    int backendPort() {
        SimEndpoint last = backend();
        if (last == null) {
            throw new AssertionError("bytes for a client that has no backend: " + client);
        }
        return Pattern.port(last.socket().local());
    }

    // ---- who it is, and what goes before the bytes that count

    /** Who the client is, as it was announced. */
    SocketAddress source() {
        return opening.source() == null ? client.socket().local() : opening.source();
    }

    /** Whom it has called, as it was announced. */
    SocketAddress destination() {
        return opening.destination() == null ? accepted.localAddress() : opening.destination();
    }

    /** What its backend must get. */
    Stream stream() {
        return new Stream(opening.first(), Pattern.port(client.socket().local()));
    }

    /** Whom it has asked for by TLS, null if nobody. */
    String asksFor() {
        return isFirstSent() ? opening.name() : null;
    }

    /** Whether it has sent all by which a route is chosen. */
    boolean isFirstSent() {
        return client.sent() >= opening.first().length;
    }

    /** The header that must come before that, null if none. */
    Announcement announcement() {
        return edge.sends() == SendProxy.OFF ? null : new Announcement(() -> edge.header(this));
    }

    /** Bytes that the client sends and no backend gets. */
    int ahead() {
        return opening.head().length;
    }

    /** Bytes that a backend gets and the client has not sent. */
    int added() {
        return edge.headerBytes(this);
    }

    /** Bytes of the client that went to a backend. */
    long given(SimEndpoint tried) {
        return Math.max(0, tried.socket().written() - added());
    }

    /** Whether the client's stream has ended before its header was complete. */
    boolean endsInHeader() {
        return accepted.readEnd() && (opening.isCut() || client.opened() < ahead());
    }

    /** Whether everything was read that it has sent, TLS included. */
    boolean isHeard() {
        return client.wire().isFlushed()
                && accepted.socket().bytesRead() == client.socket().written();
    }

    /** Whether all has been read that must be known before a backend is chosen. */
    boolean isDecided() {
        if (secrets.ofClients() && !opening.isCut()) {
            return client.wire().isAgreed();
        }
        boolean whole = accepted.socket().bytesRead() >= ahead() + opening.first().length;
        return accepted.readEnd() || whole && !opening.isCut();
    }

    @Override
    public String toString() {
        return "client " + client + " " + opening + "\n    accepted: " + accepted + "\n    backends: " + backends
                + "\n    report: " + report;
    }
}
