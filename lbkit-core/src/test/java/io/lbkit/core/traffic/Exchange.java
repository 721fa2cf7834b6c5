package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.zip.CRC32C;

/**
 * Two streams of random bytes in random segments, one each way at once, each ended by itself. The one who sends leaves
 * number and checksum here before the end, and the one who reads compares.
 *
 * <p>Shared; one object serves all connections of a test.
 */
final class Exchange implements TestServer.Script {

    private static final byte[] NOISE = new byte[1 << 20];

    static {
        new Random(42).nextBytes(NOISE);
    }

    private record Sum(long bytes, long checksum) {}

    private final long bytes;
    private final ExecutorService threads;
    private final Map<String, Sum> sent = new ConcurrentHashMap<>();
    private final Queue<Throwable> troubles = new ConcurrentLinkedQueue<>();

    /** @param bytes to send each way of a connection */
    Exchange(long bytes, ExecutorService threads) {
        this.bytes = bytes;
        this.threads = threads;
    }

    /** The client's end; returns when both streams have ended. */
    void run(Client client, long seed) throws IOException {
        new DataOutputStream(client.socket().getOutputStream()).writeLong(seed);
        bothWays(client.socket(), "client " + seed, "server " + seed);
    }

    @Override
    public void serve(Socket socket) throws IOException {
        long seed = new DataInputStream(socket.getInputStream()).readLong();
        bothWays(socket, "server " + seed, "client " + seed);
    }

    private void bothWays(Socket socket, String here, String there) throws IOException {
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(socket, here), threads);
        try {
            Sum received = receive(socket, there);
            assertEquals(sent.get(there), received, "what " + here + " received of " + there);
            sending.join();
        } catch (IOException | RuntimeException | AssertionError e) {
            troubles.add(e);
            throw e;
        }
    }

    private void send(Socket socket, String name) {
        Random random = new Random(name.hashCode());
        CRC32C checksum = new CRC32C();
        try {
            OutputStream out = socket.getOutputStream();
            for (long left = bytes; left > 0; ) {
                int length = (int) Math.min(left, segment(random));
                int from = random.nextInt(NOISE.length - length + 1);
                out.write(NOISE, from, length);
                checksum.update(NOISE, from, length);
                left -= length;
            }
            sent.put(name, new Sum(bytes, checksum.getValue()));
            socket.shutdownOutput();
        } catch (IOException e) {
            troubles.add(new IOException(name + " could not send", e));
        }
    }

    private Sum receive(Socket socket, String name) throws IOException {
        Random random = new Random(name.hashCode() + 1L);
        CRC32C checksum = new CRC32C();
        byte[] buffer = new byte[256 << 10];
        InputStream in = socket.getInputStream();
        long count = 0;
        for (int n; (n = in.read(buffer, 0, segment(random))) >= 0; count += n) {
            checksum.update(buffer, 0, n);
        }
        return new Sum(count, checksum.getValue());
    }

    /** Mostly some kilobytes, at times a single byte, at times more than any buffer of the proxy. */
    private static int segment(Random random) {
        return switch (random.nextInt(16)) {
            case 0 -> 1;
            case 1, 2 -> 1 + random.nextInt(256 << 10);
            case 3, 4, 5, 6 -> 1 + random.nextInt(64 << 10);
            default -> 1 + random.nextInt(8 << 10);
        };
    }

    void check() {
        assertTrue(troubles.isEmpty(), troubles::toString);
    }
}
