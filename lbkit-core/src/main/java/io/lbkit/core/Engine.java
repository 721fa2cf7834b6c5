package io.lbkit.core;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.DrainReport;
import io.lbkit.ProxyConfig;
import io.lbkit.ProxyState;
import io.lbkit.ProxyStats;
import io.lbkit.Route;
import io.lbkit.RouteStats;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.health.HealthWatch;
import io.lbkit.core.loop.Command;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import io.lbkit.core.observe.GuardedObserver;
import io.lbkit.core.observe.LoopCounters;
import io.lbkit.core.observe.LoopCounters.Count;
import io.lbkit.core.relay.Acceptor;
import io.lbkit.core.relay.Gate;
import io.lbkit.core.relay.Lane;
import io.lbkit.core.relay.Permits;
import io.lbkit.core.relay.Relay;
import io.lbkit.core.relay.RelayLimits;
import io.lbkit.core.relay.Routes;
import io.lbkit.core.relay.WaitingLine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything a proxy is made of, except threads and the system: given loops, it wires the rest, and it decides when the
 * proxy has ended.
 *
 * <p>Owned by the control loop, which is loop 0; {@link #state()} and {@link #stats} are for every thread.
 */
public final class Engine implements Command, TimerOwner {

    private final EventLoop control;
    private final List<EventLoop> loops;
    private final List<Relay> relays = new ArrayList<>();
    private final List<LoopCounters> counters = new ArrayList<>();
    private final Permits permits;
    private final Gate gate;
    private final TlsWiring tls;
    private final PoolEngine pool; // of the proxy itself
    private final Map<String, PoolEngine> byRoute = new LinkedHashMap<>();
    private final List<PoolEngine> pools = new ArrayList<>(); // all of them, the proxy's own first
    private final Routes routes;
    private final Acceptor acceptor;
    private final Errands errands;
    private final Consumer<DrainReport> whenEnded;
    private final Timer deadline = new Timer(this);
    // Written by the control loop and, last, by whoever has ended the loops; read by every thread.
    private volatile ProxyState state = ProxyState.RUNNING;
    private long stopNanos;
    private long closedBefore; // sessions, when it was told to stop
    private boolean ended;

    /**
     * @param loops at least one
     * @param errands for what is too long for a loop
     * @param whenEnded called once on the control loop, when the last session has ended after {@link #stop}
     */
    public Engine(ProxyConfig config, List<EventLoop> loops, Errands errands, Consumer<DrainReport> whenEnded) {
        this(config, loops, errands, errands, whenEnded);
    }

    /**
     * @param handshakes for what TLS has to compute, which must not wait for a host that blocks
     */
    Engine(
            ProxyConfig config,
            List<EventLoop> loops,
            Errands errands,
            Errands handshakes,
            Consumer<DrainReport> whenEnded) {
        this.errands = errands;
        this.loops = List.copyOf(loops);
        this.control = loops.get(0);
        this.whenEnded = whenEnded;
        this.permits = new Permits(config.limits().maxConnections());
        AtomicBoolean complained = new AtomicBoolean();
        List<GuardedObserver> observers = new ArrayList<>();
        for (int i = 0; i < loops.size(); i++) {
            LoopCounters own = new LoopCounters();
            counters.add(own);
            observers.add(new GuardedObserver(config.observer(), own, complained));
        }
        this.tls = new TlsWiring(config, loops, counters, handshakes);
        this.gate = new Gate(config.access(), config.admission(), control.random());
        this.pool = pool(null, config, observers.get(0));
        for (Route route : config.routes()) {
            byRoute.put(route.name(), pool(route.name(), config.of(route), observers.get(0)));
        }
        List<Lane> lanes = new ArrayList<>();
        for (PoolEngine ofRoute : byRoute.values()) {
            lanes.add(ofRoute.lane());
        }
        this.routes =
                new Routes(config.routes(), lanes, pool.lane(), config.limits().bufferBytes());
        for (int i = 0; i < loops.size(); i++) {
            EventLoop loop = loops.get(i);
            Relay.Shared shared = new Relay.Shared(
                    config.name(),
                    RelayLimits.of(config.limits()),
                    permits,
                    config.observer(),
                    gate,
                    tls,
                    routes,
                    control,
                    this);
            relays.add(new Relay(loop, shared, counters.get(i), observers.get(i)));
        }
        this.acceptor = new Acceptor(
                config.name(),
                control,
                relays,
                permits,
                counters.get(0),
                config.limits().acceptsPerTurn(),
                config.admission());
        for (PoolEngine each : pools) {
            each.fill();
        }
        for (PoolEngine each : pools) {
            each.start();
        }
    }

    private PoolEngine pool(@Nullable String route, ProxyConfig config, GuardedObserver observer) {
        PoolEngine made = new PoolEngine(route, config, loops, relays, errands, tls, observer, this);
        pools.add(made);
        return made;
    }

    public Acceptor acceptor() {
        return acceptor;
    }

    /** The backends of the proxy itself. */
    public BackendTable table() {
        return pool.table();
    }

    /** The backends of a route, which there is. */
    public BackendTable table(String route) {
        return Objects.requireNonNull(byRoute.get(route)).table();
    }

    /** Which route serves whom, by name; any thread. */
    Routes routes() {
        return routes;
    }

    public HealthWatch health() {
        return pool.health();
    }

    public WaitingLine line() {
        return pool.line();
    }

    public List<Relay> relays() {
        return relays;
    }

    /**
     * Looks whether a backend can have what it asks for, and reads the files that it needs, before it is added; any thread.
     *
     * @return the same backend, to be added
     * @throws IllegalArgumentException if there is anything that it cannot have, naming it
     */
    Backend prepare(Backend backend) {
        control.transport().check(backend.socketOptions());
        return tls.prepare(backend, control.timeNanos());
    }

    public Gate gate() {
        return gate;
    }

    public Permits permits() {
        return permits;
    }

    public ProxyState state() {
        return state;
    }

    /** Stops accepting, and cuts what remains after a while; called again, only an earlier deadline counts. */
    public void stop(Duration within) {
        assert control.isCurrent();
        if (state == ProxyState.RUNNING) {
            stopNanos = control.nowNanos();
            closedBefore = closed();
            acceptor.stop(this::endIfIdle);
            pools.forEach(PoolEngine::stop);
            state = ProxyState.DRAINING;
            permits.awaitLast();
        }
        long at = control.nowNanos() + within.toNanos();
        if (!ended && (!deadline.isArmed() || at - deadline.deadlineNanos() < 0)) {
            control.timers().arm(deadline, at);
        }
        endIfIdle();
    }

    boolean isRunning() {
        return state == ProxyState.RUNNING;
    }

    /** Sent by a loop: a permit has come back. */
    @Override
    public void run() {
        if (state == ProxyState.RUNNING) {
            acceptor.resume();
        }
        endIfIdle();
    }

    /** A place on its way to the waiting line is given back before the end, though no session has it any more. */
    void endIfIdle() {
        boolean idle = acceptor.isClosed() && permits.used() == 0 && handedOver() == 0;
        if (state == ProxyState.DRAINING && !ended && idle) {
            ended = true;
            control.timers().cancel(deadline);
            pools.forEach(PoolEngine::end);
            long cut = closed(CloseReason.DRAIN_TIMEOUT);
            long finished = closed() - closedBefore - cut;
            whenEnded.accept(new DrainReport(finished, cut, Duration.ofNanos(control.nowNanos() - stopNanos)));
        }
    }

    private long handedOver() {
        return pools.stream().mapToLong(each -> each.line().handedOver()).sum();
    }

    /** Before the loops run: the sources of backends begin, all of them or none. */
    public void startSources() throws Exception {
        try {
            for (PoolEngine each : pools) {
                each.startSource();
            }
        } catch (Throwable e) {
            pools.forEach(PoolEngine::closeSource);
            throw e;
        }
    }

    /** The loops have ended. Any thread, once. */
    public void onLoopsEnded() {
        pools.forEach(PoolEngine::closeSource);
        state = ProxyState.CLOSED;
    }

    /** The time of those who are left is up. */
    @Override
    public void onDue(Timer timer) {
        acceptor.close();
        for (Relay relay : relays) {
            control.send(relay.loop(), () -> relay.sessions().cutAll(CloseReason.DRAIN_TIMEOUT));
        }
        endIfIdle();
    }

    /** A reading of all counters. Any thread. */
    public ProxyStats stats(long nowNanos) {
        Map<CloseReason, Long> closed = new EnumMap<>(CloseReason.class);
        Map<CloseReason, Long> dryRun = new EnumMap<>(CloseReason.class);
        for (CloseReason reason : CloseReason.values()) {
            closed.put(reason, closed(reason));
            long spared = counters.stream().mapToLong(own -> own.dryRun(reason)).sum();
            if (spared > 0) {
                dryRun.put(reason, spared);
            }
        }
        return new ProxyStats(
                state,
                sum(Count.ACCEPTED),
                permits.used(),
                pools.stream().mapToLong(each -> each.line().size()).sum(),
                closed,
                dryRun,
                sum(Count.QUEUED),
                sum(Count.CONNECT_FAILURES),
                sum(Count.LOCAL_FAILURES),
                sum(Count.RETRIES),
                sum(Count.RETRIES_DENIED),
                sum(Count.ACCEPT_FAILURES),
                sum(Count.OBSERVER_FAILURES),
                sum(Count.BYTES_TO_BACKENDS),
                sum(Count.BYTES_TO_CLIENTS),
                sum(Count.BUFFERS_IN_USE),
                sum(Count.BUFFER_BYTES_HELD),
                counters.stream().map(own -> own.get(Count.SESSIONS)).toList(),
                pool.stats(nowNanos),
                pool.table().stats(nowNanos),
                byRoute.entrySet().stream()
                        .map(route -> routeStats(route.getKey(), route.getValue(), nowNanos))
                        .toList());
    }

    private static RouteStats routeStats(String name, PoolEngine pool, long nowNanos) {
        return new RouteStats(
                name, pool.line().size(), pool.stats(nowNanos), pool.table().stats(nowNanos));
    }

    private long sum(Count count) {
        long sum = 0;
        for (LoopCounters own : counters) {
            sum += own.get(count);
        }
        return sum;
    }

    private long closed() {
        long sum = 0;
        for (CloseReason reason : CloseReason.values()) {
            sum += closed(reason);
        }
        return sum;
    }

    private long closed(CloseReason reason) {
        long sum = 0;
        for (LoopCounters own : counters) {
            sum += own.closed(reason);
        }
        return sum;
    }

    public Errands errands() {
        return errands;
    }

    /** The loops, the control loop first. */
    public List<EventLoop> loops() {
        return loops;
    }
}
