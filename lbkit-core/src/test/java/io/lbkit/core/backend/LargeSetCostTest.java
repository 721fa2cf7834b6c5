package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Proxy;
import io.lbkit.ProxyConfig;
import io.lbkit.ProxyObserver;
import io.lbkit.Selector;
import io.lbkit.core.loop.Clock;
import io.lbkit.core.loop.ErrandThreads;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.selector.Selectors;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ten thousand backends change all the time: what that costs the control loop, and how long a rebuild takes elsewhere. The
 * figures are printed; the bound is in terms of what a plain pass over the set costs on this machine. {@link LoopWorkTest} counts more
 * closely, and {@link LargeSetReport} measures longer.
 */
class LargeSetCostTest {

    private static final int BACKENDS = 10_000;
    private static final long RUN_NANOS = 1_000_000_000L;
    private static final long EVERY_NANOS = 500_000;
    private static final int WARM_UP = 500;

    /** Time of the processor, of which others on the machine take nothing away. */
    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

    /** Measures how long the real one is prepared, and on which thread. */
    private record Timed(Selector real, Thread loop, List<Long> nanos, AtomicLong onTheLoop) implements Selector {
        @Override
        public int select(Candidates candidates, ConnectionInfo client) {
            return real.select(candidates, client);
        }

        @Override
        public Selector prepare(Candidates all) {
            long begun = System.nanoTime();
            Selector prepared = real.prepare(all);
            nanos.add(System.nanoTime() - begun);
            onTheLoop.addAndGet(Thread.currentThread() == loop ? 1 : 0);
            return prepared;
        }
    }

    private static List<Backend> backends() {
        SplittableRandom random = new SplittableRandom(1);
        List<Backend> backends = new ArrayList<>();
        for (int i = 0; i < BACKENDS; i++) {
            backends.add(Backend.of(new InetSocketAddress("127.0.0.1", 1 + i))
                    .id("b" + i)
                    .weight(random.nextInt(1, 10)));
        }
        return backends;
    }

    private static long quantile(List<Long> values, double q) {
        long[] sorted = values.stream().mapToLong(v -> v).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, q * sorted.length)];
    }

    private static String figures(List<Long> nanos) {
        return String.format(
                "%d times, median %.2f ms, p99 %.2f ms, longest %.2f ms",
                nanos.size(), quantile(nanos, 0.5) / 1e6, quantile(nanos, 0.99) / 1e6, quantile(nanos, 1) / 1e6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"power of two", "round robin"})
    void the_loop_does_not_pay_for_a_rebuild(String name) throws IOException {
        Selector real = name.equals("round robin") ? Selectors.roundRobin() : Selectors.powerOfTwo();
        Timed selector = new Timed(
                real,
                Thread.currentThread(),
                java.util.Collections.synchronizedList(new ArrayList<>()),
                new AtomicLong());
        EventLoop control =
                new EventLoop(0, Clock.SYSTEM, new Bench.NoNetwork(), new SplittableRandom(1), 4096, () -> true);
        List<Backend> backends = backends();
        ProxyConfig config = Proxy.builder()
                .name("large")
                .backends(backends)
                .selector(selector)
                .loops(1)
                .config();
        List<Long> turns = new ArrayList<>();
        List<Long> passes = new ArrayList<>();
        AtomicLong told = new AtomicLong();
        int changes = 0;
        try (ErrandThreads errands = new ErrandThreads("large-errand")) {
            BackendTable table = new BackendTable(config, control, 1, errands, ProxyObserver.NONE, entry -> {});
            table.fill(backends);
            long begun = System.nanoTime();
            selector.nanos.clear();
            selector.onTheLoop.set(0);
            SplittableRandom random = new SplittableRandom(2);
            while (System.nanoTime() - begun < RUN_NANOS) {
                Snapshot inForce = table.pool().current();
                long before = CPU.getCurrentThreadCpuTime();
                if (System.nanoTime() - begun > changes * EVERY_NANOS) {
                    int weight = random.nextInt(1, 10);
                    table.weight("b" + random.nextInt(BACKENDS), weight);
                    table.then(told::incrementAndGet);
                    table.onChecked(inForce.entry(weight), weight % 2 == 0, "");
                    changes++;
                }
                control.turn();
                long took = CPU.getCurrentThreadCpuTime() - before;
                if (table.pool().current() != inForce && changes > WARM_UP) {
                    turns.add(took);
                    passes.add(pass(table));
                }
            }
            while (told.get() < changes) {
                control.turn();
            }
            assertEquals(BACKENDS, table.pool().current().size());
        }
        System.out.printf(
                "%d backends, %s, %d changes in %.1f s: prepared %s; turns that publish %s; a plain pass %s%n",
                BACKENDS, name, changes, RUN_NANOS / 1e9, figures(selector.nanos), figures(turns), figures(passes));
        assertEquals(0, selector.onTheLoop.get(), "prepared on the loop");
        assertTrue(selector.nanos.size() > 1 && selector.nanos.size() < changes, "the changes of a while go together");
        // Some tens of them; what looks at each backend for each backend would take ten thousand. In between is noise.
        assertTrue(quantile(turns, 0.5) < 1000 * quantile(passes, 0.5), "a turn costs more than passes");
    }

    /** Looks once at each backend. */
    private static long pass(BackendTable table) {
        long begun = CPU.getCurrentThreadCpuTime();
        long sum = 0;
        for (BackendEntry entry : table.pool().current().all()) {
            sum += entry.backend().weight() + entry.state().ordinal();
        }
        assertTrue(sum > 0);
        return CPU.getCurrentThreadCpuTime() - begun;
    }
}
