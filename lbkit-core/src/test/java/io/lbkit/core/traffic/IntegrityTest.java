package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.CloseReason;
import io.lbkit.Proxy;
import io.lbkit.ProxyStats;
import io.lbkit.SessionReport;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every byte arrives, in order, both ways at once, whatever the segments, the buffers and the number of loops. */
class IntegrityTest {

    private static final long MOST_HEAP_GROWTH = 8 << 20; // whatever goes through

    @RegisterExtension
    final Lab lab = new Lab();

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @ParameterizedTest(name = "{0} loops, buffers of {1}, turns of {2}")
    @CsvSource({"1, 262144, 524288", "1, 4096, 4096", "2, 20000, 65536", "4, 1048576, 524288"})
    void one_connection(int loops, int bufferBytes, int turnBytes) throws Exception {
        exchange(1, 16 << 20, loops, bufferBytes, turnBytes);
    }

    @ParameterizedTest(name = "{0} loops, buffers of {1}, turns of {2}")
    @CsvSource({"1, 65536, 524288", "2, 262144, 4096", "4, 4096, 16384"})
    void sixty_four_connections(int loops, int bufferBytes, int turnBytes) throws Exception {
        exchange(64, 256 << 10, loops, bufferBytes, turnBytes);
    }

    @Test
    @EnabledIfSystemProperty(named = "lbkit.big", matches = "true")
    void a_gibibyte_each_way_through_one_connection() throws Exception {
        exchange(1, 1 << 30, 2, 256 << 10, 512 << 10);
    }

    @Test
    @EnabledIfSystemProperty(named = "lbkit.big", matches = "true")
    void a_gibibyte_each_way_over_sixty_four_connections() throws Exception {
        exchange(64, 16 << 20, 2, 256 << 10, 512 << 10);
    }

    private void exchange(int connections, long bytes, int loops, int bufferBytes, int turnBytes) throws Exception {
        Exchange exchange = new Exchange(bytes, threads);
        Reports reports = new Reports();
        Proxy proxy = lab.start(lab.proxy(lab.server("a", exchange), lab.server("b", exchange))
                .loops(loops)
                .observer(reports)
                .limits(limits -> limits.bufferBytes(bufferBytes).turnBytes(turnBytes)));
        Memory before = Memory.now();
        long begun = System.nanoTime();
        List<Future<?>> ends = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            long seed = i;
            Client client = lab.connect(proxy);
            ends.add(threads.submit(() -> {
                exchange.run(client, seed);
                return null;
            }));
        }
        for (Future<?> end : ends) {
            end.get(5, TimeUnit.MINUTES);
        }
        exchange.check();

        for (SessionReport report : reports.awaitClosed(connections)) {
            assertEquals(CloseReason.COMPLETED, report.reason(), report.toString());
            assertEquals(bytes + Long.BYTES, report.bytesToBackend(), report.toString());
            assertEquals(bytes, report.bytesToClient(), report.toString());
        }
        ProxyStats stats = proxy.stats();
        assertEquals(connections * (bytes + Long.BYTES), stats.bytesToBackends());
        assertEquals(connections * bytes, stats.bytesToClients());
        long most = (2L * connections + 3L * loops) * Math.max(bufferBytes, 64 << 10);
        assertTrue(stats.bufferBytesHeld() <= most, () -> stats.bufferBytesHeld() + " bytes held, not " + most);
        Memory after = Memory.now();
        if (Boolean.getBoolean("lbkit.big")) {
            System.out.printf(
                    "%d x %d MiB each way in %.1f s; before: %s; after: %s; held by the proxy: %d KiB%n",
                    connections,
                    bytes >> 20,
                    (System.nanoTime() - begun) / 1e9,
                    before,
                    after,
                    stats.bufferBytesHeld() >> 10);
        }
        // The four threads at the ends of a connection have a buffer of the JDK's each while they live.
        long direct = stats.bufferBytesHeld() + 4L * connections * (128 << 10) + (2 << 20);
        assertTrue(after.direct - before.direct <= direct, () -> before + ", then " + after + ", not " + direct);
        assertTrue(after.heap - before.heap <= MOST_HEAP_GROWTH, () -> before + ", then " + after);
    }

    /** What is used, once garbage is collected. */
    private record Memory(long heap, long direct) {

        static Memory now() {
            System.gc();
            long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                    .filter(pool -> pool.getName().equals("direct"))
                    .mapToLong(BufferPoolMXBean::getMemoryUsed)
                    .sum();
            return new Memory(
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(), direct);
        }

        @Override
        public String toString() {
            return "heap " + (heap >> 10) + " KiB, direct " + (direct >> 10) + " KiB";
        }
    }
}
