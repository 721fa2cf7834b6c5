package io.lbkit.core;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.Backends;
import io.lbkit.DrainReport;
import io.lbkit.Explanation;
import io.lbkit.Limits;
import io.lbkit.Proxy;
import io.lbkit.ProxyConfig;
import io.lbkit.ProxyState;
import io.lbkit.ProxyStats;
import io.lbkit.Replacement;
import io.lbkit.SessionPolicy;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.loop.Clock;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.LoopThread;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The host's end of a proxy: turns calls into commands for the control loop.
 *
 * <p>Shared; the fields do not change after construction, but for {@code deaf}, which the control loop sets last.
 */
final class RunningProxy implements Proxy, Backends {

    private static final Duration LONGEST = Duration.ofDays(3650);

    private final String name;
    private final Limits limits;
    private final SessionPolicy whenDrained;
    private final SessionPolicy whenRemoved;
    private final Clock clock;
    private final Engine engine;
    private final List<LoopThread> threads;
    private final List<SocketAddress> addresses;
    private final CompletableFuture<DrainReport> stopped;
    private volatile boolean deaf;

    RunningProxy(
            ProxyConfig config,
            Clock clock,
            Engine engine,
            List<LoopThread> threads,
            List<SocketAddress> addresses,
            CompletableFuture<DrainReport> stopped) {
        this.name = config.name();
        this.limits = config.limits();
        this.whenDrained = config.onBackendDrained();
        this.whenRemoved = config.onBackendRemoved();
        this.clock = clock;
        this.engine = engine;
        this.threads = threads;
        this.addresses = List.copyOf(addresses);
        this.stopped = stopped;
    }

    private EventLoop control() {
        return engine.loops().get(0);
    }

    /** The control loop has taken its last turn. */
    void onControlEnded() {
        deaf = true;
        control().settle(); // each command finds the proxy closed and says so
    }

