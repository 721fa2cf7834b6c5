package io.lbkit.core.relay;

import io.lbkit.core.observe.LoopCounters;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.transport.Transport;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One message through a direction, between endpoints without a system behind them: what the relay itself costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PumpBenchmark {

    /** Bytes of a message. */
    @Param({"64", "65536"})
    public int messageBytes;

    /** Whether the sink takes the message in two writes. */
    @Param({"false", "true"})
    public boolean shortWrites;

    private Direction direction;
    private Toy source;
    private Toy sink;

    /** One message is there to be read whenever {@code left} says so; a write takes all or half. */
    private static final class Toy implements Endpoint {
        private final int mostBytes;
        private int left;

        Toy(int mostBytes) {
            this.mostBytes = mostBytes;
        }

        @Override
        public int read(ByteBuffer into) {
            int n = Math.min(left, into.remaining());
            into.position(into.position() + n);
            left -= n;
            return n;
        }

        @Override
        public int write(ByteBuffer from) {
            int n = Math.min(mostBytes, from.remaining());
            from.position(from.position() + n);
            return n;
        }

        @Override
        public void attach(Transport transport, ReadyHandler handler) {}

        @Override
        public int finishConnect() {
            return DONE;
        }

        @Override
        public int shutdownOutput() {
            return DONE;
        }

        @Override
        public boolean flushed() {
            return true;
        }

        @Override
        public void interest(int operations) {}

        @Override
        public void keepAlive() {}

        @Override
        public void close() {}

        @Override
        public void reset() {}

        @Override
        public SocketAddress localAddress() {
            return remoteAddress();
        }

        @Override
        public SocketAddress remoteAddress() {
            return new InetSocketAddress(0);
        }
    }

    /** A direction between two toys. */
    @Setup
    public void setUp() {
        direction = new Direction(new BufferPool(512 << 10, new LoopCounters()));
        source = new Toy(messageBytes);
        sink = new Toy(shortWrites ? messageBytes / 2 : messageBytes);
    }

    /** The message arrives and leaves. */
    @Benchmark
    public long pump() {
        source.left = messageBytes;
        long delivered = 0;
        while (delivered < messageBytes) {
            delivered += direction.pump(source, sink, 1 << 20, false);
        }
        return delivered;
    }
}
