package io.lbkit.core.backend;

import com.sun.management.ThreadMXBean;
import io.lbkit.Backend;
import io.lbkit.core.backend.Bench.Rules;
import io.lbkit.selector.Selectors;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What a change of a large set makes the control loop do until it is in force: for each kind of change, the most steps of a turn and
 * the most bytes allocated in one. Loaded by a {@link CountingLoader}.
 */
public final class LoopWork implements Supplier<Map<String, long[]>> {

    /** Until it is in force and told of, a turn each millisecond. */
    private static final int TURNS = 40;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final LongSupplier steps;
    private final Map<String, long[]> most = new LinkedHashMap<>();
    private final Bench bench;

    /** @param steps taken so far */
    public LoopWork(int backends, LongSupplier steps) {
        this.steps = steps;
        bench = new Bench(
                Rules.DEFAULT.with(Selectors.powerOfTwo()),
                IntStream.range(0, backends).mapToObj(LoopWork::backend).toArray(Backend[]::new));
        bench.table.small(0);
    }

    private static Backend backend(int number) {
        return Backend.of(new InetSocketAddress("10.0.0.1", 1 + number)).id("x" + number);
    }

    @Override
    public Map<String, long[]> get() {
        BackendTable table = bench.table;
        List<BackendEntry> all = bench.snapshot().all();
        BackendEntry some = all.get(all.size() / 2);
        String id = some.backend().id();
        count("weight", () -> table.weight(id, some.backend().weight() + 1));
        count("down", () -> table.onChecked(some, false, "refused"));
        count("up", () -> table.onChecked(some, true, ""));
        count("agent", () -> table.onAgent(some, AgentWish.NONE.percent(50)));
        count("agent again", () -> table.onAgent(some, AgentWish.NONE));
        count("ejected", () -> bench.fail(some));
        count("drain", () -> table.drain(id, null, new CompletableFuture<>()));
        count("ready", () -> table.ready(id));
        count("maintenance", () -> table.maintenance(id, new CompletableFuture<>()));
        count("ready again", () -> table.ready(id));
        count("remove", () -> table.remove(id, null, new CompletableFuture<>()));
        count("add", () -> table.add(some.backend()));
        List<Backend> wanted =
                new ArrayList<>(all.stream().map(BackendEntry::backend).toList());
        wanted.set(0, wanted.get(0).weight(7));
        wanted.set(1, backend(all.size()));
        SetChange change = table.change(wanted);
        count("replace two", () -> table.replaceAll(change));
        count("a pass of lbkit", () -> table.stats(bench.nowNanos()));
        count("a pass of the JDK", () -> all.toArray());
        return most;
    }

    private void count(String name, Runnable change) {
        long[] here = new long[2];
        turn(here, change);
        for (int turn = 0; turn < TURNS; turn++) {
            bench.runErrands();
            turn(here, () -> bench.pass(Duration.ofMillis(1)));
        }
        most.put(name, here);
    }

    private void turn(long[] here, Runnable what) {
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        long before = steps.getAsLong();
        what.run();
        here[0] = Math.max(here[0], steps.getAsLong() - before);
        here[1] = Math.max(here[1], THREADS.getCurrentThreadAllocatedBytes() - bytes);
    }
}
