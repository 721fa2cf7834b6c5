package io.lbkit.core.sim;

import io.lbkit.core.sim.Script.Fault;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/** A client, or a server's end of a connection, that follows its script and checks every byte it gets. */
final class SimPeer {

    private static final int MOST_AT_ONCE = 5000;

    private final SimNetwork network;
    private final SimSocket socket;
    private final Wire wire;
    private final Script script;
    private final Opening opening;
    private final Stream own;
    private final Supplier<Stream> source;
    private final Announcement header;
    private final ByteBuffer buffer = ByteBuffer.allocate(MOST_AT_ONCE);
    private int opened; // bytes of the head
    private boolean drips;
    private long sent;
    private long received;
    private long sentAt = -1;
    private boolean ended;
    private long endedAt = -1;
    private boolean sawEnd;
    private boolean sawReset;
    private boolean aborted;
    private boolean vanished;
    private boolean done;
    private boolean stallBegun;
    private boolean stalled;

    /**
     * @param wire what it speaks through
     * @param opening how it begins
     * @param own what it sends
     * @param source what it must receive; asked when bytes come
     * @param header what must come before that, null if nothing
     */
    SimPeer(
            SimNetwork network,
            SimSocket socket,
            Wire wire,
            Script script,
            Opening opening,
            Stream own,
            Supplier<Stream> source,
            Announcement header) {
        this.network = network;
        this.socket = socket;
        this.wire = wire;
        this.script = script;
        this.opening = opening;
        this.own = own;
        this.source = source;
        this.header = header;
    }

    boolean hasWork() {
        if (done || vanished) {
            return false;
        }
        if (socket.isConnecting()) {
            return faultIsDue();
        }
        return socket.isRefused()
                || faultIsDue()
                || wire.hasWork()
                || canRead()
                || canWrite()
                || canEnd()
                || isFinished();
    }

    void act() {
        if (socket.isRefused()) {
            done = true;
        } else if (faultIsDue()) {
            strike();
        } else if (!socket.isConnecting()) {
            wire.act();
            if (network.chance(0.5)) {
                read();
                write();
            } else {
                write();
                read();
            }
            if (canEnd()) {
                ended = true;
                endedAt = network.now();
                wire.shutdownOutput();
            }
            if (isFinished()) {
                done = true;
                socket.close();
            }
        }
    }

    private boolean faultIsDue() {
        return script.fault() != Fault.NONE && !done && opened + sent + received + wire.shaken() >= script.faultAt();
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
        return !sawEnd && !sawReset && !isStalled() && wire.readable();
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
                && !drips
                && (isOpening() || sent < script.toSend())
                && (received >= script.sendAfter() || sawEnd)
                && !socket.wasReset()
                && wire.writable();
    }

    private boolean isOpening() {
        return opened < opening.head().length;
    }

    private boolean canEnd() {
        return !ended
                && !sawReset
                && !script.neverEnds()
                && !isOpening()
                && wire.mayEnd()
                && sent >= script.toSend()
                && (!script.endsSecond() || sawEnd);
    }

    private boolean isFinished() {
        return sawReset || sawEnd && ended && wire.isFlushed();
    }

    private void read() {
        if (!canRead()) {
            return;
        }
        buffer.clear().limit(network.random.nextInt(MOST_AT_ONCE) + 1);
        int n = wire.read(buffer, MOST_AT_ONCE);
        if (n == SimSocket.ENDED) {
            sawEnd = true;
            boolean early = header != null && !header.isComplete() && socket.endReceived();
            Audit.check(!early, "an end before the header is complete: ", this);
        } else if (n == SimSocket.FAILED) {
            sawReset = true;
        } else if (n > 0) {
            check(buffer.flip());
        }
        network.onMove();
    }

    private void check(ByteBuffer bytes) {
        if (header != null) {
            header.take(bytes);
        }
        Stream stream = source.get();
        while (bytes.hasRemaining()) {
            byte got = bytes.get();
            if (got != stream.at(received)) {
                throw new AssertionError(
                        "byte " + received + " of the stream of " + stream.port() + " is wrong at " + this);
            }
            received++;
        }
    }

    private void write() {
        if (!canWrite()) {
            return;
        }
        int ofHead = opening.head().length - opened;
        int left = ofHead + script.toSend() - (int) sent;
        boolean slow = opening.dripNanos() > 0 && (ofHead > 0 || sent < opening.first().length);
        int n = slow ? 1 : network.random.nextInt(Math.min(MOST_AT_ONCE, left)) + 1;
        buffer.clear();
        for (int i = 0; i < n; i++) {
            buffer.put(i < ofHead ? opening.head()[opened + i] : own.at(sent + i - ofHead));
        }
        int written = Math.max(0, wire.write(buffer.flip(), n));
        opened += Math.min(written, ofHead);
        if (written > ofHead) {
            sent += written - ofHead;
            sentAt = network.now();
        }
        if (slow && written > 0) {
            drips = true;
            network.at(network.now() + opening.dripNanos(), () -> drips = false);
        }
    }

    SimSocket socket() {
        return socket;
    }

    Wire wire() {
        return wire;
    }

    Script script() {
        return script;
    }

    /** Bytes of what goes before the rest. */
    int opened() {
        return opened;
    }

    long sent() {
        return sent;
    }

    /** When it last sent one of them, or -1. */
    long sentAt() {
        return sentAt;
    }

    long received() {
        return received;
    }

    boolean ended() {
        return ended;
    }

    /** Whether its stream looks ended to the other side, or will: a plain one does after any close in order. */
    boolean saidEnd() {
        return ended || !wire.isSecret() && socket.ended();
    }

    /** When it ended its stream, or -1 if it did not, or only by a close. */
    long endedAt() {
        return endedAt;
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

    /** Whether it does nothing any more, for whatever reason. */
    boolean isGone() {
        return done || vanished;
    }

    /** Whether nothing will come of it any more; nor of one that vanished and was refused. */
    boolean isDone() {
        return done || vanished && socket.isRefused();
    }

    @Override
    public String toString() {
        return "peer opened=" + opened + " sent=" + sent + " received=" + received + (ended ? " ended" : "")
                + (sawEnd ? " saw-end" : "")
                + (sawReset ? " saw-reset" : "") + (aborted ? " aborted" : "") + (vanished ? " vanished" : "")
                + (stalled ? " stalled" : "") + " " + script + " " + socket;
    }
}
