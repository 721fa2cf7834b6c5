package io.lbkit.core.tls;

import io.lbkit.core.transport.Endpoint;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The way out: plaintext is sealed into records, and records are written. Plaintext counts as written when the system has
 * taken all of its record; until then it stays with the caller, who offers it again, and is owed. So nothing has to be
 * written after the last byte was counted, and a byte is counted if, and only if, a dead peer may have seen it whole.
 *
 * <p>Owned by one event loop.
 */
final class RecordWriter {

    private static final int ONE_RECORD = 1 << 14; // plaintext, RFC 8446, 5.1

    private static final int MOST_RECORDS = 4; // sealed together, which is what a large buffer takes

    private final SSLEngine engine;
    private final RecordBuffers buffers;
    private final int packetBytes;
    private @Nullable ByteBuffer sealed; // from position to limit: what is still to be written, at least one byte
    private int owedBytes; // at the beginning of what is offered next, sealed already
    private int dueBytes; // those of them whose records are written
    private final int[] sealedEnds = new int[MOST_RECORDS]; // of the records sealed together: where each of them ends
    private final int[] plainEnds = new int[MOST_RECORDS]; // and the bytes in it
    private int records;
    private int recordsWritten;
    private int sealedWritten;
    private boolean mustSpeak;
    private boolean failed;

    RecordWriter(SSLEngine engine, RecordBuffers buffers) {
        this.engine = engine;
        this.buffers = buffers;
        this.packetBytes = engine.getSession().getPacketBufferSize();
    }

    /** Says something in the clear before everything else. */
    void preface(byte[] bytes) {
        if (bytes.length > 0) {
            sealed = buffers.takeFor(bytes.length).put(bytes).flip();
        }
    }

    /** Whether all that was sealed is written, and the engine has nothing more to say. */
    boolean isEmpty() {
        return sealed == null && !mustSpeak;
    }

    /** Whether somebody is still to be told that his bytes were written. */
    boolean owes() {
        return owedBytes > 0;
    }

    /** Whether nothing can be written any more. */
    boolean hasFailed() {
        return failed;
    }

    /** The engine wants to say something on its own account. */
    void mustSpeak() {
        mustSpeak = true;
    }

    /** Writes what is sealed, and what the engine has to say: DONE, NOTHING or FAILED. */
    int flush(Endpoint inner) throws SSLException {
        while (true) {
            ByteBuffer out = sealed;
            if (out != null) {
                int n = failed ? Endpoint.FAILED : inner.write(out);
                if (n == Endpoint.FAILED) {
                    failed = true;
                    return Endpoint.FAILED;
                }
                onWritten(n);
                if (out.hasRemaining()) {
                    if (n > 0) {
                        sealed = buffers.fit(out);
                    }
                    return Endpoint.NOTHING;
                }
                sealed = null;
                buffers.give(out);
            }
            if (!mustSpeak) {
                return Endpoint.DONE;
            }
            speak();
        }
    }

    private void onWritten(int bytes) {
        sealedWritten += bytes;
        while (recordsWritten < records && sealedEnds[recordsWritten] <= sealedWritten) {
            dueBytes += plainEnds[recordsWritten] - (recordsWritten == 0 ? 0 : plainEnds[recordsWritten - 1]);
            recordsWritten++;
        }
    }

    private void speak() throws SSLException {
        ByteBuffer out = buffers.takeFor(packetBytes);
        SSLEngineResult result;
        try {
            result = engine.wrap(buffers.nothing(), out);
        } catch (SSLException | RuntimeException e) {
            buffers.give(out);
            mustSpeak = false;
            throw e;
        }
        keep(out);
        // Without a byte there is nothing more to say, whatever the status; asking again would go on for ever.
        mustSpeak = result.bytesProduced() > 0 && result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
    }

    private void keep(ByteBuffer out) {
        if (out.flip().hasRemaining()) {
            sealed = out;
        } else {
            buffers.give(out);
        }
    }

    /** Bytes written, {@link Endpoint#NOTHING} or {@link Endpoint#FAILED}. */
    int write(Endpoint inner, ByteBuffer from) throws SSLException {
        int written = 0;
        while (true) {
            int flushed = flush(inner);
            from.position(from.position() + dueBytes);
            written += dueBytes;
            owedBytes -= dueBytes;
            dueBytes = 0;
            if (flushed != Endpoint.DONE) {
                return flushed == Endpoint.FAILED && written == 0 ? Endpoint.FAILED : written;
            }
            if (!from.hasRemaining()) {
                return written;
            }
            seal(from);
        }
    }

    private void seal(ByteBuffer from) throws SSLException {
        int start = from.position();
        records = 0;
        recordsWritten = 0;
        sealedWritten = 0;
        ByteBuffer out = from.remaining() <= ONE_RECORD ? buffers.takeFor(packetBytes) : buffers.takeLarge();
        try {
            SSLEngineResult result;
            do {
                result = engine.wrap(from, out);
                if (result.getStatus() == Status.CLOSED
                        || result.getStatus() == Status.OK && result.bytesConsumed() + result.bytesProduced() == 0) {
                    throw new SSLException("the engine seals no more");
                }
                sealedEnds[records] = out.position();
                plainEnds[records] = from.position() - start;
                records++;
            } while (result.getStatus() == Status.OK
                    && from.hasRemaining()
                    && records < MOST_RECORDS
                    && out.remaining() >= packetBytes);
        } finally {
            owedBytes = from.position() - start;
            from.position(start);
            keep(out);
        }
    }

    void release() {
        if (sealed != null) {
            buffers.give(sealed);
            sealed = null;
        }
        mustSpeak = false;
        owedBytes = 0;
        dueBytes = 0;
    }
}
