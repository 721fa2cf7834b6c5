package io.lbkit.core.sim;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * One end of a connection as the kernel keeps it, with the habits of Linux and the JDK that matter to a relay:
 *
 * <ul>
 *   <li>bytes that arrived before a reset can still be read after it;
 *   <li>the error of a reset is told once, to whoever asks first: after a failed write, reads end like a clean stream;
 *   <li>an orderly close with unread input sends a reset, and so does whatever arrives after a close;
 *   <li>shutting the output of a dead socket succeeds;
 *   <li>a reset drops what the peer's system has not taken.
 * </ul>
 */
final class SimSocket {

    static final int NOTHING = 0;
    static final int ENDED = -1;
    static final int FAILED = -2;

    private enum Link {
        CONNECTING,
        REFUSED,
        CONNECTED
    }

    private final SimNetwork network;
    private final SocketAddress local;
    private final SocketAddress remote;
    private final Bytes unsent;
    private final Bytes received;
    private SimSocket peer;
    private Link link = Link.CONNECTING;
    private long delayNanos;
    private long lastArrival;
    private int inFlight; // bytes, and 1 for a FIN
    private int onTheWay; // segments
    private boolean endWanted;
    private boolean endSent;
    private boolean endReceived;
    private boolean resetSent;
    private boolean resetReceived;
    private long resetAt = -1;
    private boolean errorWaits;
    private boolean errorRead;
    private boolean lost;
    private boolean closed;
    private long written;
    private int writes;
    private long arrived;
    private long read;
    private long lastByteAt;
    private Runnable onChange = () -> {};

    SimSocket(SimNetwork network, SocketAddress local, SocketAddress remote, int bufferBytes) {
        this.network = network;
        this.local = local;
        this.remote = remote;
        this.unsent = new Bytes(bufferBytes);
        this.received = new Bytes(bufferBytes);
    }

    static void join(SimSocket from, SimSocket accepted, long delayNanos) {
        from.peer = accepted;
        accepted.peer = from;
        from.delayNanos = delayNanos;
        accepted.delayNanos = delayNanos;
        accepted.link = Link.CONNECTED;
    }

    /** Whoever holds it is told when what can be seen of it may have changed, other than by the holder's own reads and writes. */
    void watch(Runnable onChange) {
        this.onChange = onChange;
    }

    // ---- what its owner may do

    boolean isConnecting() {
        return link == Link.CONNECTING;
    }

    boolean isRefused() {
        return link == Link.REFUSED;
    }

    int read(ByteBuffer into, int most) {
        int n = Math.min(Math.min(most, into.remaining()), received.size());
        if (n > 0) {
            received.takeInto(into, n);
            read += n;
            touch();
            peer.push(); // the window is open again
            return n;
        }
        if (endReceived) {
            return ENDED;
        }
        if (errorWaits || errorRead) {
            errorWaits = false;
            errorRead = true;
            return FAILED;
        }
        return resetReceived ? ENDED : NOTHING;
    }

    int write(ByteBuffer from, int most) {
        if (resetReceived || endWanted || link != Link.CONNECTED) {
            errorWaits = false;
            return FAILED;
        }
        int n = Math.min(Math.min(most, from.remaining()), unsent.room());
        if (n > 0) {
            unsent.put(from, n);
            written += n;
            writes++;
            touch();
            push();
        }
        return n;
    }

    void shutdownOutput() {
        if (!endWanted) {
            endWanted = true;
            onChange.run();
            push();
        }
    }

    void close() {
        if (closed) {
            return;
        }
        if (link != Link.CONNECTED || !received.isEmpty()) {
            reset();
            return;
        }
        closed = true;
        network.onMove();
        shutdownOutput();
    }

    void reset() {
        if (closed) {
            return;
        }
        closed = true;
        network.onMove();
        sendReset();
    }

    // ---- what can be seen

    boolean readable() {
        return !received.isEmpty() || endReceived || resetReceived;
    }

    boolean writable() {
        return unsent.room() > 0 || resetReceived || endWanted;
    }

