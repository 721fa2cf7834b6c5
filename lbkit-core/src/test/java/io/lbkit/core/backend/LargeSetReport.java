package io.lbkit.core.backend;

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
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Prints the figures of {@code BENCHMARKS.md}, "Sets of ten thousand", and each late turn: when it began, how long it took, and how
 * long it worked; {@code -Xlog:safepoint:file=…:tn} has the pauses by the same clock. Arguments are a selector and the seconds of a round.
 */
final class LargeSetReport {

    private LargeSetReport() {}

    private static final int BACKENDS = 10_000;
    private static final int ROUNDS = 3;
    private static final long TURN_NANOS = 20_000;
    private static final long LONG_NANOS = 1_500_000;
    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

    private record Timed(Selector real, List<Long> nanos) implements Selector {
        @Override
        public int select(Candidates candidates, ConnectionInfo client) {
            return real.select(candidates, client);
        }

        @Override
        public Selector prepare(Candidates all) {
            long begun = System.nanoTime();
            Selector prepared = real.prepare(all);
            nanos.add(System.nanoTime() - begun);
            return prepared;
        }
    }

    /** Turns of one round. */
    private static final class Turns {
        final String name;
        final List<String> late;
        final long[] took = new long[2_000_000];
        int count;
        long longestWork; // time of the processor

        Turns(String name, List<String> late) {
            this.name = name;
            this.late = late;
        }

        void take(EventLoop control, Runnable before) throws IOException {
            long begun = System.nanoTime();
            long cpu = CPU.getCurrentThreadCpuTime();
            before.run();
            control.turn();
            long worked = CPU.getCurrentThreadCpuTime() - cpu;
            long nanos = System.nanoTime() - begun;
            if (count < took.length) {
                took[count++] = nanos;
            }
            longestWork = Math.max(longestWork, worked);
            if (nanos > LONG_NANOS) {
                late.add(String.format(Locale.ROOT, "LATE %s %d %d %d", name, begun, nanos, worked));
            }
            while (System.nanoTime() - begun < TURN_NANOS) {
                Thread.onSpinWait();
            }
        }

        String figures() {
            long[] sorted = Arrays.copyOf(took, count);
            Arrays.sort(sorted);
            return String.format(
                    Locale.ROOT,
                    "%d turns, p99.9 %.2f, longest %.2f ms, most work %.2f ms",
                    count,
                    sorted[(int) (count * 0.999)] / 1e6,
                    sorted[count - 1] / 1e6,
                    longestWork / 1e6);
        }
    }

    private static String quantiles(List<Long> nanos) {
        long[] sorted = nanos.stream().mapToLong(v -> v).sorted().toArray();
        int n = sorted.length;
        return n == 0
                ? "none"
                : String.format(
                        Locale.ROOT,
                        "%d, first %.1f, median %.2f, p99 %.2f, longest %.2f ms",
                        n,
                        nanos.get(0) / 1e6,
                        sorted[n / 2] / 1e6,
                        sorted[(int) Math.min(n - 1, n * 0.99)] / 1e6,
                        sorted[n - 1] / 1e6);
    }

    public static void main(String[] args) throws IOException {
        long roundNanos = (long) (Double.parseDouble(args[1]) * 1e9);
        Timed selector = new Timed(Selectors.named(args[0]), Collections.synchronizedList(new ArrayList<>()));
        List<String> late = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(1);
        List<Backend> backends = new ArrayList<>();
        for (int i = 0; i < BACKENDS; i++) {
            backends.add(Backend.of(new InetSocketAddress("127.0.0.1", 1 + i))
                    .id("b" + i)
                    .weight(random.nextInt(1, 10)));
        }
        EventLoop control =
                new EventLoop(0, Clock.SYSTEM, new Bench.NoNetwork(), new SplittableRandom(1), 4096, () -> true);
        ProxyConfig config = Proxy.builder()
                .name("large")
                .backends(backends)
                .selector(selector)
                .loops(1)
                .config();
        try (ErrandThreads errands = new ErrandThreads("large-errand")) {
            BackendTable table = new BackendTable(config, control, 1, errands, ProxyObserver.NONE, entry -> {});
            table.fill(backends);
            System.out.printf(Locale.ROOT, "%s, first %s%n", args[0], quantiles(selector.nanos));
            boolean[] done = new boolean[1];
            long[] begun = new long[1];
            List<Long> inForce = new ArrayList<>();
            for (int round = 1; round <= ROUNDS; round++) {
                Turns idle = new Turns("idle" + round, late);
                long from = System.nanoTime();
                while (System.nanoTime() - from < roundNanos) {
                    idle.take(control, () -> {});
                }
                selector.nanos.clear();
                inForce.clear();
                done[0] = true;
                Turns busy = new Turns("busy" + round, late);
                from = System.nanoTime();
                while (System.nanoTime() - from < roundNanos) {
                    busy.take(control, () -> {
                        if (done[0]) {
                            done[0] = false;
                            long now = System.nanoTime();
                            String id = "b" + random.nextInt(BACKENDS);
                            int was = table.pool().current().weight(Integer.parseInt(id.substring(1)));
                            table.weight(id, was % 9 + 1);
                            table.then(() -> {
                                inForce.add(System.nanoTime() - now);
                                done[0] = true;
                            });
                        }
                    });
                }
                System.out.printf(
                        Locale.ROOT,
                        "round %d: prepared %s%n  in force %s%n  idle %s%n  busy %s%n",
                        round,
                        quantiles(selector.nanos),
                        quantiles(inForce),
                        idle.figures(),
                        busy.figures());
            }
            late.forEach(System.out::println);
        }
    }
}
