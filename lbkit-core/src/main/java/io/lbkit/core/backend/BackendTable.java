package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import io.lbkit.DrainReport;
import io.lbkit.ProxyObserver;
import io.lbkit.Selector;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The truth about backends. Every change ends with a new {@link Snapshot}.
 *
 * <p>Owned by the control loop.
 */
public final class BackendTable {

    private static final Logger LOG = LoggerFactory.getLogger(BackendTable.class);

    private final String proxy;
    private final EventLoop control;
    private final int loops;
    private final Selector selector;
    private final ProxyObserver observer;
    private final Consumer<BackendEntry> cutSessions;
    private final Pool pool = new Pool();
    private final Map<String, BackendEntry> entries = new LinkedHashMap<>();
    private final List<Drain> drains = new ArrayList<>();
    private final List<BackendWatch> watches = new ArrayList<>();
    private final CandidateView view = new CandidateView();

    /** Somebody waits for the last session of a backend. */
    private final class Drain {
        final BackendEntry entry;
        final CompletableFuture<DrainReport> report;
        final long begunNanos = control.nowNanos();
        final long sessions;
        final long cutBefore;
        final Timer deadline;

        Drain(BackendEntry entry, CompletableFuture<DrainReport> report) {
            this.entry = entry;
            this.report = report;
            this.sessions = entry.active();
            this.cutBefore = entry.cut();
            this.deadline = new Timer(() -> cutSessions.accept(entry));
        }

        void end() {
            control.timers().cancel(deadline);
            long cut = entry.cut() - cutBefore;
            long left = entry.state() == BackendState.UP ? entry.active() : 0;
            report.complete(new DrainReport(
                    Math.max(0, sessions - cut - left), cut, Duration.ofNanos(control.nowNanos() - begunNanos)));
        }
    }

    /**
     * @param cutSessions resets the sessions of a backend, on all loops
     */
    public BackendTable(
            String proxy,
            EventLoop control,
            int loops,
            Selector selector,
            ProxyObserver observer,
            Consumer<BackendEntry> cutSessions) {
        this.proxy = proxy;
        this.control = control;
        this.loops = loops;
        this.selector = selector;
        this.observer = observer;
        this.cutSessions = cutSessions;
    }

    public Pool pool() {
        return pool;
    }

    /** Tells of every change from now on. */
    public void watch(BackendWatch watch) {
        watches.add(watch);
    }

    /** The first set, before the loops run. */
    public void fill(Collection<Backend> backends) {
        for (Backend backend : backends) {
            entries.put(backend.id(), new BackendEntry(backend, loops, control.nowNanos()));
        }
        publish();
        for (BackendWatch watch : watches) {
            entries.values().forEach(watch::onAdded);
        }
    }

    public Backend add(Backend backend) {
        BackendEntry entry = entries.get(backend.id());
        if (entry != null && entry.state() != BackendState.REMOVED) {
            throw new IllegalArgumentException("backend id is " + backend.id() + ", must not be in the pool already");
        }
        if (entry == null) {
            entry = new BackendEntry(backend, loops, control.nowNanos());
        } else {
            entries.remove(backend.id()); // to the end of the order
            entry.configure(backend);
        }
        entries.put(backend.id(), entry);
        moveTo(entry, BackendState.UP);
        for (BackendWatch watch : watches) {
            watch.onAdded(entry);
        }
        return backend;
    }

    public Backend update(Backend backend) {
        BackendEntry entry = find(backend.id());
        entry.configure(backend);
        publish();
        for (BackendWatch watch : watches) {
            watch.onUpdated(entry);
        }
        LOG.info("{}: backend {} changed", proxy, backend);
        return backend;
    }

    public Backend weight(String id, int weight) {
        return update(find(id).backend().weight(weight));
    }

    public Backend ready(String id) {
        BackendEntry entry = find(id);
        moveTo(entry, BackendState.UP);
        return entry.backend();
    }

    /** Ends in {@code report} once the last session has ended. */
    public void drain(String id, @Nullable Duration deadline, CompletableFuture<DrainReport> report) {
        leave(find(id), BackendState.DRAINING, deadline, report);
    }

