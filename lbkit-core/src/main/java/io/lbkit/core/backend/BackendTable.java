package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import io.lbkit.DrainReport;
import io.lbkit.Explanation;
import io.lbkit.PoolStats;
import io.lbkit.ProxyConfig;
import io.lbkit.ProxyObserver;
import io.lbkit.Replacement;
import io.lbkit.SourceStats;
import io.lbkit.core.backend.Standing.Wish;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The truth about backends: which there are, and what is known about each. Every change ends with a new {@link Snapshot}.
 *
 * <p>Owned by the control loop.
 */
public final class BackendTable implements PassiveHealth.Pool, Publisher.Reader, SlowStarts.Watch {

    private static final String UNTESTED = "not checked yet";

    private final @Nullable Duration whenRemoved; // when to cut the sessions of a backend that a new set is without
    private final EventLoop control;
    private final int loops;
    private final Announcements announcements;
    private final FullCount full = new FullCount();
    private final Map<String, BackendEntry> entries = new LinkedHashMap<>();
    private final Set<BackendEntry> replaced = new LinkedHashSet<>(); // they serve until those in their place do
    private final Publisher publisher;
    private final Drains drains;
    private final PassiveHealth passive;
    private final SlowStarts slowStarts;
    private int members;
    private int serving;
    private final boolean untestedUp;
    private boolean starting = true;
    private boolean warm = true; // what comes in is not to ramp

    /**
     * @param errands for what large sets take too long for
     * @param cutSessions resets the sessions of a backend, on all loops
     */
    public BackendTable(
            ProxyConfig config,
            EventLoop control,
            int loops,
            Errands errands,
            ProxyObserver observer,
            Consumer<BackendEntry> cutSessions) {
        this.whenRemoved = config.onBackendRemoved().deadline();
        this.control = control;
        this.loops = loops;
        this.announcements = new Announcements(config.name(), observer);
        this.publisher = new Publisher(config, control, errands, full, entries.values(), this);
        this.drains = new Drains(control, cutSessions);
        this.passive = new PassiveHealth(config.outliers(), control, this);
        this.untestedUp = config.healthCheck() == null || config.healthCheck().initiallyUp();
        this.slowStarts = new SlowStarts(config.slowStart(), control, this);
    }

    public Pool pool() {
        return publisher.pool();
    }

    /** Tells of every change from now on. */
    public void watch(BackendWatch watch) {
        announcements.watch(watch);
    }

    /** Sets of more members than this are prepared for off the loops; otherwise {@value Publisher#SMALL}. */
    public void small(int most) {
        publisher.small(most);
    }

    /** The first set, before the loops run. */
    public void fill(Collection<Backend> backends) {
        for (Backend backend : backends) {
            BackendEntry entry = new BackendEntry(backend, loops, full, control.nowNanos());
            entries.put(backend.id(), entry);
            entry.standing().checked(untestedUp, UNTESTED);
            apply(entry);
        }
        publisher.now();
        for (BackendEntry entry : entries.values()) {
            announcements.tellAdded(entry);
        }
        starting = false;
        warm = false;
    }

    // ---- by the host

    public Backend add(Backend backend) {
        BackendEntry entry = entries.get(backend.id());
        if (replaced.contains(entry)) {
            removeReplaced(List.of(entry));
        } else if (entry != null && entry.state() != BackendState.REMOVED) {
            throw new IllegalArgumentException("backend id is " + backend.id() + ", must not be in the pool already");
        }
        if (entry == null) {
            entry = new BackendEntry(backend, loops, full, control.nowNanos());
        } else {
            entries.remove(backend.id());
            publisher.gone(entry); // to the end of the order
            entry.configure(backend);
        }
        enter(entry);
        return backend;
    }

    private void enter(BackendEntry entry) {
        assert control.isCurrent();
        publisher.configured();
        entries.put(entry.backend().id(), entry);
        entry.standing().enter(!warm, control.nowNanos());
        entry.standing().checked(untestedUp, UNTESTED);
        apply(entry);
        publisher.changed(announcements.added(entry));
        drains.end(entry);
        passive.onServingChanged();
    }

    public Backend update(Backend backend) {
        BackendEntry entry = find(backend.id());
        if (!entry.backend().addresses().equals(backend.addresses())) {
            passive.forget(entry); // it was another server that failed
        }
        publisher.configured();
        entry.configure(backend);
        settle(entry, true);
        announcements.changed(backend);
        return backend;
    }

    public Backend weight(String id, int weight) {
        return update(find(id).backend().weight(weight));
    }

    public Backend ready(String id) {
        BackendEntry entry = find(id);
        entry.standing().wish(Wish.READY);
        passive.forget(entry);
        settle(entry);
        drains.end(entry);
        return entry.backend();
    }

