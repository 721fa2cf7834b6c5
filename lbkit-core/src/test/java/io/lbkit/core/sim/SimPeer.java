package io.lbkit.core.sim;

import io.lbkit.core.sim.Script.Fault;
import java.nio.ByteBuffer;
import java.util.function.IntSupplier;

/** A client, or a server's end of a connection, that follows its script and checks every byte it gets. */
final class SimPeer {

    private static final int MOST_AT_ONCE = 5000;

    private final SimNetwork network;
    private final SimSocket socket;
    private final Script script;
    private final int port;
    private final IntSupplier sourcePort;
    private final ByteBuffer buffer = ByteBuffer.allocate(MOST_AT_ONCE);
    private long sent;
    private long received;
    private boolean ended;
    private boolean sawEnd;
    private boolean sawReset;
    private boolean aborted;
    private boolean vanished;
    private boolean done;
    private boolean stallBegun;
    private boolean stalled;

    /**
     * @param port whose pattern it sends
     * @param sourcePort whose pattern it must receive; asked when bytes come
     */
    SimPeer(SimNetwork network, SimSocket socket, Script script, int port, IntSupplier sourcePort) {
        this.network = network;
        this.socket = socket;
        this.script = script;
        this.port = port;
        this.sourcePort = sourcePort;
    }

    boolean hasWork() {
        if (done || vanished) {
            return false;
        }
        if (socket.isConnecting()) {
            return faultIsDue();
        }
        return socket.isRefused() || faultIsDue() || canRead() || canWrite() || canEnd() || isFinished();
    }

    void act() {
        if (socket.isRefused()) {
            done = true;
        } else if (faultIsDue()) {
            strike();
        } else if (!socket.isConnecting()) {
            if (network.chance(0.5)) {
                read();
                write();
            } else {
                write();
                read();
            }
            if (canEnd()) {
                ended = true;
                socket.shutdownOutput();
            }
            if (isFinished()) {
                done = true;
                socket.close();
            }
        }
    }

    private boolean faultIsDue() {
        return script.fault() != Fault.NONE && !done && sent + received >= script.faultAt();
    }

    private void strike() {
        if (script.fault() == Fault.VANISH) {
            vanished = true;
            return;
        }
        aborted = true;
        done = true;
        if (script.fault() == Fault.RESET) {
            socket.reset();
        } else {
            socket.close();
        }
    }

    /** Its process is killed with bytes unread. */
    void kill() {
        if (!done) {
            aborted = true;
            done = true;
            socket.reset();
        }
    }

    private boolean canRead() {
        return !sawEnd && !sawReset && !isStalled() && socket.readable();
    }

    private boolean isStalled() {
        if (!stallBegun && script.stallNanos() > 0 && received >= script.stallAt()) {
            stallBegun = true;
            stalled = true;
            if (script.stallNanos() != Long.MAX_VALUE) {
                network.at(network.now() + script.stallNanos(), () -> stalled = false);
            }
        }
        return stalled;
    }

    private boolean canWrite() {
        return !sawReset
                && !ended
                && sent < script.toSend()
                && (received >= script.sendAfter() || sawEnd)
                && !socket.wasReset()
                && socket.writable();
    }

    private boolean canEnd() {
        return !ended
                && !sawReset
                && !script.neverEnds()
                && sent >= script.toSend()
                && (!script.endsSecond() || sawEnd);
    }

    private boolean isFinished() {
        return sawReset || sawEnd && ended;
    }

    private void read() {
        if (!canRead()) {
            return;
        }
        buffer.clear().limit(network.random.nextInt(MOST_AT_ONCE) + 1);
        int n = socket.read(buffer, MOST_AT_ONCE);
        if (n == SimSocket.ENDED) {
            sawEnd = true;
        } else if (n == SimSocket.FAILED) {
            sawReset = true;
        } else if (n > 0) {
            check(buffer.flip());
        }
        network.onMove();
    }

    private void check(ByteBuffer bytes) {
        int source = sourcePort.getAsInt();
        while (bytes.hasRemaining()) {
            byte got = bytes.get();
            if (got != Pattern.at(source, received)) {
                throw new AssertionError("byte " + received + " of the stream of " + source + " is wrong at " + this);
            }
            received++;
        }
    }

    private void write() {
        if (!canWrite()) {
            return;
        }
        int n = network.random.nextInt(Math.min(MOST_AT_ONCE, script.toSend() - (int) sent)) + 1;
        buffer.clear();
        for (int i = 0; i < n; i++) {
            buffer.put(Pattern.at(port, sent + i));
        }
        int written = socket.write(buffer.flip(), n);
        sent += Math.max(0, written);
    }

    SimSocket socket() {
        return socket;
    }

    Script script() {
        return script;
    }

    long sent() {
        return sent;
    }

    long received() {
        return received;
    }

    boolean ended() {
        return ended;
    }

    boolean sawEnd() {
        return sawEnd;
    }

    boolean sawReset() {
        return sawReset;
    }

    /** Whether it left without a proper end. */
    boolean aborted() {
        return aborted;
    }

    /** Whether nothing will come of it any more; nor of one that vanished and was refused. */
    boolean isDone() {
        return done || vanished && socket.isRefused();
    }

    @Override
    public String toString() {
        return "peer sent=" + sent + " received=" + received + (ended ? " ended" : "") + (sawEnd ? " saw-end" : "")
                + (sawReset ? " saw-reset" : "") + (aborted ? " aborted" : "") + (vanished ? " vanished" : "")
                + (stalled ? " stalled" : "") + " " + script + " " + socket;
    }
}
