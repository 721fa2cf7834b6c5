package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.ConnectionInfo;
import io.lbkit.Failover;
import io.lbkit.Selector;
import io.lbkit.selector.Key;
import io.lbkit.selector.Selectors;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/** One pick, as a loop makes it: the candidates shown, the selector asked. The bare atomic increment is what to compare with. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PickBenchmark {

    /** Shared by the threads, as a pool is by loops. */
    @State(Scope.Benchmark)
    public static class Shared {
        /** Which selector. */
        @Param({
            "round-robin",
            "least-connections",
            "least-response-time",
            "peak-ewma",
            "power-of-two",
            "random",
            "first-available",
            "source-hash",
            "maglev",
            "rendezvous",
            "sticky",
            "zone-first"
        })
        public String selector;

        /** How many backends. */
        @Param({"3", "100", "10000"})
        public int backends;

        /** Weights are from 1 to this. */
        @Param({"3", "1"})
        public int heaviest;

        private Snapshot snapshot;

        /** The pool, with some sessions everywhere. */
        @Setup
        public void setUp() {
            List<BackendEntry> entries = new ArrayList<>();
            FullCount full = new FullCount();
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < backends; i++) {
                Backend backend = Backend.of(new InetSocketAddress("127.0.0.1", 1 + i))
                        .weight(1 + random.nextInt(heaviest))
                        .zone(i % 2 == 0 ? "east" : "west");
                BackendEntry entry = new BackendEntry(backend, 1, full, 0);
                for (int n = random.nextInt(10); n > 0; n--) {
                    entry.tryReserve();
                }
                entry.connectTime().onBegin(0);
                entry.connectTime().onSample(0, random.nextInt(1, 5_000_000), 1);
                entries.add(entry);
            }
            Selector named = named();
            Members bare = Members.of(entries.stream().map(Roster.Row::of).toList(), named);
            Members members = bare.with(named.prepare(new CandidateView().show(bare, 0)));
            snapshot = new Snapshot(entries, members, Tiers.of(entries, members, Failover.DEFAULT), full, false);
        }

        private Selector named() {
            return switch (selector) {
                case "sticky" -> Selectors.sticky(Key.clientAddress(), Selectors.roundRobin());
                case "zone-first" -> Selectors.zoneFirst("east", Selectors.powerOfTwo());
                default -> Selectors.named(selector);
            };
        }
    }

    /** What each loop has of its own. */
    @State(Scope.Thread)
    public static class Loop implements ConnectionInfo {
        private final CandidateView view = new CandidateView();
        private final SplittableRandom random = new SplittableRandom(7);
        private final InetSocketAddress address = new InetSocketAddress("127.0.0.1", 1);

        @Override
        public long sessionId() {
            return 1;
        }

        @Override
        public SocketAddress clientAddress() {
            return address;
        }

        @Override
        public long clientIpHigh() {
            return 0;
        }

        @Override
        public long clientIpLow() {
            return 0x0000ffff_7f000001L;
        }

        @Override
        public long nowNanos() {
            return 1;
        }

        @Override
        public SocketAddress peerAddress() {
            return clientAddress();
        }

        @Override
        public SocketAddress listenerAddress() {
            return address;
        }

        @Override
        public int attempt() {
            return 1;
        }

        @Override
        public boolean tried(Backend backend) {
            return false;
        }

        @Override
        public RandomGenerator random() {
            return random;
        }
    }

    /** The unit of comparison, shared by the threads. */
    @State(Scope.Benchmark)
    public static class Counter {
        private final AtomicLong count = new AtomicLong();
    }

    /** One pick. */
    @Benchmark
    public int pick(Shared shared, Loop loop) {
        Snapshot snapshot = shared.snapshot;
        return snapshot.selector().select(loop.view.show(snapshot, List.of(), false, loop.random, 1), loop);
    }

    /** One pick while another loop picks, too. */
    @Benchmark
    @Threads(2)
    public int pickByTwo(Shared shared, Loop loop) {
        return pick(shared, loop);
    }

    /** A bare atomic increment. */
    @Benchmark
    public long increment(Counter counter) {
        return counter.count.getAndIncrement();
    }

    /** A bare atomic increment while another thread increments, too. */
    @Benchmark
    @Threads(2)
    public long incrementByTwo(Counter counter) {
        return counter.count.getAndIncrement();
    }
}