    /** Ends in {@code report} once the last session has ended. */
    public void drain(String id, @Nullable Duration deadline, CompletableFuture<DrainReport> report) {
        leave(find(id), Wish.DRAIN, deadline, report);
    }

    /** Ends in {@code report} once the last session has ended. */
    public void maintenance(String id, CompletableFuture<DrainReport> report) {
        leave(find(id), Wish.MAINTENANCE, null, report);
    }

    /** Ends in {@code report} once the last session has ended. */
    public void remove(String id, @Nullable Duration deadline, CompletableFuture<DrainReport> report) {
        leave(find(id), Wish.REMOVE, deadline, report);
    }

    private void leave(
            BackendEntry entry, Wish wish, @Nullable Duration deadline, CompletableFuture<DrainReport> report) {
        entry.standing().wish(wish);
        if (wish == Wish.REMOVE) {
            publisher.configured();
            passive.forget(entry);
        }
        settle(entry);
        drains.begin(entry, deadline, report);
        onIdle(entry);
    }

    /** The first set of a source, as if the proxy had been started with it. */
    public void startWith(SetChange change) {
        warm = true;
        try {
            replaceAll(change);
        } finally {
            warm = false;
        }
    }

    /** Publishes what there is now; before the loops run. */
    public void publishNow() {
        publisher.now();
    }

    /** What has to be done to make some backends the whole set, by what is published. Any thread. */
    public SetChange change(Collection<Backend> wanted) {
        Snapshot now = pool().current();
        return new SetChange(now, now.all(), wanted);
    }

    /**
     * Makes some backends the whole set, in one step. Those that are not in it serve until the others are in force, which takes a
     * large set a moment: there is none in which nobody serves.
     */
    public Replacement replaceAll(SetChange reckoned) {
        boolean holds = publisher.isAllOf(reckoned.from()) && replaced.isEmpty();
        SetChange change = holds ? reckoned : new SetChange(reckoned.from(), inTheSet(), reckoned.wanted());
        List<BackendEntry> leaving =
                change.removed().stream().map(backend -> find(backend.id())).toList();
        many(() -> {
            leaving.forEach(this::replace);
            change.updated().forEach(this::update);
            change.added().forEach(this::add);
        });
        publisher.then(() -> removeReplaced(leaving));
        Replacement done = new Replacement(change.added(), change.updated(), change.removed());
        announcements.replaced(done);
        return done;
    }

    private List<BackendEntry> inTheSet() {
        return entries.values().stream()
                .filter(entry -> !replaced.contains(entry))
                .toList();
    }

    private void replace(BackendEntry entry) {
        replaced.add(entry);
        entry.standing().replaced(true);
        publisher.configured();
        publisher.note(entry);
    }

    /** Those of them that have not been removed since. */
    private void removeReplaced(List<BackendEntry> leaving) {
        many(() -> leaving.stream().filter(replaced::remove).forEach(entry -> {
            entry.standing().replaced(false);
            leave(entry, Wish.REMOVE, whenRemoved, new CompletableFuture<>());
        }));
    }

    private void many(Runnable changes) {
        announcements.many(true);
        try {
            publisher.together(changes);
        } finally {
            announcements.many(false);
        }
    }

    /** Runs an action once the changes made so far are published. */
    public void then(Runnable action) {
        publisher.then(action);
    }

    private BackendEntry find(String id) {
        BackendEntry entry = entries.get(id);
        if (entry == null || entry.state() == BackendState.REMOVED || replaced.contains(entry)) {
            throw new IllegalArgumentException("backend id is " + id + ", must be in the pool");
        }
        return entry;
    }

    // ---- by health checks and agents

    /**
     * What the health checks of a backend have found, if it is news.
     *
     * @param why in a few words, for the log and for whoever asks
     */
    public void onChecked(BackendEntry entry, boolean up, String why) {
        if (entry.standing().isCheckedUp() != up && entry.state() != BackendState.REMOVED) {
            entry.standing().checked(up, why);
            if (up) {
                passive.forget(entry); // the checks know better than an old failure
            }
            settle(entry);
        }
    }

    /** What the agent of a backend wants now, all it has said so far taken together. */
    public void onAgent(BackendEntry entry, AgentWish wish) {
        if (!entry.standing().agent().equals(wish) && entry.state() != BackendState.REMOVED) {
            entry.standing().agent(wish);
            settle(entry, true);
        }
    }

    /** What the agent of a backend has wanted so far. */
    public AgentWish agentWish(BackendEntry entry) {
        return entry.standing().agent();
    }