    /** The peer's system has it all, as nearly as this one can tell, or never will. */
    boolean flushed() {
        return resetReceived || unsent.size() <= network.restBytes() && inFlight == 0 && (endSent || !endWanted);
    }

    boolean isClosed() {
        return closed;
    }

    boolean wasReset() {
        return resetReceived;
    }

    /** When a reset arrived here, or -1. */
    long resetAt() {
        return resetAt;
    }

    boolean endReceived() {
        return endReceived;
    }

    /** Whether its owner has ended the stream in an orderly way. */
    boolean ended() {
        return endWanted;
    }

    SimSocket peer() {
        return peer;
    }

    SocketAddress local() {
        return local;
    }

    SocketAddress remote() {
        return remote;
    }

    /** Bytes its owner has written. */
    long written() {
        return written;
    }

    /** Bytes that have come in. */
    long arrived() {
        return arrived;
    }

    /** How many writes of the other end its bytes came by. */
    int writesOfPeer() {
        return peer.writes;
    }

    /** Bytes its owner has read. */
    long bytesRead() {
        return read;
    }

    /** When its owner last read or wrote a byte. */
    long lastByteAt() {
        return lastByteAt;
    }

    // ---- the network's side

    void onConnected() {
        if (link == Link.CONNECTING && !closed) {
            link = Link.CONNECTED;
            onMove();
        }
    }

    void onRefused() {
        if (link == Link.CONNECTING && !closed) {
            link = Link.REFUSED;
            onMove();
        }
    }

    private void onMove() {
        network.onMove();
        onChange.run();
    }

    private void touch() {
        lastByteAt = network.now();
        network.onMove();
    }

    /** Sends what the peer's window takes, then the end. */
    private void push() {
        if (peer == null || resetSent || resetReceived) {
            return;
        }
        while (!unsent.isEmpty()) {
            int n = Math.min(unsent.size(), peer.received.room() - inFlight);
            if (n <= 0) {
                return;
            }
            byte[] segment = unsent.take(network.random.nextInt(n) + 1);
            inFlight += segment.length;
            onChange.run();
            send(() -> onSegmentArrived(segment));
        }
        if (endWanted && !endSent) {
            endSent = true;
            inFlight++;
            send(this::onEndArrived);
        }
    }

    private void send(Runnable arrival) {
        lastArrival = Math.max(lastArrival, network.now() + delayNanos);
        if (delayNanos == 0 && lastArrival == network.now() && onTheWay == 0) {
            arrival.run();
        } else {
            onTheWay++;
            network.at(lastArrival, () -> {
                onTheWay--;
                arrival.run();
            });
        }
    }

    private void onSegmentArrived(byte[] segment) {
        inFlight -= segment.length;
        onChange.run();
        if (lost || peer.resetReceived) {
            return;
        }
        if (peer.closed) {
            peer.sendReset();
            return;
        }
        peer.received.put(segment);
        peer.arrived += segment.length;
        peer.onMove();
    }

    private void onEndArrived() {
        inFlight--;
        onChange.run();
        if (!lost && !peer.resetReceived && !peer.resetSent) {
            peer.endReceived = true;
            peer.onMove();
        }
    }

    private void sendReset() {
        if (resetSent || resetReceived) {
            return;
        }
        resetSent = true;
        unsent.clear();
        lost = network.style().losesInFlight() && network.chance(0.5);
        if (peer != null) {
            send(peer::onResetArrived);
        }
    }

    private void onResetArrived() {
        if (!resetReceived && !resetSent) {
            resetReceived = true;
            resetAt = network.now();
            errorWaits = !endReceived;
            unsent.clear();
            onMove();
        }
    }

    @Override
    public String toString() {
        return local + "->" + remote + " " + link + (closed ? " closed" : "") + " written=" + written + " unsent="
                + unsent.size() + " in-flight=" + inFlight + " arrived=" + arrived + " read=" + read
                + (endWanted ? " end" : "") + (endReceived ? " end-received" : "") + (resetSent ? " reset-sent" : "")
                + (resetReceived ? " reset-received" : "");
    }
}
