package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Failover;
import io.lbkit.Limits;
import io.lbkit.Listener;
import io.lbkit.OutlierPolicy;
import io.lbkit.PoolMode;
import io.lbkit.Proxy;
import io.lbkit.ProxyConfig;
import io.lbkit.ProxyObserver;
import io.lbkit.Replacement;
import io.lbkit.Selector;
import io.lbkit.SlowStart;
import io.lbkit.SocketOptions;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ListenSocket;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** A table of backends on a control loop without a network, in a time that passes only when told to. */
final class Bench implements ProxyObserver {

    /** Those parts of a configuration that concern the table. */
    record Rules(OutlierPolicy outliers, SlowStart slowStart, Failover failover, Selector selector) {
        static final Rules DEFAULT =
                new Rules(OutlierPolicy.DEFAULT, SlowStart.OFF, Failover.DEFAULT, (candidates, client) -> 0);

        Rules with(OutlierPolicy outliers) {
            return new Rules(outliers, slowStart, failover, selector);
        }

        Rules with(SlowStart slowStart) {
            return new Rules(outliers, slowStart, failover, selector);
        }

        Rules with(Selector selector) {
            return new Rules(outliers, slowStart, failover, selector);
        }

        Rules with(Failover failover) {
            return new Rules(outliers, slowStart, failover, selector);
        }
    }

    /** What the table has told, in order: "b1 DOWN", "up b1", and so on. */
    final List<String> told = new ArrayList<>();

    /** How often the selector was prepared, and for whom. */
    final List<String> prepared = new ArrayList<>();

    /** How many messages sessions have sent to the control loop. */
    int messages;

    final EventLoop control;
    final BackendTable table;
    private final CandidateView view = new CandidateView();
    private final ArrayDeque<Runnable> errands = new ArrayDeque<>();
    private int refusals;
    private final Rules rules;
    private long nowNanos = 1_000_000_000_000L;

    Bench(Backend... backends) {
        this(Rules.DEFAULT, backends);
    }

    Bench(Rules rules, Backend... backends) {
        this(rules, Limits.DEFAULT, false, backends);
    }

    Bench(Rules rules, Limits limits, Backend... backends) {
        this(rules, limits, false, backends);
    }

    /** @param downAtFirst whether health checks call each backend down until they know better */
    Bench(Rules rules, boolean downAtFirst, Backend... backends) {
        this(rules, Limits.DEFAULT, downAtFirst, backends);
    }

    private Bench(Rules rules, Limits limits, boolean downAtFirst, Backend... backends) {
        this.rules = rules;
        control = new EventLoop(0, () -> nowNanos, new NoNetwork(), new SplittableRandom(1), 64, () -> true);
        ProxyConfig config = Proxy.builder()
                .name("bench")
                .backends(List.of(backends))
                .selector(new Spy(rules.selector()))
                .limits(unset -> limits)
                .observer(this)
                .loops(1)
                .outliers(rules.outliers())
                .slowStart(rules.slowStart())
                .failover(rules.failover())
                .config();
        table = new BackendTable(config, control, 1, this::runErrand, this, entry -> told.add("cut " + id(entry)));
        table.watch(new Telling());
        if (downAtFirst) {
            table.watch(new BackendWatch() {
                @Override
                public void onAdded(BackendEntry entry) {
                    table.onChecked(entry, false, "not checked yet");
                }
            });
        }
        table.fill(config.backends());
        told.clear();
        prepared.clear();
    }

    /** Backend b1, b2, … */
    static Backend backend(int n) {
        return Backend.of(new InetSocketAddress("10.0.0." + n, 80)).id("b" + n);
    }

    static Backend[] backends(int n) {
        return IntStream.rangeClosed(1, n).mapToObj(Bench::backend).toArray(Backend[]::new);
    }

    private boolean runErrand(Runnable errand) {
        return refusals-- <= 0 && errands.add(errand);
    }

    /** The next few errands find no thread. */
    void refuseErrands(int count) {
        refusals = count;
    }

    /** Does what was sent off the loops; says how much that was. */
    int runErrands() {
        int count = 0;
        for (; !errands.isEmpty(); count++) {
            errands.remove().run();
        }
        return count;
    }

    /** Does what was sent off the loops last, before what was sent earlier. */
    void runNewestErrand() {
        errands.removeLast().run();
    }

    /** Goes on until nothing is to be done off the loops. */
    void settle() {
        pass(Duration.ofMillis(20));
        while (runErrands() > 0) {
            pass(Duration.ofMillis(20));
        }
    }

    Replacement replaceAll(Collection<Backend> wanted) {
        return table.replaceAll(table.change(wanted));
    }

    void startWith(Collection<Backend> wanted) {
        table.startWith(table.change(wanted));
    }

    BackendEntry entry(String id) {
        return table.pool().current().all().stream()
                .filter(entry -> id(entry).equals(id))
                .findFirst()
                .orElseThrow();
    }

    BackendState state(String id) {
        return entry(id).state();
    }

