package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.lbkit.Proxy;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sessions that have been used and wait cost neither buffers nor processor. */
class IdleTest {

    private static final int WANTED = 2000;
    private static final int FEWEST = 200; // or it would not show
    private static final int DESCRIPTORS_FOR_OTHERS = 500;
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(2);

    @RegisterExtension
    final Lab lab = new Lab();

    private final Map<String, Socket> servers = new ConcurrentHashMap<>();

    /** Both ends are in this process: each session takes four descriptors. */
    private static int affordable() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            long left = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount();
            return (int) Math.min(WANTED, (left - DESCRIPTORS_FOR_OTHERS) / 4);
        }
        return WANTED;
    }

    /** Reads the name a client gives itself, remembers the socket by it, and sends it back. */
    private void onAccepted(Socket socket) throws IOException {
        String name = answer(socket);
        servers.put(name, socket);
    }

    private static String answer(Socket socket) throws IOException {
        byte[] line = socket.getInputStream().readNBytes(8);
        socket.getOutputStream().write(line);
        return new String(line, StandardCharsets.US_ASCII).trim();
    }

    private static String name(int session) {
        return String.format("s%06d", session);
    }

    @Test
    void neither_buffers_nor_processor() throws Exception {
        int sessions = affordable();
        assumeTrue(sessions >= FEWEST, () -> "descriptors for " + sessions + " sessions only: see ulimit -n");
        TestServer server = lab.closing(TestServer.keeping("a", this::onAccepted));
        Proxy proxy = lab.start(lab.proxy(server).loops(2));
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            clients.add(lab.connect(proxy).ping(name(i)));
        }
        patiently().until(() -> proxy.stats().buffersInUse() == 0 && servers.size() == sessions);

        Map<Thread, Long> before = busyNanos();
        long begun = System.nanoTime();
        patiently().until(() -> System.nanoTime() - begun >= IDLE_NANOS);
        long idle = System.nanoTime() - begun;
        long busy = 0;
        for (Map.Entry<Thread, Long> loop : busyNanos().entrySet()) {
            busy += loop.getValue() - before.get(loop.getKey());
        }
        long held = proxy.stats().bufferBytesHeld();
        System.out.printf(
                "%d idle sessions%s: loops busy %.3f %% of one processor over %.1f s, %d buffers in use, %d KiB held%n",
                sessions,
                sessions < WANTED ? " (no descriptors for more)" : "",
                100.0 * busy / idle,
                idle / 1e9,
                proxy.stats().buffersInUse(),
                held >> 10);
        assertEquals(0, proxy.stats().buffersInUse());
        assertTrue(held <= 2 * (512 << 10), () -> held + " bytes held, by two loops");
        assertTrue(busy < idle / 100, "loops busy");

        for (int i = 0; i < sessions; i++) {
            clients.get(i).send(name(i) + "\n");
            assertEquals(name(i), answer(servers.get(name(i))));
            assertEquals(name(i), clients.get(i).line());
        }
        assertEquals(sessions, proxy.stats().active());
    }

    private static Map<Thread, Long> busyNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        Map<Thread, Long> nanos = new HashMap<>();
        for (Thread loop : Lab.loopThreads()) {
            nanos.put(loop, threads.getThreadCpuTime(loop.getId()));
        }
        return nanos;
    }
}
