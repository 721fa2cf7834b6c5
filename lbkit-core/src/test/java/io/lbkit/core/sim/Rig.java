package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.lbkit.Backend;
import io.lbkit.BackendSource;
import io.lbkit.CloseReason;
import io.lbkit.ConnectionInfo;
import io.lbkit.DrainReport;
import io.lbkit.Limits;
import io.lbkit.Listener;
import io.lbkit.OutlierPolicy;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.ProxyObserver;
import io.lbkit.ProxyStats;
import io.lbkit.Rebalance;
import io.lbkit.Selector;
import io.lbkit.SessionPolicy;
import io.lbkit.SessionReport;
import io.lbkit.core.Engine;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.selector.Selectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A proxy in virtual time that does what a test says and no more: time stands still until it is moved, and the network has no
 * delay and no faults. After the test it is stopped, and must have given everything back.
 */
final class Rig implements ProxyObserver, AfterEachCallback {

    private static final int ANY = -1;

    final SimNetwork network =
            new SimNetwork(new SimClock(-3_000_000_000L), new SplittableRandom(1), SimNetwork.Style.PLAIN);
    final List<EventLoop> loops = new ArrayList<>();
    final List<SessionReport> reports = new ArrayList<>();
    final List<Integer> served = new ArrayList<>(); // clients' ports, in the order in which they got their backend
    private final List<SimTransport> transports = new ArrayList<>();
    private final Map<String, SimBacklog> servers = new HashMap<>();
    private final Map<Integer, String> backends = new HashMap<>();
    private final Map<Integer, SessionReport> ends = new HashMap<>();
    private final List<Backend> first = new ArrayList<>();
    private Limits limits = Limits.DEFAULT;
    private Selector selector = Selectors.leastConnections();
    private SessionPolicy whenDown = SessionPolicy.KEEP;
    private Rebalance rebalance = Rebalance.OFF;
    private OutlierPolicy outliers = OutlierPolicy.OFF;
    private BackendSource source;
    private int backlog = 65_535;
    private int loopCount = 1;
    private int current = ANY;
    private Engine engine;
    private SocketAddress address;
    private DrainReport stopped;

    /** A client. */
    final class Visitor {
        final SimSocket socket = network.connect("10.1.0.1", address);

        int port() {
            return Pattern.port(socket.local());
        }

        /** Where it was connected last, or null. */
        String backend() {
            return backends.get(port());
        }

        /** What became of its session, or null while that lasts. */
        SessionReport end() {
            return ends.get(port());
        }

        CloseReason reason() {
            return end() == null ? null : end().reason();
        }

        void send(String text) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            assertEquals(bytes.limit(), socket.write(bytes, bytes.limit()));
            settle();
        }

        void endStream() {
            socket.shutdownOutput();
            settle();
        }

        void leave() {
            socket.reset();
            settle();
        }

