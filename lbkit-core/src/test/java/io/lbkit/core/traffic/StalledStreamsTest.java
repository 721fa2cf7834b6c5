package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Proxy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Readers that stop hold no more than a buffer each, hold up nobody else, and get every byte once they read again. */
class StalledStreamsTest {

    private static final int STREAMS = 64;
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int PINGS = 200;

    /** More than the systems' socket buffers take, so that something has to wait in the proxy. */
    private static final int STREAM_BYTES = Boolean.getBoolean("lbkit.big") ? 24 << 20 : 12 << 20;

    @RegisterExtension
    final Lab lab = new Lab();

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    private static byte[] noise() {
        byte[] noise = new byte[64 << 10];
        new SplittableRandom(7).nextBytes(noise);
        return noise;
    }

    /** Echoes a line at a time to whoever sends, and sends a stream to whoever says "stream". */
    private static void serve(Socket socket) throws IOException {
        byte[] word = socket.getInputStream().readNBytes(7);
        OutputStream out = socket.getOutputStream();
        if (!Arrays.equals(word, "stream\n".getBytes())) {
            out.write(word);
            TestServer.echo(socket);
            return;
        }
        byte[] noise = noise();
        for (int sent = 0; sent < STREAM_BYTES; sent += noise.length) {
            noise[0] = (byte) (sent >> 16);
            out.write(noise);
        }
        socket.shutdownOutput();
        socket.getInputStream().read();
    }

    private static long read(Client client) throws IOException {
        InputStream in = client.socket().getInputStream();
        byte[] noise = noise();
        long count = 0;
        for (byte[] block = in.readNBytes(noise.length); block.length > 0; block = in.readNBytes(noise.length)) {
            noise[0] = (byte) (count >> 16);
            assertTrue(Arrays.equals(noise, block), "block at " + count);
            count += block.length;
        }
        client.end();
        return count;
    }

    @Test
    void bounded_memory_and_nobody_else_waits() throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.server("a", StalledStreamsTest::serve))
                .loops(2)
                .limits(limits -> limits.bufferBytes(BUFFER_BYTES)));
        long directBefore = directBytes();
        List<Client> stalled = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            stalled.add(lab.connect(proxy).send("stream\n"));
        }
        patiently().until(() -> proxy.stats().buffersInUse() == STREAMS);
        long held = proxy.stats().bufferBytesHeld();
        long direct = directBytes() - directBefore;

        Client other = lab.connect(proxy);
        long[] times = new long[PINGS];
        for (int i = 0; i < PINGS; i++) {
            long begun = System.nanoTime();
            other.ping("ping" + i % 10 + "x");
            times[i] = System.nanoTime() - begun;
        }
        Arrays.sort(times);
        double slow = times[PINGS * 99 / 100] / 1e6;

        List<Future<Long>> counts = new ArrayList<>();
        for (Client client : stalled) {
            counts.add(threads.submit(() -> read(client)));
        }
        for (Future<Long> count : counts) {
            assertEquals(STREAM_BYTES, count.get(60, TimeUnit.SECONDS));
        }
        System.out.printf(
                "%d stalled streams of %d MiB: %d KiB of buffers held, direct memory of the process grew by %d KiB;"
                        + " beside them p99 of a ping %.2f ms%n",
                STREAMS, STREAM_BYTES >> 20, held >> 10, direct >> 10, slow);
        assertTrue(held <= (STREAMS + 2) * 2L * BUFFER_BYTES, () -> held + " bytes held");
        assertTrue(slow < 250, () -> "p99 of a ping is " + slow + " ms");
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }
}
