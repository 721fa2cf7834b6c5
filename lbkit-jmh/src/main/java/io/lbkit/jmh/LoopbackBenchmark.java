package io.lbkit.jmh;

import io.lbkit.Proxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Over real loopback sockets: an echo through lbkit, through relays of threads, and directly. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LoopbackBenchmark {

    /** Who relays. */
    @Param({"lbkit", "virtual-threads", "platform-threads", "direct"})
    public String relay;

    private ServerSocket server;
    private AutoCloseable running;
    private InetSocketAddress address;
    private SocketChannel channel;
    private final ByteBuffer small = ByteBuffer.allocateDirect(64);
    private final ByteBuffer large = ByteBuffer.allocateDirect(64 << 10);

    /** An echo server, the relay before it, and one connection through it. */
    @Setup
    public void setUp() throws IOException {
        server = new ServerSocket(0, 1024, InetAddress.getByName("127.0.0.1"));
        daemon(this::accept);
        int port = server.getLocalPort();
        switch (relay) {
            case "lbkit" -> {
                Proxy proxy = Proxy.builder()
                        .listen("127.0.0.1", 0)
                        .backend("127.0.0.1", port)
                        .loops(1)
                        .limits(limits -> limits.drainTimeout(java.time.Duration.ZERO))
                        .start();
                running = proxy;
                port = proxy.port();
            }
            case "virtual-threads" -> {
                ThreadRelay threads = ThreadRelay.ofVirtualThreads(port);
                running = threads;
                port = threads.port();
            }
            case "platform-threads" -> {
                ThreadRelay threads = ThreadRelay.ofPlatformThreads(port);
                running = threads;
                port = threads.port();
            }
            default -> running = () -> {};
        }
        address = new InetSocketAddress("127.0.0.1", port);
        channel = SocketChannel.open(address);
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "echo");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                client.setTcpNoDelay(true);
                daemon(() -> echo(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private static void echo(Socket client) {
        byte[] buffer = new byte[64 << 10];
        try (client) {
            for (int n = client.getInputStream().read(buffer);
                    n >= 0;
                    n = client.getInputStream().read(buffer)) {
                client.getOutputStream().write(buffer, 0, n);
            }
        } catch (IOException e) {
            // The client has gone.
        }
    }

    /** Closes everything. */
    @TearDown
    public void tearDown() throws Exception {
        channel.close();
        running.close();
        server.close();
    }

    private static void roundTrip(SocketChannel channel, ByteBuffer message) throws IOException {
        message.clear();
        while (message.hasRemaining()) {
            channel.write(message);
        }
        message.clear();
        while (message.hasRemaining()) {
            channel.read(message);
        }
    }

    /** 64 bytes there and back. */
    @Benchmark
    public void ping() throws IOException {
        roundTrip(channel, small);
    }

    /** 64 KiB there and back. */
    @Benchmark
    public void bulk() throws IOException {
        roundTrip(channel, large);
    }

    /** Connect, 64 bytes there and back, close. */
    @Benchmark
    public void connect() throws IOException {
        try (SocketChannel once = SocketChannel.open(address)) {
            roundTrip(once, small);
        }
    }
}
