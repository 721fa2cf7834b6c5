package io.lbkit.core.sim;

import io.lbkit.SessionReport;
import java.util.ArrayList;
import java.util.List;

/** What the network knows of one session: the client's connection, and those that the proxy made for it. */
final class Pair {

    final SimPeer client;
    final List<SimEndpoint> backends = new ArrayList<>();
    SimEndpoint accepted;
    long acceptedAt;
    SessionReport report;
    long closedAt;

    Pair(SimPeer client) {
        this.client = client;
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

    /** A number that changes with all that happens to the session. */
    long progress() {
        long progress = client.sent() + client.received() + (isAccepted() ? 1 : 0) + (report == null ? 0 : 1);
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

    @Override
    public String toString() {
        return "client " + client + "\n    accepted: " + accepted + "\n    backends: " + backends + "\n    report: "
                + report;
    }
}
