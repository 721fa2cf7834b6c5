package io.lbkit.core;

import io.lbkit.Backend;
import io.lbkit.BackendSource;
import io.lbkit.CloseReason;
import io.lbkit.PoolStats;
import io.lbkit.ProxyConfig;
import io.lbkit.ProxyObserver;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.health.HealthWatch;
import io.lbkit.core.health.SecureDialer;
import io.lbkit.core.live.Cuts;
import io.lbkit.core.live.Rebalancer;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.observe.PoolObserver;
import io.lbkit.core.relay.HeldBack;
import io.lbkit.core.relay.Lane;
import io.lbkit.core.relay.Relay;
import io.lbkit.core.relay.RelayLimits;
import io.lbkit.core.relay.RetryBudget;
import io.lbkit.core.relay.WaitingLine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All that belongs to one pool of backends: those of the proxy itself, or of a route.
 *
 * <p>Owned by the control loop; the lane and the counts are for every thread.
 */
final class PoolEngine implements Lane.Owner, Consumer<BackendEntry> {

    private final ProxyConfig config;
    private final EventLoop control;
    private final Engine engine;
    private final Cuts cuts;
    private final BackendTable table;
    private final WaitingLine line;
    private final Rebalancer rebalancer;
    private final HealthWatch health;
    private final Lane lane;
    private final @Nullable SourceFeed feed;

    /**
     * @param route its name, null for the pool of the proxy itself
     * @param config of the proxy, or what a route makes of it
     * @param loops the control loop first
     * @param relays one for each loop, by the time that there are sessions
     * @param engine the whole
     */
    PoolEngine(
            @Nullable String route,
            ProxyConfig config,
            List<EventLoop> loops,
            List<Relay> relays,
            Errands errands,
            SecureDialer secure,
            ProxyObserver observer,
            Engine engine) {
        this.control = loops.get(0);
        this.engine = engine;
        this.config = config;
        this.cuts = new Cuts(config.name(), control, relays, config.limits().cutsPerSecond(), config.onBackendDown());
        this.table = new BackendTable(config, control, loops.size(), errands, new PoolObserver(route, observer), this);
        this.line = new WaitingLine(control, config.limits().queueCapacity(), table.pool(), this);
        this.rebalancer = new Rebalancer(config.name(), control, relays, table.pool(), config.rebalance());
        table.watch(line);
        table.watch(cuts);
        table.watch(rebalancer);
        this.health = new HealthWatch(config, loops, errands, secure, table);
        RetryBudget retries = new RetryBudget(
                control.nowNanos(),
                config.limits().retriesPerSecond(),
                config.limits().retryPercent());
        RelayLimits limits = RelayLimits.of(config.limits());
        this.lane = new Lane(
                route,
                table.pool(),
                line,
                retries,
                config.outliers(),
                new LongAdder(),
                limits.toBackend(),
                limits.toClient(),
                new HeldBack(),
                this);
        BackendSource source = config.source();
        this.feed = source == null
                ? null
                : new SourceFeed(config.name(), source, control, table, engine::prepare, engine::isRunning);
    }

    /** The sessions of a backend have had their time. */
    @Override
    public void accept(BackendEntry removed) {
        cuts.begin(removed, CloseReason.BACKEND_REMOVED);
    }

    @Override
    public void onNews(EventLoop loop, BackendEntry entry) {
        loop.sendLater(control, () -> table.onNews(entry));
    }

    @Override
    public void onIdle(BackendEntry entry) {
        table.onIdle(entry);
    }

    @Override
    public void onSettled() {
        engine.endIfIdle();
    }

    /** The first backends, before the loops run. */
    void fill() {
        List<Backend> first = new ArrayList<>(config.backends().size());
        for (Backend backend : config.backends()) {
            first.add(engine.prepare(backend));
        }
        table.fill(first);
    }

    /** The checks begin. */
    void start() {
        health.start();
    }

    /** Before the loops run: the source of backends, if there is one, begins. */
    void startSource() throws Exception {
        if (feed != null) {
            feed.start();
        }
    }

    /** No session moves any more for the sake of balance. */
    void stop() {
        rebalancer.stop();
    }

    /** The last session has ended. */
    void end() {
        health.stop();
        table.onAllIdle(); // word of the last session of a backend may still be on its way from another loop
    }

    /** The loops have ended; any thread. */
    void closeSource() {
        if (feed != null) {
            feed.close();
        }
    }

    BackendTable table() {
        return table;
    }

    WaitingLine line() {
        return line;
    }

    HealthWatch health() {
        return health;
    }

    Lane lane() {
        return lane;
    }

    /** How the pool as a whole does. Any thread. */
    PoolStats stats(long nowNanos) {
        return table.poolStats(
                lane.failOpenPicks().sum(),
                lane.heldBack().ways(),
                Duration.ofNanos(lane.heldBack().nanos()),
                feed == null ? null : feed.stats(nowNanos));
    }
}