    // ---- by sessions

    /** A session has learned something about a backend that may matter. */
    public void onNews(BackendEntry entry) {
        assert control.isCurrent();
        passive.onNews(entry);
    }

    /** Called when a backend that gets no new sessions may have lost its last one. */
    public void onIdle(BackendEntry entry) {
        assert control.isCurrent();
        if (entry.active() > 0 || !entry.isLeaving()) {
            return;
        }
        drains.end(entry);
        if (entry.state() == BackendState.REMOVED
                && entries.remove(entry.backend().id(), entry)) {
            publisher.gone(entry);
            publisher.changed();
        }
    }

    /** Called when no session is left at all: nobody may wait for one any more. */
    public void onAllIdle() {
        for (BackendEntry entry : List.copyOf(entries.values())) {
            onIdle(entry);
        }
        publisher.end();
    }

    // ---- what follows from the facts

    @Override
    public void onRamped(List<BackendEntry> moved) {
        publisher.together(() -> moved.forEach(entry -> settle(entry, true)));
    }

    @Override
    public void settle(BackendEntry entry) {
        settle(entry, false);
    }

    /**
     * Takes the state that follows from the facts, and tells everybody.
     *
     * @param updated whether more may have changed than what is looked at here; a share that ramps changes by itself
     */
    private void settle(BackendEntry entry, boolean updated) {
        assert control.isCurrent();
        BackendState was = entry.state();
        int couldHave = entry.most();
        int wereServing = serving;
        apply(entry);
        if (entry.state() != was || entry.most() != couldHave) {
            announcements.tellNews();
        }
        if (entry.state() != was || entry.most() != couldHave || updated) {
            publisher.changed(announcements.settled(entry, was));
        }
        if (serving != wereServing) {
            passive.onServingChanged();
        }
    }

    /** Makes state, weight and limit of an entry what its facts say. */
    private void apply(BackendEntry entry) {
        Standing standing = entry.standing();
        BackendState is = standing.state();
        if (Census.isServing(is)) {
            if (!Census.isServing(entry.state())) {
                entry.faults().clearRow(); // what failed before it went does not count when it is back
            }
            if (standing.isCold() && slowStarts.isOn()) {
                slowStarts.begin(entry);
                is = BackendState.RAMPING;
            }
            standing.cold(false);
        } else if (is != BackendState.DRAINING) { // one that is drained stays warm, and its clock runs on
            standing.cold(!warm);
            slowStarts.end(entry);
        }
        double share = slowStarts.share(entry);
        int weight = standing.agent().weightOf(entry.backend().weight());
        int most = Math.min(entry.backend().maxConnections(), standing.agent().maxConnections());
        entry.limit(most == Backend.UNLIMITED ? most : (int) Math.max(1, most * share));
        Ejection ejection = standing.ejection();
        entry.moveTo(
                is,
                new Condition(
                        is == entry.state() ? entry.condition().sinceNanos() : control.nowNanos(),
                        standing.why(),
                        weight * share,
                        ejection.count(),
                        ejection.untilNanos()));
        publisher.note(entry);
        boolean member = Census.isMember(is) && weight > 0;
        members += standing.countMember(member);
        serving += standing.countServing(member && Census.isServing(is));
    }

    @Override
    public void onPublished(Tiers tiers) {
        announcements.tellNews();
        if (announcements.isNews(tiers) && !starting) {
            publisher.then(announcements.poolChanged(tiers));
        }
    }

    // ---- for PassiveHealth

    @Override
    public int members() {
        return members;
    }

    @Override
    public int serving() {
        return serving;
    }

    @Override
    public Members current() {
        return pool().current().members();
    }

    // ---- readings

    /** The counters of every backend. Any thread. */
    public List<BackendStats> stats(long nowNanos) {
        return pool().current().all().stream()
                .map(entry -> entry.stats(nowNanos))
                .toList();
    }

    /** How the pool does as a whole. Any thread. */
    public PoolStats poolStats(
            long failOpenPicks, long throttled, Duration throttledTime, @Nullable SourceStats source) {
        Snapshot now = pool().current();
        return new PoolStats(
                now.tiers().mode(),
                now.tiers().priority(),
                now.size(),
                now.tiers().serving(),
                failOpenPicks,
                passive.ejections(),
                throttled,
                throttledTime,
                source);
    }

    /** Who would serve a client now that wants {@code serverName} and so has taken a route. */
    public Explanation explain(
            SocketAddress client, SocketAddress listener, @Nullable String serverName, @Nullable String route) {
        assert control.isCurrent();
        return new Explainer(pool().current(), control.nowNanos()).explain(client, listener, serverName, route);
    }
}
