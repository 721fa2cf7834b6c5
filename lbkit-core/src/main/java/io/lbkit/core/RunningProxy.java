package io.lbkit.core;

import io.lbkit.Backend;
import io.lbkit.Backends;
import io.lbkit.DrainReport;
import io.lbkit.Explanation;
import io.lbkit.Limits;
import io.lbkit.Proxy;
import io.lbkit.ProxyConfig;
import io.lbkit.ProxyState;
import io.lbkit.ProxyStats;
import io.lbkit.Route;
import io.lbkit.core.loop.Clock;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.LoopThread;
import io.lbkit.core.wire.HostName;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The host's end of a proxy: turns calls into commands for the control loop.
 *
 * <p>Shared; the fields do not change after construction, but for {@code deaf}, which the control loop sets last, and the
 * deadline that callers of {@link #stop} set.
 */
final class RunningProxy implements Proxy {

    private static final Duration LONGEST = Duration.ofDays(3650);

    private final String name;
    private final Limits limits;
    private final Clock clock;
    private final Engine engine;
    private final List<LoopThread> threads;
    private final List<SocketAddress> addresses;
    private final CompletableFuture<DrainReport> stopped;
    private final PoolBackends backends;
    private final Map<String, PoolBackends> backendsByRoute = new HashMap<>();
    private final AtomicReference<@Nullable Duration> shortest = new AtomicReference<>(); // of the deadlines asked for
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
        this.clock = clock;
        this.engine = engine;
        this.threads = threads;
        this.addresses = List.copyOf(addresses);
        this.stopped = stopped;
        this.backends = new PoolBackends(this, null, engine.table(), config);
        for (Route route : config.routes()) {
            backendsByRoute.put(route.name(), new PoolBackends(this, route.name(), engine.table(route.name()), config));
        }
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
        return backends;
    }

    @Override
    public Backends backends(String route) {
        Backends found = backendsByRoute.get(Objects.requireNonNull(route, "route"));
        if (found == null) {
            throw new IllegalArgumentException("route is " + route + ", must be one of " + backendsByRoute.keySet());
        }
        return found;
    }

    @Override
    public ProxyStats stats() {
        return engine.stats(clock.nanoTime());
    }

    @Override
    public CompletionStage<DrainReport> stop(Duration deadline) {
        checkDeadline(deadline);
        shortest.accumulateAndGet(deadline, (a, b) -> a == null || b.compareTo(a) < 0 ? b : a);
        if (control().isCurrent()) {
            engine.stop(deadline);
        } else if (!control().post(() -> engine.stop(deadline))) {
            // The inbox is full, of commands that now will come too late. The last call stands for all of them.
            control().insist(() -> engine.stop(Objects.requireNonNull(shortest.get())));
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

    /** Complains about what a backend cannot have, and returns what is to be added. */
    Backend prepare(Backend backend) {
        return engine.prepare(backend);
    }

    @Override
    public CompletionStage<Explanation> explain(SocketAddress client) {
        return backends.explain(client);
    }

    @Override
    public CompletionStage<Explanation> explain(
            SocketAddress client, @Nullable String serverName, String... protocols) {
        String name = serverName == null ? null : HostName.of(serverName);
        if (serverName != null && name == null) {
            throw new IllegalArgumentException("server name is \"" + serverName + "\", must be a host name");
        }
        String route = engine.routes().routeOf(name, List.of(protocols));
        PoolBackends pool = route == null ? backends : Objects.requireNonNull(backendsByRoute.get(route));
        return pool.explain(client, name);
    }

    /** Has a question answered on the control loop, or says at once that nobody will. */
    void ask(CompletableFuture<?> answer, Runnable question) {
        boolean posted = control().post(() -> {
            if (engine.state() != ProxyState.RUNNING) {
                answer.completeExceptionally(new IllegalStateException("proxy " + name + " is " + engine.state()));
                return;
            }
            try {
                question.run();
            } catch (Throwable e) {
                answer.completeExceptionally(e); // whoever asked must not wait for ever
            }
        });
        if (!posted) {
            answer.completeExceptionally(new IllegalStateException(
                    "proxy " + name + " has " + limits.inboxCapacity() + " messages waiting and takes no more now"));
        } else if (deaf) {
            answer.completeExceptionally(new IllegalStateException("proxy " + name + " is " + engine.state()));
        }
    }

    static Duration checkDeadline(Duration deadline) {
        Objects.requireNonNull(deadline, "deadline");
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