    Snapshot snapshot() {
        return table.pool().current();
    }

    /** A session that has a place in a backend, or was refused one. */
    final class Visit {
        final BackendEntry entry;
        final Place place;
        private boolean connected;

        private Visit(BackendEntry entry) {
            this.entry = entry;
            place = entry.tryReserve();
        }

        Visit connects() {
            connected = true;
            return tell(entry.onConnected(place));
        }

        /** A byte has moved. */
        Visit talks() {
            entry.onSound();
            return this;
        }

        /** Refused or late; or reset, if it was connected. */
        Visit fails() {
            tell(entry.onFault(place, connected, rules.outliers().consecutiveFailures()));
            return leaves();
        }

        /** The client has gone before anything was learned. */
        Visit isGivenUp() {
            entry.onNothing(place);
            return leaves();
        }

        Visit leaves() {
            if (entry.release()) {
                table.onIdle(entry);
            }
            return this;
        }

        private Visit tell(boolean news) {
            if (news) {
                messages++;
                control.sendLater(control, () -> table.onNews(entry));
                turn();
            }
            return this;
        }
    }

    Visit visit(String id) {
        return new Visit(entry(id));
    }

    /** As many sessions as it takes to eject a backend fail to connect to it. */
    void fail(String id) {
        fail(entry(id));
    }

    void fail(BackendEntry entry) {
        for (int i = 0; i < rules.outliers().consecutiveFailures(); i++) {
            new Visit(entry).fails();
        }
    }

    /** Who could be chosen by a session that has tried some already. */
    List<String> candidates(String... tried) {
        CandidateView shown = shown(tried);
        return IntStream.range(0, shown.size())
                .mapToObj(index -> shown.backend(index).id())
                .toList();
    }

    /** Which backends are worth waiting for to such a session. */
    List<String> offers(String... tried) {
        List<BackendEntry> entries = List.of(tried).stream().map(this::entry).toList();
        return snapshot().all().stream()
                .filter(entry -> snapshot().offers(entry, entries))
                .map(Bench::id)
                .toList();
    }

    /** Where the members stand for the same session, by position. */
    List<Integer> indexes(String... tried) {
        CandidateView shown = shown(tried);
        return IntStream.range(0, snapshot().size()).mapToObj(shown::indexOf).toList();
    }

    /** The choice of a session. */
    String pick() {
        CandidateView shown = shown();
        return shown.backend(snapshot().selector().select(shown, new Anybody(control.random())))
                .id();
    }

    private CandidateView shown(String... tried) {
        List<BackendEntry> entries = List.of(tried).stream().map(this::entry).toList();
        return view.show(snapshot(), entries, false, control.random(), nowNanos);
    }

    /** Lets time pass, turn by turn. */
    Bench pass(Duration time) {
        long end = nowNanos + time.toNanos();
        while (nowNanos < end) {
            nowNanos = Math.min(end, nowNanos + 1_000_000);
            turn();
        }
        return this;
    }

    long nowNanos() {
        return nowNanos;
    }

    void turn() {
        try {
            control.turn();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    List<String> takeTold() {
        List<String> taken = List.copyOf(told);
        told.clear();
        return taken;
    }

    private static String id(BackendEntry entry) {
        return entry.backend().id();
    }

    @Override
    public void onBackendChanged(Backend backend, BackendState state) {
        told.add(backend.id() + " " + state);
    }

    @Override
    public void onPoolChanged(PoolMode mode, int priority) {
        told.add("pool " + mode + " " + priority);
    }

    private final class Telling implements BackendWatch {
        @Override
        public void onAdded(BackendEntry entry) {
            told.add("added " + id(entry));
        }

        @Override
        public void onUpdated(BackendEntry entry) {
            told.add("updated " + id(entry));
        }

        @Override
        public void onUp(BackendEntry entry) {
            told.add("up " + id(entry));
        }

        @Override
        public void onDown(BackendEntry entry) {
            told.add("down " + id(entry));
        }

        @Override
        public void onRemoved(BackendEntry entry) {
            told.add("removed " + id(entry));
        }
    }

    /** Remembers for whom the real one was prepared. */
    private final class Spy implements Selector {
        private final Selector real;

        Spy(Selector real) {
            this.real = real;
        }

        @Override
        public int select(Candidates candidates, ConnectionInfo client) {
            return real.select(candidates, client);
        }

        @Override
        public Selector prepare(Candidates all) {
            prepared.add(String.join(
                    " ",
                    IntStream.range(0, all.size())
                            .mapToObj(i -> all.backend(i).id() + ":" + all.weight(i))
                            .toList()));
            return real.prepare(all);
        }
    }

    static final class NoNetwork implements Transport {
        @Override
        public void check(SocketOptions options) {}

        @Override
        public ListenSocket listen(Listener listener, Runnable onReady) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Endpoint connect(Backend backend, SocketAddress address, ReadyHandler handler) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void poll(long timeoutNanos) {}

        @Override
        public void wakeup() {}

        @Override
        public void close() {}
    }
}