    void onLoopsEnded() {
        engine.onLoopsEnded();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ProxyState state() {
        return engine.state();
    }

    @Override
    public List<SocketAddress> localAddresses() {
        return addresses;
    }

    @Override
    public Backends backends() {
        return this;
    }

    @Override
    public ProxyStats stats() {
        return engine.stats(clock.nanoTime());
    }

    @Override
    public CompletionStage<DrainReport> stop(Duration deadline) {
        checkDeadline(deadline);
        if (control().isCurrent()) {
            engine.stop(deadline);
        } else {
            while (!deaf && !control().post(() -> engine.stop(deadline))) {
                Thread.onSpinWait(); // a full inbox is emptied within a turn
            }
        }
        return stopped.minimalCompletionStage();
    }

    @Override
    public void close() {
        stop(limits.drainTimeout());
        if (threads.stream().anyMatch(LoopThread::isCurrent)) {
            return;
        }
        boolean interrupted = false;
        while (true) {
            try {
                stopped.get();
                for (LoopThread thread : threads) {
                    thread.join();
                }
                break;
            } catch (InterruptedException e) {
                interrupted = true; // whoever interrupts us does not want to wait
                stop(Duration.ZERO);
            } catch (ExecutionException e) {
                throw new AssertionError("stopping cannot fail", e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- Backends

    @Override
    public List<Backend> list() {
        return engine.table().pool().current().all().stream()
                .filter(entry -> entry.state() != BackendState.REMOVED)
                .map(BackendEntry::backend)
                .toList();
    }

    @Override
    public CompletionStage<Backend> add(Backend backend) {
        Objects.requireNonNull(backend, "backend");
        engine.prepare(backend, clock.nanoTime());
        return change(table -> table.add(backend));
    }

    @Override
    public CompletionStage<Backend> update(Backend backend) {
        Objects.requireNonNull(backend, "backend");
        engine.prepare(backend, clock.nanoTime());
        return change(table -> table.update(backend));
    }

    @Override
    public CompletionStage<Backend> weight(String id, int weight) {
        Objects.requireNonNull(id, "id");
        if (weight < 0 || weight > 65535) {
            throw new IllegalArgumentException("backend weight is " + weight + ", must be between 0 and 65535");
        }
        return change(table -> table.weight(id, weight));
    }

    @Override
    public CompletionStage<Backend> ready(String id) {
        Objects.requireNonNull(id, "id");
        return change(table -> table.ready(id));
    }

    @Override
    public CompletionStage<DrainReport> drain(String id) {
        return leave(id, (table, report) -> table.drain(id, whenDrained.deadline(), report));
    }

    @Override
    public CompletionStage<DrainReport> drain(String id, Duration deadline) {
        checkDeadline(deadline);
        return leave(id, (table, report) -> table.drain(id, deadline, report));
    }

    @Override
    public CompletionStage<DrainReport> maintenance(String id) {
        return leave(id, (table, report) -> table.maintenance(id, report));
    }

    @Override
    public CompletionStage<DrainReport> remove(String id) {
        return leave(id, (table, report) -> table.remove(id, whenRemoved.deadline(), report));
    }

    @Override
    public CompletionStage<DrainReport> remove(String id, Duration deadline) {
        checkDeadline(deadline);
        return leave(id, (table, report) -> table.remove(id, deadline, report));
    }

    @Override
    public CompletionStage<Replacement> replaceAll(Collection<Backend> backends) {
        List<Backend> all = List.copyOf(backends);
        if (all.isEmpty()) {
            throw new IllegalArgumentException(
                    "backends is empty, must have at least one; removeAll() takes all of them out");
        }
        if (Set.copyOf(all).size() < all.size()) {
            throw new IllegalArgumentException("backends are " + all + ", must have different ids");
        }
        all.forEach(backend -> engine.prepare(backend, clock.nanoTime()));
        return change(table -> table.replaceAll(all));
    }

    @Override
    public CompletionStage<Replacement> removeAll() {
        return change(table -> table.replaceAll(List.of()));
    }

    private CompletionStage<DrainReport> leave(
            String id, BiConsumer<BackendTable, CompletableFuture<DrainReport>> change) {
        Objects.requireNonNull(id, "id");
        CompletableFuture<DrainReport> report = new CompletableFuture<>();
        ask(report, table -> change.accept(table, report));
        return report.minimalCompletionStage();
    }

    private <T> CompletionStage<T> change(Function<BackendTable, T> change) {
        CompletableFuture<T> done = new CompletableFuture<>();
        ask(done, table -> {
            T changed = change.apply(table);
            table.then(() -> done.complete(changed));
        });
        return done.minimalCompletionStage();
    }

    @Override
    public CompletionStage<Explanation> explain(SocketAddress client) {
        Objects.requireNonNull(client, "client");
        CompletableFuture<Explanation> answer = new CompletableFuture<>();
        ask(answer, table -> answer.complete(table.explain(client, addresses.get(0))));
        return answer.minimalCompletionStage();
    }

    private void ask(CompletableFuture<?> answer, Consumer<BackendTable> question) {
        boolean posted = control().post(() -> {
            if (engine.state() != ProxyState.RUNNING) {
                answer.completeExceptionally(new IllegalStateException("proxy " + name + " is " + engine.state()));
                return;
            }
            try {
                question.accept(engine.table());
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        if (!posted) {
            answer.completeExceptionally(new IllegalStateException(
                    "proxy " + name + " has " + limits.inboxCapacity() + " messages waiting and takes no more now"));
        } else if (deaf) {
            answer.completeExceptionally(new IllegalStateException("proxy " + name + " is " + engine.state()));
        }
    }

    private static Duration checkDeadline(Duration deadline) {
        if (deadline.isNegative() || deadline.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("deadline is " + deadline + ", must be between PT0S and " + LONGEST);
        }
        return deadline;
    }

    @Override
    public String toString() {
        return "proxy " + name + " " + state() + " on " + addresses;
    }
}
