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