    /** Ends in {@code report} once the last session has ended. */
    public void remove(String id, @Nullable Duration deadline, CompletableFuture<DrainReport> report) {
        leave(find(id), BackendState.REMOVED, deadline, report);
    }

    private void leave(
            BackendEntry entry,
            BackendState state,
            @Nullable Duration deadline,
            CompletableFuture<DrainReport> report) {
        moveTo(entry, state);
        Drain drain = new Drain(entry, report);
        drains.add(drain);
        if (deadline != null) {
            control.timers().arm(drain.deadline, control.nowNanos() + deadline.toNanos());
        }
        onIdle(entry);
    }

    /** Called when a backend that gets no new sessions may have lost its last one. */
    public void onIdle(BackendEntry entry) {
        assert control.isCurrent();
        if (entry.active() > 0 || entry.state() == BackendState.UP) {
            return;
        }
        endDrains(entry);
        if (entry.state() == BackendState.REMOVED
                && entries.remove(entry.backend().id(), entry)) {
            publish();
        }
    }

    /** Called when no session is left at all: nobody may wait for one any more. */
    public void onAllIdle() {
        for (BackendEntry entry : List.copyOf(entries.values())) {
            onIdle(entry);
        }
    }

    /**
     * What the health checks of a backend have found, if it is news.
     *
     * @param why in a few words, for the log
     */
    public void onChecked(BackendEntry entry, boolean up, String why) {
        assert control.isCurrent();
        if (entry.state() == (up ? BackendState.DOWN : BackendState.UP)) {
            LOG.info("{}: check of {}: {}", proxy, entry.backend(), why);
            moveTo(entry, up ? BackendState.UP : BackendState.DOWN);
        }
    }

    private void endDrains(BackendEntry entry) {
        for (Drain drain : List.copyOf(drains)) {
            if (drain.entry == entry) {
                drains.remove(drain);
                drain.end();
            }
        }
    }

    private void moveTo(BackendEntry entry, BackendState state) {
        assert control.isCurrent();
        boolean wasUp = entry.state() == BackendState.UP;
        entry.moveTo(state);
        publish();
        if (state == BackendState.UP) {
            endDrains(entry);
        }
        LOG.info("{}: backend {} is {}", proxy, entry.backend(), state);
        observer.onBackendChanged(entry.backend(), state);
        tell(entry, wasUp);
    }

    private void tell(BackendEntry entry, boolean wasUp) {
        boolean isUp = entry.state() == BackendState.UP;
        for (BackendWatch watch : watches) {
            if (isUp && !wasUp) {
                watch.onUp(entry);
            } else if (!isUp && wasUp) {
                watch.onDown(entry);
            }
            if (entry.state() == BackendState.REMOVED) {
                watch.onRemoved(entry);
            }
        }
    }

    /** The counters of every backend. Any thread. */
    public List<BackendStats> stats(long nowNanos) {
        return pool.current().all().stream().map(entry -> entry.stats(nowNanos)).toList();
    }

    private BackendEntry find(String id) {
        BackendEntry entry = entries.get(id);
        if (entry == null || entry.state() == BackendState.REMOVED) {
            throw new IllegalArgumentException("backend id is " + id + ", must be in the pool");
        }
        return entry;
    }

    private void publish() {
        List<BackendEntry> all = List.copyOf(entries.values());
        List<BackendEntry> eligible = all.stream()
                .filter(e -> e.state() == BackendState.UP && e.backend().weight() > 0)
                .toList();
        pool.publish(new Snapshot(all, eligible, prepare(new Snapshot(all, eligible, selector))));
        watches.forEach(BackendWatch::onPublished);
    }

    private Selector prepare(Snapshot next) {
        try {
            return selector.prepare(view.show(next, control.nowNanos()));
        } catch (RuntimeException thrown) {
            LOG.error("{}: the selector could not be prepared for {} backends", proxy, next.size(), thrown);
            return selector;
        }
    }
}
