package io.lbkit.core.relay;

import io.lbkit.core.observe.LoopCounters;
import io.lbkit.core.observe.LoopCounters.Count;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * The direct buffers of a loop, in up to four sizes. Reads go into the largest; what has to wait moves into the smallest that
 * takes it. A buffer is out only while it holds bytes, so that a handful of them serve thousands of idle sessions, and the
 * one given back last, which is still in the processor's cache, goes out first.
 *
 * <p>The JDK frees direct memory when its collector finds it unreachable. So buffers are kept for use again, and
 * {@link #trim} lets go of those that were in nobody's hands for a while.
 *
 * <p>Owned by one event loop.
 */
final class BufferPool {

    private static final int[] STEPS = {16 << 10, 64 << 10, 256 << 10};
    private static final int PAGE = 4096; // the kernel copies to the beginning of one faster than to elsewhere

    private final int[] sizes;
    private final ArrayDeque<ByteBuffer>[] free;
    private final int[] leastFree;
    private final LoopCounters counters;

    @SuppressWarnings({"unchecked", "rawtypes"})
    BufferPool(int largest, LoopCounters counters) {
        this.sizes = sizes(largest);
        this.free = new ArrayDeque[sizes.length];
        this.leastFree = new int[sizes.length];
        this.counters = counters;
        for (int i = 0; i < free.length; i++) {
            free[i] = new ArrayDeque<>();
        }
    }

    private static int[] sizes(int largest) {
        int[] sizes = new int[STEPS.length + 1];
        int count = 0;
        while (count < STEPS.length && STEPS[count] < largest) {
            sizes[count] = STEPS[count];
            count++;
        }
        sizes[count] = largest;
        return Arrays.copyOf(sizes, count + 1);
    }

    /** How large a buffer is at most. */
    int largest() {
        return sizes[sizes.length - 1];
    }

    /** An empty buffer to read into. */
    ByteBuffer takeLargest() {
        return take(sizes.length - 1);
    }

    /** The same bytes in the smallest buffer that takes them; the given one if that is it. */
    ByteBuffer fit(ByteBuffer buffer) {
        int size = 0;
        while (sizes[size] < buffer.remaining()) {
            size++;
        }
        if (sizes[size] >= buffer.capacity()) {
            return buffer;
        }
        ByteBuffer fitting = take(size).put(buffer).flip();
        give(buffer);
        return fitting;
    }

    /** The same bytes in the smallest buffer that takes more of them. */
    ByteBuffer enlarge(ByteBuffer buffer) {
        int size = 0;
        while (sizes[size] <= buffer.remaining()) {
            size++;
        }
        ByteBuffer larger = take(size).put(buffer).flip();
        give(buffer);
        return larger;
    }

    void give(ByteBuffer buffer) {
        int size = 0;
        while (sizes[size] != buffer.capacity()) {
            size++;
        }
        free[size].push(buffer.clear());
        counters.add(Count.BUFFERS_IN_USE, -1);
    }

    private ByteBuffer take(int size) {
        ByteBuffer buffer = free[size].poll();
        if (buffer == null) {
            buffer = allocate(sizes[size]);
            counters.add(Count.BUFFER_BYTES_HELD, sizes[size]);
        }
        leastFree[size] = Math.min(leastFree[size], free[size].size());
        counters.add(Count.BUFFERS_IN_USE, 1);
        return buffer;
    }

    private static ByteBuffer allocate(int size) {
        ByteBuffer pages = ByteBuffer.allocateDirect(size + PAGE);
        return pages.slice((PAGE - pages.alignmentOffset(0, PAGE)) % PAGE, size);
    }

    /** Lets go of the buffers that were free ever since the last call. */
    void trim() {
        for (int size = 0; size < sizes.length; size++) {
            for (int i = leastFree[size]; i > 0; i--) {
                free[size].pollLast();
                counters.add(Count.BUFFER_BYTES_HELD, -sizes[size]);
            }
            leastFree[size] = free[size].size();
        }
    }
}
