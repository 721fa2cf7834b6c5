package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.lbkit.Proxy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What the loops allocate for a chunk that they relay over real sockets: nothing, by the counters of their threads.
 *
 * <p>The JDK does. {@code EPollSelectorImpl} looks each ready descriptor up by an {@code Integer}, which costs 16 bytes
 * for descriptors from 128 on, the first that has no {@code Integer} kept for it. The tests of this module therefore run
 * with {@code -XX:AutoBoxCacheMax}, which keeps more of them, and which is there for hosts with many connections, too.
 */
class AllocationTest {

    /** Things that are made once, such as a buffer for the first write that falls short, may fall into the count. */
    private static final long MOST_BYTES = 2_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @RegisterExtension
    private final Lab lab = new Lab();

    @BeforeEach
    void descriptors_have_integers() {
        boolean kept = Integer.valueOf(10_000) == Integer.valueOf(10_000);
        String without = "run without -XX:AutoBoxCacheMax, so the JDK allocates for each ready descriptor above 127";
        boolean byTheBuild = System.getProperty("basedir") != null; // which has that option; others may not
        assertTrue(kept || !byTheBuild, without);
        assumeTrue(kept, without);
    }

    @Test
    void small_messages_to_and_fro() throws IOException {
        Socket client = lab.connect(proxy()).socket();
        exchange(client, 64, 2_000);
        long bytes = allocatedBy(() -> exchange(client, 64, 20_000));
        assertTrue(bytes < MOST_BYTES, () -> bytes + " bytes for 40,000 chunks of 64 bytes");
    }

    @Test
    void large_messages_to_and_fro() throws IOException {
        Socket client = lab.connect(proxy()).socket();
        exchange(client, 64 << 10, 500);
        long bytes = allocatedBy(() -> exchange(client, 64 << 10, 5_000));
        assertTrue(bytes < MOST_BYTES, () -> bytes + " bytes for 10,000 chunks of 64 KiB, or more smaller ones");
    }

    @Test
    void a_stream_that_its_reader_holds_up() throws Exception {
        // Each write that falls short moves into a smaller buffer and changes the interest of both sides, there and
        // back.
        Socket client = lab.connect(proxy()).socket();
        stream(client, 32 << 20);
        long bytes = allocatedBy(() -> stream(client, 512 << 20));
        assertTrue(bytes < MOST_BYTES, () -> bytes + " bytes for a stream of 512 MiB");
    }

    @Test
    void the_counters_count() throws IOException {
        Proxy proxy = proxy();
        lab.connect(proxy).ping("warm");
        long bytes = allocatedBy(() -> lab.connect(proxy).ping("a session is not for nothing"));
        assertTrue(bytes > 500, () -> bytes + " bytes for a session");
    }

    private Proxy proxy() throws IOException {
        return lab.start(lab.proxy(lab.server("echo", AllocationTest::echo)).loops(2));
    }

    private static void echo(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        socket.getInputStream().transferTo(socket.getOutputStream());
    }

    private static void exchange(Socket client, int messageBytes, int times) throws IOException {
        byte[] message = new byte[messageBytes];
        for (int i = 0; i < times; i++) {
            client.getOutputStream().write(message);
            assertEquals(messageBytes, client.getInputStream().readNBytes(message, 0, messageBytes));
        }
    }

    /** Sends without waiting, and reads the echo on another thread. */
    private static void stream(Socket client, long bytes) throws IOException {
        Thread reader = new Thread(() -> drain(client, bytes));
        reader.start();
        OutputStream out = client.getOutputStream();
        byte[] block = new byte[1 << 20];
        for (long sent = 0; sent < bytes; sent += block.length) {
            out.write(block);
        }
        try {
            reader.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void drain(Socket client, long bytes) {
        try {
            InputStream in = client.getInputStream();
            byte[] block = new byte[64 << 10];
            for (long left = bytes; left > 0; ) {
                left -= in.read(block, 0, (int) Math.min(left, block.length));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private interface Traffic {
        void run() throws IOException;
    }

    private static long allocatedBy(Traffic traffic) throws IOException {
        List<Thread> loops = Lab.loopThreads();
        long before = allocated(loops);
        traffic.run();
        long bytes = allocated(loops) - before;
        assertEquals(2, loops.size());
        return bytes;
    }

    private static long allocated(List<Thread> loops) {
        return loops.stream()
                .mapToLong(loop -> THREADS.getThreadAllocatedBytes(loop.getId()))
                .sum();
    }
}