        @Override
        public String toString() {
            return "client " + port();
        }
    }

    // ---- before it runs

    Rig loops(int count) {
        loopCount = count;
        return this;
    }

    Rig backlog(int most) {
        backlog = most;
        return this;
    }

    Rig limits(UnaryOperator<Limits> change) {
        limits = change.apply(limits);
        return this;
    }

    Rig selector(Selector selector) {
        this.selector = selector;
        return this;
    }

    Rig whenDown(SessionPolicy policy) {
        whenDown = policy;
        return this;
    }

    Rig rebalance(Rebalance rebalance) {
        this.rebalance = rebalance;
        return this;
    }

    Rig outliers(OutlierPolicy outliers) {
        this.outliers = outliers;
        return this;
    }

    Rig source(BackendSource source) {
        this.source = source;
        return this;
    }

    Rig backend(String id, int most) {
        first.add(server(id).maxConnections(most));
        return this;
    }

    Rig backend(Backend backend) {
        first.add(backend);
        return this;
    }

    /** A backend with a server behind it that accepts everybody; not in the pool yet. */
    Backend server(String id) {
        InetSocketAddress at = new InetSocketAddress("10.2.0." + (servers.size() + 1), 80);
        servers.put(id, network.listen(at, 1_000_000));
        return Backend.of(at).id(id);
    }

    SimBacklog serverOf(String id) {
        return servers.get(id);
    }

    Rig start() {
        SplittableRandom seeds = new SplittableRandom(5);
        for (int i = 0; i < loopCount; i++) {
            int index = i;
            SimTransport transport = new SimTransport(network, () -> current == index || current == ANY, Sabotage.NONE);
            transports.add(transport);
            loops.add(new EventLoop(i, network.clock, transport, seeds.split(), 16, transport::isCurrent));
        }
        Listener listener = new Listener(new InetSocketAddress("10.0.0.1", 80), backlog);
        ProxyBuilder config = Proxy.builder()
                .name("rig")
                .listen(listener)
                .backends(first)
                .selector(selector)
                .limits(unset -> limits)
                .observer(this)
                .loops(loopCount)
                .outliers(outliers)
                .onBackendDown(whenDown)
                .rebalance(rebalance);
        if (source != null) {
            config.source(source);
        }
        engine = new Engine(config.config(), loops, Rig::runNow, report -> stopped = report);
        try {
            address = engine.acceptor().listen(listener);
            engine.startSources();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        engine.acceptor().resume();
        settle();
        return this;
    }

    private static boolean runNow(Runnable errand) {
        errand.run();
        return true;
    }

    // ---- while it runs

    void faults(Faults faults) {
        transports.forEach(transport -> transport.faults(faults));
    }

    /** Lets everything happen that needs no time. */
    void settle() {
        long before;
        boolean busy;
        do {
            before = network.moved();
            network.moveClock(network.now());
            busy = false;
            for (int i = 0; i < loops.size(); i++) {
                turn(i);
                busy |= !transports.get(i).wasQuiet();
            }
        } while (busy || network.moved() != before);
    }

    /** One turn of one loop. */
    void turn(int loop) {
        current = loop;
        try {
            loops.get(loop).turn();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            current = ANY;
        }
    }

    void pass(Duration time) {
        long to = network.now() + time.toNanos();
        settle();
        while (network.now() < to) {
            long next = Math.min(to, network.nextArrival());
            for (SimTransport transport : transports) {
                next = Math.min(next, network.now() + Math.min(transport.waitNanos(), to - network.now()));
            }
            network.moveClock(Math.max(next, network.now() + 1));
            settle();
        }
    }

    Visitor connect() {
        Visitor visitor = new Visitor();
        settle();
        return visitor;
    }

    List<Visitor> connect(int count) {
        List<Visitor> visitors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            visitors.add(connect());
        }
        return visitors;
    }

    /** The server's end of the connection that waits for longest to be accepted. */
    SimSocket accept(String id) {
        return servers.get(id).waiting().remove();
    }

    /** Changes the set of backends. */
    void change(Consumer<BackendTable> change) {
        tell(change);
        settle();
    }

    /** The same, but nothing has come of it yet. */
    void tell(Consumer<BackendTable> change) {
        loops.get(0).post(() -> change.accept(engine.table()));
    }

    void check(String id, boolean up) {
        change(table -> table.onChecked(entry(id), up, "says a test"));
    }

    BackendEntry entry(String id) {
        return engine.table().pool().current().all().stream()
                .filter(entry -> entry.backend().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    int active(String id) {
        return entry(id).active();
    }

    ProxyStats stats() {
        return engine.stats(network.clock.nanoTime());
    }

    void stop(Duration within) {
        tellStop(within);
        settle();
    }

    /** The same, but nothing has come of it yet. */
    void tellStop(Duration within) {
        loops.get(0).post(() -> engine.stop(within));
    }

    DrainReport stopped() {
        return stopped;
    }

    // ---- what it is told

    @Override
    public void onConnected(ConnectionInfo client, Backend backend) {
        served.add(Pattern.port(client.clientAddress()));
        backends.put(Pattern.port(client.clientAddress()), backend.id());
    }

    @Override
    public void onClosed(SessionReport report) {
        reports.add(report);
        ends.put(Pattern.port(report.client()), report);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (engine == null) {
            return;
        }
        stop(Duration.ZERO);
        pass(Duration.ofMillis(20));
        assertNotNull(stopped, "it does not stop");
        assertEquals(0, engine.permits().used(), "sessions");
        assertEquals(0, engine.line().size(), "sessions that wait");
        assertEquals(0, engine.line().handedOver(), "places on their way");
        for (BackendEntry entry : engine.table().pool().current().all()) {
            assertEquals(0, entry.active(), "places taken in " + entry.backend());
        }
        assertEquals(0, stats().closed(CloseReason.INTERNAL_ERROR));
        transports.forEach(SimTransport::close);
    }
}
