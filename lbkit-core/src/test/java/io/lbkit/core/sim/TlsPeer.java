package io.lbkit.core.sim;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/** The other end of a TLS connection: the JDK's engine over a simulated socket, with large buffers and no cleverness. */
final class TlsPeer {

    private static final int AT_ONCE = 1 << 16;

    private final SimSocket socket;
    private final SSLEngine engine;
    private final int port;
    private final int sourcePort;
    private final ByteBuffer in = ByteBuffer.allocate(1 << 17);
    private final ByteBuffer out = ByteBuffer.allocate(1 << 18);
    private final ByteBuffer plain = ByteBuffer.allocate(1 << 15);
    private final ArrayDeque<byte[]> raw = new ArrayDeque<>();
    private long toSend;
    private long sent;
    private long received;
    private boolean endsWhenSent;
    private boolean endsWhenEnded;
    private boolean reading = true;
    private boolean begun;
    private boolean ended;
    private boolean sawEnd;
    private boolean sawCut;
    private boolean sawReset;
    private SSLException broken;

    TlsPeer(SimSocket socket, SSLEngine engine, int port, int sourcePort) {
        this.socket = socket;
        this.engine = engine;
        this.port = port;
        this.sourcePort = sourcePort;
    }

    TlsPeer sends(long bytes) {
        toSend += bytes;
        return this;
    }

    TlsPeer ends() {
        endsWhenSent = true;
        return this;
    }

    TlsPeer endsAfterTheOther() {
        endsWhenEnded = true;
        return this;
    }

    TlsPeer reads(boolean on) {
        reading = on;
        return this;
    }

    /** Bytes that no engine has sealed. */
    TlsPeer says(byte[] bytes) {
        raw.add(bytes);
        return this;
    }

    /** Does what there is to do; false if there was nothing. */
    boolean act() throws SSLException {
        if (socket.isConnecting() || socket.isClosed() || broken != null) {
            return false;
        }
        boolean acted = flush();
        try {
            if (!begun) {
                begun = true;
                engine.beginHandshake();
            }
            acted |= reading && listen();
            acted |= speak();
        } catch (SSLException e) {
            broken = e;
            speakLast();
        }
        return flush() || acted;
    }

    private boolean listen() throws SSLException {
        boolean acted = false;
        int n = in.hasRemaining() && !sawCut && !sawReset ? socket.read(in, in.remaining()) : 0;
        acted |= n > 0;
        if (n == SimSocket.ENDED) {
            sawCut = !sawEnd;
        }
        sawReset |= n == SimSocket.FAILED;
        in.flip();
        while (in.hasRemaining() && !engine.isInboundDone()) {
            runTasks();
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !handshakeDone()) {
                break;
            }
            SSLEngineResult result = engine.unwrap(in, plain.clear());
            check(plain.flip());
            runTasks();
            if (result.getStatus() == Status.CLOSED) {
                sawEnd = true;
                sawCut = false;
            }
            if (result.bytesConsumed() == 0) {
                break;
            }
            acted = true;
        }
        in.compact();
        return acted;
    }

    private boolean handshakeDone() {
        return !engine.getSession().getProtocol().equals("NONE");
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    private void check(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (bytes.get() != Pattern.at(sourcePort, received)) {
                throw new AssertionError("byte " + received + " is wrong");
            }
            received++;
        }
    }

    private boolean speak() throws SSLException {
        boolean acted = false;
        while (!raw.isEmpty() && out.remaining() > raw.peek().length) {
            out.put(raw.remove());
            acted = true;
        }
        HandshakeStatus status = engine.getHandshakeStatus();
        while (status == HandshakeStatus.NEED_WRAP && out.remaining() > 20_000) {
            acted |= engine.wrap(ByteBuffer.allocate(0), out).bytesProduced() > 0;
            runTasks();
            status = engine.getHandshakeStatus();
        }
        if (status != HandshakeStatus.NOT_HANDSHAKING || !handshakeDone()) {
            return acted;
        }
        while (sent < toSend && out.remaining() > 2 * AT_ONCE && !ended) {
            byte[] some = new byte[(int) Math.min(AT_ONCE / 4, toSend - sent)];
            for (int i = 0; i < some.length; i++) {
                some[i] = Pattern.at(port, sent + i);
            }
            SSLEngineResult result = engine.wrap(ByteBuffer.wrap(some), out);
            sent += result.bytesConsumed();
            acted = true;
            if (result.bytesConsumed() == 0) {
                break;
            }
        }
        if (!ended && sent == toSend && (endsWhenSent || endsWhenEnded && sawEnd)) {
            end();
            acted = true;
        }
        return acted;
    }

    private void end() throws SSLException {
        ended = true;
        engine.closeOutbound();
        while (!engine.isOutboundDone()
                && engine.wrap(ByteBuffer.allocate(0), out).bytesProduced() > 0) {}
    }

    private void speakLast() throws SSLException {
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            engine.wrap(ByteBuffer.allocate(0), out);
        }
    }

    /** Has the engine take new keys for what it sends, and ask for the same of the other (RFC 8446, 4.6.3). */
    void updateKeys() throws SSLException {
        engine.beginHandshake();
        speak();
    }

    private boolean flush() {
        out.flip();
        int n = out.hasRemaining() ? socket.write(out, out.remaining()) : 0;
        out.compact();
        return n > 0;
    }

    SimSocket socket() {
        return socket;
    }

    SSLEngine engine() {
        return engine;
    }

    boolean isAgreed() {
        return handshakeDone() && engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
    }

    long sent() {
        return sent;
    }

    long received() {
        return received;
    }

    /** A close_notify has come. */
    boolean sawEnd() {
        return sawEnd;
    }

    /** The stream ended, and no close_notify had come. */
    boolean sawCut() {
        return sawCut || sawReset && !sawEnd;
    }

    /** What its engine threw, or null. */
    SSLException broken() {
        return broken;
    }
}
