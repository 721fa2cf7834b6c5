package io.lbkit.core.tls;

import io.lbkit.core.observe.LoopCounters;
import io.lbkit.core.observe.LoopCounters.Count;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The direct buffers for records of a loop, in two sizes: a large one to read into and to seal into, a small one for what
 * has to wait and fits. A buffer is out only while it holds bytes, so that an idle connection has none.
 *
 * <p>Owned by one event loop.
 */
public final class RecordBuffers {

    /** A record with the largest overhead any JDK allows for is 16,709 bytes. */
    private static final int SMALL = 17 << 10;

    /** Four records to a system call. */
    private static final int LARGE = 4 * SMALL;

    private final ArrayDeque<ByteBuffer> small = new ArrayDeque<>();
    private final ArrayDeque<ByteBuffer> large = new ArrayDeque<>();
    private final ByteBuffer nothing = ByteBuffer.allocate(0);
    private final LoopCounters counters;
    private int leastSmall;
    private int leastLarge;
    private int out;

    RecordBuffers(LoopCounters counters) {
        this.counters = counters;
    }

    /** How many are in somebody's hands. */
    public int out() {
        return out;
    }

    /** A buffer without room, for an engine that is to speak or to listen on its own account. */
    ByteBuffer nothing() {
        return nothing;
    }

    /** The smallest buffer for a record of so much plaintext or ciphertext. */
    ByteBuffer takeFor(int bytes) {
        return bytes <= SMALL ? takeSmall() : takeLarge();
    }

    private ByteBuffer takeSmall() {
        out++;
        ByteBuffer buffer = small.poll();
        leastSmall = Math.min(leastSmall, small.size());
        return buffer == null ? allocate(SMALL) : buffer;
    }

    ByteBuffer takeLarge() {
        out++;
        ByteBuffer buffer = large.poll();
        leastLarge = Math.min(leastLarge, large.size());
        return buffer == null ? allocate(LARGE) : buffer;
    }

    private ByteBuffer allocate(int bytes) {
        counters.add(Count.BUFFER_BYTES_HELD, bytes);
        return ByteBuffer.allocateDirect(bytes);
    }

    /** The same bytes in the smallest buffer that takes them; the given one if that is it. */
    ByteBuffer fit(ByteBuffer buffer) {
        if (buffer.capacity() == SMALL || buffer.remaining() > SMALL) {
            return buffer;
        }
        ByteBuffer fitting = takeSmall().put(buffer).flip();
        give(buffer);
        return fitting;
    }

    /** The same bytes at the beginning of a large buffer, ready for more behind them. */
    ByteBuffer grow(ByteBuffer buffer) {
        if (buffer.capacity() == LARGE) {
            return buffer.compact();
        }
        ByteBuffer larger = takeLarge().put(buffer);
        give(buffer);
        return larger;
    }

    void give(ByteBuffer buffer) {
        out--;
        assert out >= 0 : "more buffers given back than taken";
        (buffer.capacity() == SMALL ? small : large).push(buffer.clear());
    }

    /** Whether any are kept, or out. */
    boolean holdsAny() {
        return out > 0 || !small.isEmpty() || !large.isEmpty();
    }

    /** Lets go of the buffers that were free ever since the last call. */
    void trim() {
        for (; leastSmall > 0; leastSmall--) {
            small.pollLast();
            counters.add(Count.BUFFER_BYTES_HELD, -SMALL);
        }
        for (; leastLarge > 0; leastLarge--) {
            large.pollLast();
            counters.add(Count.BUFFER_BYTES_HELD, -LARGE);
        }
        leastSmall = small.size();
        leastLarge = large.size();
    }
}
