package io.lbkit.core.tls;

import io.lbkit.core.transport.Endpoint;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * The way in: records are read, and opened into the caller's buffer; plaintext that did not fit there is kept, and so is the
 * beginning of a record whose end has not come.
 *
 * <p><em>The end in TLS 1.2.</em> That version has one end for both ways: the JDK's engine, which is right by RFC 5246, 7.2.1,
 * seals nothing more once it has opened the {@code close_notify} of the peer. A peer that ends its stream and goes on reading
 * would lose what is still on its way to it. So an alert of TLS 1.2 is taken for the end as it comes, from its type, which
 * is not encrypted, and opened only when our own stream has ended: see {@link #verifyEnd}.
 *
 * <p>Owned by one event loop.
 */
final class RecordReader {

    private static final int HEADER_BYTES = 5;
    private static final int LENGTH_AT = 3;
    private static final byte ALERT = 21;
    private static final byte HANDSHAKE = 22;

    private final SSLEngine engine;
    private final RecordBuffers buffers;
    private @Nullable ByteBuffer in; // from position to limit: what was read and not opened, at least one byte
    private @Nullable ByteBuffer plain; // from position to limit: what was opened and not delivered, at least one byte
    private boolean inFull; // the last read filled its buffer
    private boolean oneEndForBoth; // TLS 1.2
    private boolean ended;
    private boolean endHeld; // the alert that ended the stream is still in front of what was read
    private boolean engineMustSpeak;

    RecordReader(SSLEngine engine, RecordBuffers buffers) {
        this.engine = engine;
        this.buffers = buffers;
    }

    /** The handshake is done; from now on it is data. */
    void open() {
        oneEndForBoth = !engine.getSession().getProtocol().equals("TLSv1.3");
    }

    /** Whether the peer has ended its stream, and all before it was delivered. */
    boolean isEnded() {
        return ended && plain == null;
    }

    /** Whether {@link #read} has something without asking the network. */
    boolean isPending() {
        return plain != null || ended || hasRecord();
    }

    /** Whether reading made the engine want to say something; asking ends it. */
    boolean takeMustSpeak() {
        boolean must = engineMustSpeak;
        engineMustSpeak = false;
        return must;
    }

    // ---- data

    /**
     * Bytes delivered, {@link Endpoint#NOTHING}, or {@link Endpoint#FAILED} if the stream was cut. If it throws, what was
     * delivered before is in the caller's buffer.
     */
    int read(Endpoint inner, ByteBuffer into) throws SSLException {
        int before = into.position();
        boolean more = true;
        while (into.hasRemaining()
                && !engineMustSpeak) { // what it has to say comes first: a peer may ask for any number
            if (plain != null) {
                deliver(plain, into);
            } else if (ended) {
                break;
            } else if (hasRecord()) {
                openRecord(into);
            } else if (more) {
                int n = fill(inner);
                if (n == Endpoint.ENDED || n == Endpoint.FAILED) {
                    if (into.position() > before) {
                        break; // the network tells again
                    }
                    return Endpoint.FAILED; // there was no close_notify
                }
                more = n > 0 && inFull;
                if (n == Endpoint.NOTHING) {
                    break;
                }
            } else {
                break;
            }
        }
        settle();
        return into.position() - before;
    }

    private void deliver(ByteBuffer from, ByteBuffer into) {
        int n = Math.min(from.remaining(), into.remaining());
        into.put(into.position(), from, from.position(), n).position(into.position() + n);
        from.position(from.position() + n);
        if (!from.hasRemaining()) {
            plain = null;
            buffers.give(from);
        }
    }

    private void openRecord(ByteBuffer into) throws SSLException {
        ByteBuffer from = filled();
        byte type = from.get(from.position());
        if (oneEndForBoth && type == HANDSHAKE) {
            throw new Renegotiation();
        }
        if (oneEndForBoth && type == ALERT && !engine.isOutboundDone()) {
            ended = true;
            endHeld = true;
            return;
        }
        SSLEngineResult result = engine.unwrap(from, into);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            ByteBuffer opened = buffers.takeFor(engine.getSession().getApplicationBufferSize());
            try {
                result = engine.unwrap(from, opened);
            } finally {
                if (opened.flip().hasRemaining()) {
                    plain = opened;
                } else {
                    buffers.give(opened);
                }
            }
        }
        onOpened(result);
        dropIfEmpty(from);
    }

    private void onOpened(SSLEngineResult result) throws SSLException {
        switch (result.getStatus()) {
            case CLOSED -> ended = true;
            case OK -> {
                if (result.bytesConsumed() == 0) {
                    throw new SSLProtocolException("the engine opens no more");
                }
            }
            default -> throw new SSLProtocolException("a whole record, and the engine says " + result.getStatus());
        }
        engineMustSpeak |= !ended && result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
    }

    /** Another handshake on a connection that had one. */
    static final class Renegotiation extends SSLException {
        private static final long serialVersionUID = 1;

        Renegotiation() {
            super("the peer wants another handshake");
        }
    }

    /**
     * Opens the end that was taken on trust, when our own stream has ended: it may be another alert, or be forged, and then
     * this throws. So a session does not end well by a forged end. What a forger gains is that the other side sees an early
     * end first, in TLS 1.2 alone, and a reset after it.
     */
    void verifyEnd() throws SSLException {
        if (endHeld) {
            assert engine.isOutboundDone();
            endHeld = false;
            ByteBuffer from = filled();
            // It has no plaintext for us, but the engine wants as much room as if it had.
            ByteBuffer opened = buffers.takeFor(engine.getSession().getApplicationBufferSize());
            SSLEngineResult result;
            try {
                result = engine.unwrap(from, opened);
            } finally {
                buffers.give(opened);
            }
            if (result.getStatus() != Status.CLOSED) {
                throw new SSLProtocolException("an alert that is no close_notify");
            }
            dropIfEmpty(from);
        }
    }

    // ---- the handshake

    /**
     * Has the engine listen once.
     *
     * @return {@link Endpoint#DONE} if it did, {@link Endpoint#NOTHING} if there is nothing yet, {@link Endpoint#FAILED} if the
     *     peer has left
     */
    int listen(Endpoint inner) throws SSLException {
        while (true) {
            ByteBuffer from = in;
            if (from != null) {
                SSLEngineResult result = engine.unwrap(from, buffers.nothing());
                dropIfEmpty(from);
                if (result.getStatus() == Status.CLOSED) {
                    return Endpoint.FAILED;
                }
                if (result.getStatus() == Status.OK) {
                    return Endpoint.DONE;
                }
            }
            int n = fill(inner);
            if (n <= 0) {
                settle();
                return n == Endpoint.NOTHING ? n : Endpoint.FAILED;
            }
        }
    }

    /** Whether what was read first cannot be the beginning of TLS. */
    boolean isForeign() {
        // After a failure the engine may have taken all there was.
        return in != null && in.hasRemaining() && in.get(in.position()) != HANDSHAKE && in.get(in.position()) != ALERT;
    }

    // ---- small parts

    private boolean hasRecord() {
        ByteBuffer from = in;
        if (from == null || from.remaining() < HEADER_BYTES) {
            return false;
        }
        int length = from.getShort(from.position() + LENGTH_AT) & 0xFFFF;
        // One that is longer than may be is the engine's to refuse, before it fills the buffer.
        return from.remaining() >= HEADER_BYTES + length
                || length > engine.getSession().getPacketBufferSize();
    }

    /** One read, behind what is there. */
    private int fill(Endpoint inner) {
        ByteBuffer into = in == null ? buffers.takeLarge() : buffers.grow(in);
        int n = inner.read(into);
        inFull = !into.hasRemaining();
        if (into.flip().hasRemaining()) {
            in = into;
        } else {
            in = null;
            buffers.give(into);
        }
        return n;
    }

    private ByteBuffer filled() {
        if (in == null) {
            throw new AssertionError("nothing was read");
        }
        return in;
    }

    private void dropIfEmpty(ByteBuffer from) {
        if (!from.hasRemaining() && in == from) {
            in = null;
            buffers.give(from);
        }
    }

    private void settle() {
        if (in != null) {
            in = buffers.fit(in);
        }
    }

    void release() {
        if (in != null) {
            buffers.give(in);
            in = null;
        }
        if (plain != null) {
            buffers.give(plain);
            plain = null;
        }
    }
}
