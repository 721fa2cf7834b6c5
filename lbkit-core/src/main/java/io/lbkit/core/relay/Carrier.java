package io.lbkit.core.relay;

import io.lbkit.core.transport.Endpoint;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way from one endpoint to another, in a buffer that is borrowed while there are any.
 *
 * <p>Owned by one event loop.
 */
final class Carrier {

    private final BufferPool buffers;
    private @Nullable ByteBuffer buffer; // from position to limit: the bytes carried, at least one

    Carrier(BufferPool buffers) {
        this.buffers = buffers;
    }

    boolean isEmpty() {
        return buffer == null;
    }

    int size() {
        return buffer == null ? 0 : buffer.remaining();
    }

    /** Whether more bytes fit behind those carried. */
    boolean hasRoom() {
        return buffer == null || buffer.limit() < buffer.capacity();
    }

    /** Whether there is no room, or was none after the last {@link #fill}: a sign that the source has more. */
    boolean isFull() {
        return !hasRoom();
    }

    /** One read. The outcome is that of {@link Endpoint#read}. */
    int fill(Endpoint source) {
        return fill(source, Integer.MAX_VALUE);
    }

    /** One read, so that no more is carried than some number of bytes. */
    int fill(Endpoint source, int most) {
        ByteBuffer into = buffer;
        if (into == null) {
            into = buffers.takeLargest();
            into.limit(Math.min(into.capacity(), most));
            int n = source.read(into);
            if (n > 0) {
                buffer = into.flip();
            } else {
                buffers.give(into);
            }
            return n;
        }
        int from = into.position();
        int end = into.limit();
        into.limit((int) Math.min(into.capacity(), (long) from + most)).position(end);
        int n = source.read(into);
        into.limit(into.position()).position(from);
        return n;
    }

    /** How much it carries at most when it is filled before there is a sink: whatever is put before that needs room, too. */
    int mostBehind(int before) {
        return buffers.largest() - before;
    }

    /** Moves to a larger buffer if there is no room; less than the largest takes is carried. */
    void makeRoom() {
        if (buffer != null && !hasRoom()) {
            buffer = buffers.enlarge(buffer);
        }
    }

    /** Puts bytes before those carried. There is room if no more than {@link #mostBehind} are. */
    void prepend(byte[] bytes) {
        ByteBuffer both = buffers.takeLargest().put(bytes);
        if (buffer != null) {
            both.put(buffer);
            buffers.give(buffer);
        }
        buffer = both.flip();
    }

    /** Drops the first of the bytes carried. */
    void skip(int bytes) {
        ByteBuffer from = peek();
        from.position(from.position() + bytes);
        if (!from.hasRemaining()) {
            release();
        }
    }

    /** The bytes carried, to be looked at and left as they are; there are some. */
    ByteBuffer peek() {
        if (buffer == null) {
            throw new AssertionError("nothing is carried");
        }
        return buffer;
    }

    /** One write. Bytes written, or {@link Endpoint#FAILED}; the bytes that are left stay. */
    int drain(Endpoint sink) {
        ByteBuffer from = buffer;
        if (from == null) {
            return 0;
        }
        int n = sink.write(from);
        if (!from.hasRemaining()) {
            release();
        }
        return n;
    }

    /** Keeps what is carried in the smallest buffer that takes it, because it has to wait. */
    void settle() {
        if (buffer != null) {
            buffer = buffers.fit(buffer);
        }
    }

    /** Drops what is carried. */
    void release() {
        if (buffer != null) {
            buffers.give(buffer);
            buffer = null;
        }
    }
}
