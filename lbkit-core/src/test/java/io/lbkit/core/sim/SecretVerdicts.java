package io.lbkit.core.sim;

import static io.lbkit.core.sim.Audit.check;
import static io.lbkit.core.sim.Audit.equal;

import io.lbkit.CloseReason;

/**
 * Judges sessions with TLS on one side or both. What sockets carry is sealed there, so bytes are compared where they leave one
 * peer and reach the other.
 */
final class SecretVerdicts {

    private final Simulation simulation;

    SecretVerdicts(Simulation simulation) {
        this.simulation = simulation;
    }

    // ---- while it lives

    /**
     * What one peer has sent has reached the other, if nothing is on the way that could not go on.
     *
     * @param server null if it has not accepted yet
     * @param toBackend whether no limit of bandwidth holds that way
     */
    void moving(Pair pair, SimPeer server, boolean toBackend, boolean toClient) {
        if (server == null || pair.client.isGone() || server.isGone()) {
            return;
        }
        SimSocket ofClient = pair.accepted.socket();
        SimSocket ofBackend = pair.backend().socket();
        if (toBackend) {
            moving(pair, pair.client, ofClient, ofBackend, server);
        }
        if (toClient) {
            moving(pair, server, ofBackend, ofClient, pair.client);
        }
    }

    private static void moving(Pair pair, SimPeer from, SimSocket source, SimSocket sink, SimPeer to) {
        SimSocket there = sink.peer();
        boolean came =
                from.wire().isFlushed() && source.arrived() == from.socket().written();
        boolean gone = sink.writable() && there.arrived() == sink.written();
        boolean taken = there.bytesRead() == there.arrived() && !to.wire().isPending();
        if (came && gone && taken && !source.wasReset() && !sink.wasReset()) {
            equal("bytes that have nothing to wait for", from.sent(), to.received(), pair, "\n", to);
            boolean endCame = from.saidEnd() && source.endReceived();
            check(!endCame || to.sawEnd() || sink.ended(), "an end is not passed on: ", pair, "\n", to);
        }
    }

    // ---- when it has ended

    void toBackend(Pair pair) {
        check(pair.report.bytesToBackend() <= pair.client.sent(), "more than was sent to a backend: ", pair);
    }

    void toClient(Pair pair, SimPeer server) {
        long sent = server == null ? 0 : server.sent();
        check(pair.report.bytesToClient() <= sent, "more than was sent to a client: ", pair);
    }

    /** Whether a backend has had no byte, and was not heard, as far as its own side can tell. */
    boolean isUntouched(SimEndpoint tried) {
        SimPeer server = simulation.peerOf(tried.socket().peer());
        return server == null || server.received() == 0;
    }

    /** Whether no byte has moved for so long, as far as its peers can tell: none was moved before it was sent. */
    boolean isQuiet(Pair pair, SimPeer server, long nanos) {
        return pair.closedAt - movedAt(pair, server) >= nanos;
    }

    /** Whether that is so since one of them has ended its stream. */
    boolean isHalfClosed(Pair pair, SimPeer server, long nanos) {
        long end = Math.min(endAt(pair.client), endAt(server));
        return pair.closedAt - Math.max(end, movedAt(pair, server)) >= nanos;
    }

    private static long endAt(SimPeer peer) {
        return peer != null && peer.saidEnd() ? peer.endedAt() : Long.MAX_VALUE;
    }

    /** Of what a peer has sent the last byte is known to have moved only if all have. */
    private static long movedAt(Pair pair, SimPeer server) {
        boolean ofClient = pair.report.bytesToBackend() == pair.client.sent();
        boolean ofServer = server != null && pair.report.bytesToClient() == server.sent();
        long connected = pair.backend().connectedAt();
        long sent = Math.max(ofClient ? pair.client.sentAt() : 0, ofServer ? server.sentAt() : 0);
        return Math.max(connected, sent);
    }

    boolean isWhole(Pair pair, SimPeer server) {
        return pair.client.saidEnd()
                && server.saidEnd()
                && pair.report.bytesToBackend() == pair.client.sent()
                && pair.report.bytesToClient() == server.sent();
    }

    // ---- when everything has arrived

    void atEnd(Pair pair, SimPeer server) {
        check(server.received() <= pair.report.bytesToBackend(), "more than was delivered: ", pair, "\n", server);
        check(pair.client.received() <= pair.report.bytesToClient(), "more than was delivered: ", pair);
    }

    /** What a side had sent before it was cut has arrived at the other, unless that took too long or it died as well. */
    void resets(Pair pair, SimPeer server, long endingNanos) {
        CloseReason reason = pair.report.reason();
        if (reason == CloseReason.RESET_BY_CLIENT) {
            resets(pair, pair.client, pair.accepted.socket(), server, pair.report.bytesToBackend(), endingNanos);
        } else if (reason == CloseReason.RESET_BY_BACKEND) {
            SimSocket ofBackend = pair.backend().socket();
            resets(pair, server, ofBackend, pair.client, pair.report.bytesToClient(), endingNanos);
        }
    }

    private void resets(Pair pair, SimPeer dead, SimSocket source, SimPeer survivor, long delivered, long endingNanos) {
        check(!survivor.sawEnd() || dead.saidEnd(), "a cut shows as an end: ", pair, "\n", survivor);
        boolean came =
                dead.wire().isFlushed() && source.arrived() == dead.socket().written();
        boolean inTime = pair.closedAt - source.lastByteAt() < endingNanos;
        if (came && inTime && !survivor.aborted() && !survivor.socket().peer().wasReset()) {
            equal("bytes before the cut", dead.sent(), delivered, pair, "\n", survivor);
            check(survivor.socket().wasReset(), "a cut shows as something else: ", pair, "\n", survivor);
        }
    }
}
