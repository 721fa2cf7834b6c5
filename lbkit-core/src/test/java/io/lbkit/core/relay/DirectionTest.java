package io.lbkit.core.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.lbkit.core.observe.LoopCounters;
import io.lbkit.core.observe.LoopCounters.Count;
import io.lbkit.core.transport.Endpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mockito.InOrder;

/** How a direction asks its endpoints: with what buffers, how often, and in what order. */
class DirectionTest {

    private static final int KIB = 1 << 10;

    private final LoopCounters counters = new LoopCounters();
    private final Endpoint source = mock(Endpoint.class);
    private final Endpoint sink = mock(Endpoint.class);
    private final List<Integer> offered = new ArrayList<>(); // room in the buffer, at each read

    private Direction between(int bufferBytes) {
        return new Direction(new BufferPool(bufferBytes, counters));
    }

    /** A source that never runs dry. */
    private void sourceIsFull() {
        when(source.read(any())).thenAnswer(call -> {
            ByteBuffer into = call.getArgument(0);
            int n = into.remaining();
            offered.add(n);
            into.position(into.limit());
            return n;
        });
    }

    private void sinkTakes(int most) {
        when(sink.write(any())).thenAnswer(call -> {
            ByteBuffer from = call.getArgument(0);
            int n = Math.min(most, from.remaining());
            from.position(from.position() + n);
            return n;
        });
    }

    @Test
    void reads_until_its_budget_is_used_up_and_not_one_byte_more() {
        sourceIsFull();
        sinkTakes(Integer.MAX_VALUE);
        assertEquals(40 * KIB, between(16 * KIB).pump(source, sink, 40 * KIB, false));
        assertEquals(List.of(16 * KIB, 16 * KIB, 8 * KIB), offered);
    }

    @Test
    void a_budget_of_less_than_a_buffer_is_one_read() {
        sourceIsFull();
        sinkTakes(Integer.MAX_VALUE);
        assertEquals(256 * KIB, between(512 * KIB).pump(source, sink, 256 * KIB, false));
        assertEquals(List.of(256 * KIB), offered);
    }

    @Test
    void a_read_that_leaves_room_is_the_last() {
        when(source.read(any())).thenAnswer(call -> {
            call.getArgument(0, ByteBuffer.class).putInt(42);
            return 4;
        });
        sinkTakes(Integer.MAX_VALUE);
        assertEquals(4, between(16 * KIB).pump(source, sink, 512 * KIB, false));
        verify(source, times(1)).read(any());
    }

    @ParameterizedTest
    @CsvSource({"1, 16", "16, 16", "17, 64", "64, 64", "65, 256", "256, 256", "257, 512", "500, 512"})
    void what_a_short_write_leaves_waits_in_the_smallest_buffer_that_takes_it(int leftKib, int bufferKib) {
        sourceIsFull();
        sinkTakes((512 - leftKib) * KIB);
        Direction direction = between(512 * KIB);
        direction.pump(source, sink, 512 * KIB, false);
        assertEquals(leftKib * KIB, direction.carried());
        long toReadInto = bufferKib == 512 ? 0 : 512 * KIB;
        assertEquals(bufferKib * KIB + toReadInto, counters.get(Count.BUFFER_BYTES_HELD));
        assertEquals(1, counters.get(Count.BUFFERS_IN_USE));
    }

    @Test
    void nothing_is_read_behind_what_waits() {
        sourceIsFull();
        sinkTakes(0);
        Direction direction = between(16 * KIB);
        direction.pump(source, sink, 512 * KIB, false);
        direction.pump(source, sink, 512 * KIB, false);
        verify(source, times(1)).read(any());
        verify(sink, times(2)).write(any());
    }

    @Test
    void the_end_is_passed_on_after_the_last_byte() {
        sinkTakes(3);
        when(sink.shutdownOutput()).thenReturn(Endpoint.DONE);
        when(source.read(any()))
                .thenAnswer(call -> {
                    call.getArgument(0, ByteBuffer.class).putInt(42);
                    return 4;
                })
                .thenReturn(Endpoint.ENDED);
        Direction direction = between(16 * KIB);
        direction.pump(source, sink, 512 * KIB, false);
        verify(sink, never()).shutdownOutput();
        direction.pump(source, sink, 512 * KIB, false);
        direction.pump(source, sink, 512 * KIB, false);
        InOrder order = inOrder(sink);
        order.verify(sink, times(2)).write(any());
        order.verify(sink).shutdownOutput();
        assertTrue(direction.isDone());
        assertEquals(0, counters.get(Count.BUFFERS_IN_USE));
    }
}
