package io.lbkit.core.sim;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * TLS of a peer in the simulation, by the JDK's engine over a simulated socket. Its stream ends by a {@code close_notify}; one
 * that ends without was cut, which is told as a failure.
 */
final class TlsWire implements Wire {

    private static final int ROOM = 40_000; // for two of the longest records
    private static final int MOST_IN_RECORD = 1 << 14;
    private static final int RECORD_HEAD = 5;
    private static final int ALERT = 21;

    private final SimSocket socket;
    private final SSLEngine engine;
    private final Announcement header;
    private final ByteBuffer in = ByteBuffer.allocate(ROOM);
    private final ByteBuffer out = ByteBuffer.allocate(ROOM);
    private final ByteBuffer plain = ByteBuffer.allocate(ROOM).flip();
    private int rawLeft;
    private boolean begun;
    private boolean agreed;
    private boolean more; // records that were not opened yet, because of the one before
    private boolean over; // the socket has nothing more
    private boolean sawEnd;
    private boolean failed;
    private boolean endSaid;
    private boolean shut;
    private long shaken;

    /**
     * @param raw so many bytes go before TLS, as they are
     * @param header comes before TLS, null if none does
     */
    TlsWire(SimSocket socket, SSLEngine engine, int raw, Announcement header) {
        this.socket = socket;
        this.engine = engine;
        this.rawLeft = raw;
        this.header = header;
    }

    // ---- on its own account

    @Override
    public boolean hasWork() {
        if (failed || socket.isConnecting() || socket.isRefused() || socket.isClosed()) {
            return false;
        }
        boolean mayBegin = !begun && rawLeft == 0;
        boolean mayShake = begun && !agreed && !sawEnd && socket.readable();
        return mayBegin || mayShake || out.position() > 0 && socket.writable();
    }

    @Override
    public void act() {
        if (hasWork()) {
            try {
                if (!begun && rawLeft == 0) {
                    begun = true;
                    engine.beginHandshake();
                    speak();
                }
                if (!agreed) {
                    listen();
                }
                flush();
            } catch (SSLException e) {
                onBroken(e);
            }
        }
    }

    /** The other side may say that it has failed; anything else is somebody's fault. */
    private void onBroken(SSLException e) {
        if (!String.valueOf(e.getMessage()).contains("Received fatal alert")) {
            throw new AssertionError("TLS is broken at " + socket, e);
        }
        failed = true;
    }

    private void listen() throws SSLException {
        int n = in.hasRemaining() && !over ? socket.read(in, in.remaining()) : 0;
        over |= n < 0;
        open();
        noteShaken();
        failed |= over && !sawEnd && !plain.hasRemaining();
    }

    private void noteShaken() {
        if (!agreed) {
            shaken = socket.bytesRead() + socket.written();
            agreed = engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
                    && !engine.getSession().getProtocol().equals("NONE");
        }
    }

    /** Opens records until there is plaintext, or no whole one. */
    private void open() throws SSLException {
        more = true;
        while (more && !plain.hasRemaining()) {
            noteShaken();
            in.flip();
            if (header != null && !header.isComplete()) {
                header.take(in);
            }
            boolean ours = begun && (header == null || header.isComplete());
            int consumed = 0;
            if (ours && isEndToKeep()) {
                sawEnd = true;
            } else if (ours && !sawEnd) {
                SSLEngineResult result = engine.unwrap(in, plain.clear());
                plain.flip();
                sawEnd |= result.getStatus() == Status.CLOSED;
                consumed = result.bytesConsumed();
            }
            in.compact();
            more = speak() || consumed > 0;
        }
    }

    /**
     * The JDK's engine seals nothing more in TLS 1.2 once it has opened the end of the other side, so that is put off until our
     * own end is said.
     */
    private boolean isEndToKeep() {
        return agreed
                && !endSaid
                && engine.getSession().getProtocol().equals("TLSv1.2")
                && in.remaining() >= RECORD_HEAD
                && in.get(in.position()) == ALERT
                && in.remaining() >= RECORD_HEAD + in.getShort(in.position() + RECORD_HEAD - 2);
    }

    /** Computes, and seals what the engine has to say; true if it had to. */
    private boolean speak() throws SSLException {
        boolean acted = false;
        boolean again = true;
        while (again) {
            for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                task.run();
                acted = true;
            }
            again = engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                    && out.remaining() > ROOM / 2
                    && engine.wrap(ByteBuffer.allocate(0), out).bytesProduced() > 0;
            acted |= again;
        }
        return acted;
    }

    private void flush() {
        if (out.position() > 0) {
            out.flip();
            failed |= socket.write(out, out.remaining()) == SimSocket.FAILED;
            out.compact();
        }
        if (endSaid && out.position() == 0 && !shut) {
            shut = true;
            socket.shutdownOutput();
        }
        noteShaken();
    }

    // ---- for its owner

    @Override
    public boolean readable() {
        return plain.hasRemaining() || sawEnd || failed || more || socket.readable();
    }

    @Override
    public int read(ByteBuffer into, int most) {
        try {
            if (!plain.hasRemaining() && !sawEnd && !failed) {
                act();
                listen();
                flush();
            }
        } catch (SSLException e) {
            onBroken(e);
        }
        int n = Math.min(Math.min(most, into.remaining()), plain.remaining());
        if (n > 0) {
            into.put(plain.slice(plain.position(), n));
            plain.position(plain.position() + n);
            return n;
        }
        return plain.hasRemaining() ? 0 : sawEnd ? SimSocket.ENDED : failed ? SimSocket.FAILED : 0;
    }

    @Override
    public boolean writable() {
        return socket.writable() && (rawLeft > 0 || agreed && !failed && out.position() == 0);
    }

    @Override
    public int write(ByteBuffer from, int most) {
        if (rawLeft > 0) {
            int n = socket.write(from, Math.min(most, rawLeft));
            rawLeft -= Math.max(0, n);
            return n;
        }
        if (!writable()) {
            return 0;
        }
        ByteBuffer some = from.slice(from.position(), Math.min(Math.min(most, from.remaining()), MOST_IN_RECORD));
        try {
            engine.wrap(some, out);
        } catch (SSLException e) {
            onBroken(e);
        }
        from.position(from.position() + some.position());
        flush();
        return some.position();
    }

    @Override
    public boolean mayEnd() {
        return agreed && rawLeft == 0;
    }

    @Override
    public void shutdownOutput() {
        endSaid = true;
        engine.closeOutbound();
        try {
            speak();
        } catch (SSLException e) {
            onBroken(e);
        }
        flush();
    }

    @Override
    public boolean isFlushed() {
        return out.position() == 0;
    }

    @Override
    public boolean isPending() {
        return plain.hasRemaining() || more;
    }

    @Override
    public boolean isSecret() {
        return true;
    }

    @Override
    public boolean isAgreed() {
        return agreed;
    }

    @Override
    public long shaken() {
        return shaken;
    }
}
