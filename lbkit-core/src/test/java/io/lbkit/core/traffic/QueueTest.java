package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Candidates;
import io.lbkit.CloseReason;
import io.lbkit.ConnectionInfo;
import io.lbkit.Proxy;
import io.lbkit.ProxyStats;
import io.lbkit.Selector;
import io.lbkit.SessionReport;
import io.lbkit.selector.Selectors;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The queue over real sockets and threads. */
class QueueTest {

    private static final int THREADS = 4;
    private static final int CONNECTIONS = 5_000;
    private static final int AT_ONCE = 300; // of each thread
    private static final int MOST = 40;

    @RegisterExtension
    final Lab lab = new Lab();

    private final Reports reports = new Reports();
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final ScheduledExecutorService metronome = Executors.newSingleThreadScheduledExecutor();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
        metronome.shutdownNow();
    }

    /** Counts the clients it serves at once, as the server sees it. */
    private static final class Counted implements TestServer.Script {
        final AtomicInteger now = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();

        @Override
        public void serve(Socket socket) throws IOException {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            socket.getOutputStream().write('\n');
            socket.getInputStream().read();
            now.decrementAndGet();
        }
    }

    /** Asks another, and writes down who was picked in which order, and the most sessions there ever were. */
    private static final class Watching implements Selector {
        final Queue<Long> picked = new ConcurrentLinkedQueue<>();
        final AtomicInteger most = new AtomicInteger();
        private final Selector asked;

        Watching(Selector asked) {
            this.asked = asked;
        }

        @Override
        public int select(Candidates candidates, ConnectionInfo client) {
            picked.add(client.sessionId());
            for (int i = 0; i < candidates.size(); i++) {
                most.accumulateAndGet(candidates.connections(i), Math::max);
            }
            return asked.select(candidates, client);
        }

        @Override
        public Selector prepare(Candidates all) {
            asked.prepare(all);
            return this;
        }
    }

    /** Opens its share of the connections, some at once, and sees each of them through, whoever is served first. */
    private Void visit(Proxy proxy) throws Exception {
        int share = CONNECTIONS / THREADS;
        ByteBuffer buffer = ByteBuffer.allocate(16);
        try (Poller poller = Poller.open()) {
            int begun = 0;
            int ended = 0;
            while (ended < share) {
                for (; begun < share && begun - ended < AT_ONCE; begun++) {
                    SocketChannel client = SocketChannel.open(proxy.localAddress());
                    client.configureBlocking(false).register(poller.keys, SelectionKey.OP_READ);
                }
                ended += poller.turn(client -> {
                    int n = client.read(buffer.clear());
                    if (n > 0) {
                        client.shutdownOutput();
                    }
                    return n < 0;
                });
            }
        }
        return null;
    }

    /** Tells which clients have something to read; those that are done are closed. */
    private record Poller(java.nio.channels.Selector keys) implements AutoCloseable {

        interface Step {
            boolean ends(SocketChannel client) throws IOException;
        }

        static Poller open() throws IOException {
            return new Poller(java.nio.channels.Selector.open());
        }

        int turn(Step step) throws IOException {
            assertTrue(keys.select(20_000) > 0, "nobody is served any more");
            int ended = 0;
            for (SelectionKey key : keys.selectedKeys()) {
                if (step.ends((SocketChannel) key.channel())) {
                    key.channel().close();
                    ended++;
                }
            }
            keys.selectedKeys().clear();
            return ended;
        }

        @Override
        public void close() throws IOException {
            for (SelectionKey key : keys.keys()) {
                key.channel().close();
            }
            keys.close();
        }
    }

    @Test
    void forty_a_backend_under_five_thousand_connections_from_four_threads() throws Exception {
        Counted a = new Counted();
        Counted b = new Counted();
        Watching selector = new Watching(Selectors.leastConnections());
        Proxy proxy = lab.start(lab.proxy()
                .backend(lab.server("a", a).backend().maxConnections(MOST))
                .backend(lab.server("b", b).backend().maxConnections(MOST))
                .limits(limits -> limits.queueCapacity(CONNECTIONS).queueTimeout(Duration.ofSeconds(60)))
                .selector(selector)
                .loops(4)
                .observer(reports));
        long begun = System.nanoTime();
        List<Future<Void>> visitors = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            visitors.add(threads.submit(() -> visit(proxy)));
        }
        for (Future<Void> visitor : visitors) {
            visitor.get(60, TimeUnit.SECONDS);
        }
        long took = System.nanoTime() - begun;
        List<SessionReport> sessions = reports.awaitClosed(CONNECTIONS);
        ProxyStats stats = proxy.stats();
        System.out.printf(
                "%d connections in %d ms: %d had to wait; at once on a %d, on b %d%n",
                CONNECTIONS, took / 1_000_000, stats.queuedEver(), a.most.get(), b.most.get());
        assertEquals(CONNECTIONS, stats.closed(CloseReason.COMPLETED));
        assertTrue(a.most.get() <= MOST && b.most.get() <= MOST, "more than the maximum, as the servers see it");
        assertEquals(MOST, selector.most.get(), "the maximum, as the proxy sees it");
        assertTrue(stats.queuedEver() > CONNECTIONS / 10, "the queue was of use");
        assertEquals(0, stats.queued());
        inOrder(sessions, List.copyOf(selector.picked));
    }

    /** On each loop, those that had to wait were served in the order in which they came. */
    private static void inOrder(List<SessionReport> sessions, List<Long> picked) {
        Set<Long> waited = sessions.stream()
                .filter(session -> !session.queueTime().isZero())
                .map(SessionReport::sessionId)
                .collect(Collectors.toSet());
        long[] lastOfLoop = new long[64];
        for (long id : picked) {
            int loop = (int) (id & 63);
            if (waited.contains(id)) {
                assertTrue(id >= lastOfLoop[loop], "session " + id + " came before " + lastOfLoop[loop]);
                lastOfLoop[loop] = id;
            }
        }
    }

    @Test
    void the_deadline_is_kept_within_twenty_milliseconds() throws Exception {
        Duration timeout = Duration.ofMillis(250);
        Proxy proxy = lab.start(lab.proxy()
                .backend(lab.greeter("a").backend().maxConnections(1))
                .limits(limits -> limits.queueCapacity(1000).queueTimeout(timeout))
                .loops(4)
                .observer(reports));
        lab.connect(proxy).line();
        AtomicLong jitter = new AtomicLong(); // of this machine, while we look
        long period = 2_000_000;
        long begun = System.nanoTime();
        AtomicLong beats = new AtomicLong();
        metronome.scheduleAtFixedRate(
                () -> {
                    long late = System.nanoTime() - begun - beats.getAndIncrement() * period;
                    jitter.accumulateAndGet(late, Math::max);
                },
                0,
                period,
                TimeUnit.NANOSECONDS);
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            clients.add(lab.connect(proxy));
        }
        for (Client client : clients) {
            client.expectReset();
        }
        long latest = 0;
        for (SessionReport report : reports.awaitClosed(200)) {
            assertEquals(CloseReason.QUEUE_TIMEOUT, report.reason());
            assertTrue(report.queueTime().compareTo(timeout) >= 0, report.toString());
            latest = Math.max(latest, report.queueTime().minus(timeout).toNanos());
        }
        System.out.printf(
                "deadlines in the queue were late by %.1f ms at most, this machine by %.1f ms%n",
                latest / 1e6, jitter.get() / 1e6);
        assertTrue(latest <= 20_000_000 + jitter.get(), latest + " ns late");
    }
}
