package io.lbkit.core.close;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.ConnectionInfo;
import io.lbkit.DrainReport;
import io.lbkit.Limits;
import io.lbkit.Listener;
import io.lbkit.ProxyBuilder;
import io.lbkit.ProxyObserver;
import io.lbkit.ProxyStats;
import io.lbkit.Selector;
import io.lbkit.SessionReport;
import io.lbkit.core.close.Network.Manner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A proxy, a client and a server, for a story of a few lines that is told in the same words whether the network is simulated
 * or real. The two are called <i>a</i> and <i>b</i> where it may be either way round.
 *
 * <p>Owned by the test's thread, but for what the observer writes down.
 */
public final class Stage implements AutoCloseable {

    private static final long A_WHILE_NANOS = 1_000_000_000;

    /** A client and the server that the proxy gave it. */
    public record Pair(Side client, Side server) {}

    /** One session has ended. */
    public record Closing(SessionReport report, long atNanos, long lateNanos) {

        /** That long after some moment: to the tick of a timer if time is simulated, and never before. */
        public Closing after(Duration limit, long sinceNanos) {
            long late = atNanos - sinceNanos - limit.toNanos();
            assertTrue(late >= 0, () -> "too early by " + Duration.ofNanos(-late) + ": " + report);
            assertTrue(late <= lateNanos, () -> "too late by " + Duration.ofNanos(late) + ": " + report);
            return this;
        }

        public Closing attempts(int expected) {
            assertEquals(expected, report.attempts(), report::toString);
            return this;
        }
    }

    private final Supplier<Network> networks;
    private final String name;
    private final Pair first;
    private final List<Side> sides = new ArrayList<>();
    private final List<Backend> backends = new ArrayList<>();
    private final Queue<Closing> closings = new ConcurrentLinkedQueue<>();
    private final AtomicInteger connected = new AtomicInteger();
    private Network network;
    private Manner[] manners = {Manner.ACCEPTS};
    private int mostPerBackend = Backend.UNLIMITED;
    private Selector selector = (candidates, client) -> 0; // in order, so that stories know who is next
    private Limits limits = Limits.DEFAULT.bufferBytes(16 << 10);
    private UnaryOperator<Listener> listener = UnaryOperator.identity();
    private UnaryOperator<ProxyBuilder> more = UnaryOperator.identity();
    private int windowBytes;
    private int restBytes;

    Stage(String name, Supplier<Network> networks) {
        this.name = name;
        this.networks = networks;
        this.first = newPair("");
    }

    private Pair newPair(String suffix) {
        Pair pair = new Pair(new Side(this, "client" + suffix), new Side(this, "server" + suffix));
        sides.add(pair.client);
        sides.add(pair.server);
        return pair;
    }

    Side client() {
        return first.client;
    }

    Side server() {
        return first.server;
    }

    // ---- before it begins

    public Stage limits(UnaryOperator<Limits> change) {
        limits = change.apply(limits);
        return this;
    }

    public Stage selector(Selector other) {
        selector = other;
        return this;
    }

    /** How the proxy listens. */
    public Stage listener(UnaryOperator<Listener> change) {
        listener = change;
        return this;
    }

    /** What else the proxy has. */
    public Stage with(UnaryOperator<ProxyBuilder> change) {
        more = change;
        return this;
    }

    /** Backends that are tried in this order; else there is one, which accepts. */
    public Stage backends(Manner... inOrder) {
        manners = inOrder;
        return this;
    }

    /** How many sessions each backend may have. */
    public Stage mostPerBackend(int most) {
        mostPerBackend = most;
        return this;
    }

    /** How many bytes the first two can have received and not read; else some. */
    public Stage window(int bytes) {
        windowBytes = bytes;
        return this;
    }

    /** How few bytes a system still has of a stream when it says that all were taken, where the network can do that. */
    public Stage rest(int bytes) {
        restBytes = bytes;
        return this;
    }

    // ---- how sessions begin

    /** The proxy runs. */
    public Stage start() {
        trying(() -> {
            network = networks.get();
            for (int i = 0; i < manners.length; i++) {
                backends.add(network.backend("b" + (i + 1), manners[i]).maxConnections(mostPerBackend));
            }
            network.window(windowBytes);
            network.rest(restBytes);
            network.start(new Network.Plan(backends, selector, limits, observer(), 2, listener, more));
            return true;
        });
        return this;
    }

    private ProxyObserver observer() {
        Network clocked = network;
        return new ProxyObserver() {
            @Override
            public void onConnected(ConnectionInfo client, Backend backend) {
                connected.incrementAndGet();
            }

            @Override
            public void onClosed(SessionReport report) {
                closings.add(new Closing(report, clocked.nowNanos(), clocked.lateNanos()));
            }
        };
    }

    /** The proxy runs, and the client has called it. */
    public Stage call() {
        start();
        calls(first.client);
        return this;
    }

    void calls(Side client) {
        Wire wire = trying(network::connect);
        assertNotNull(wire, "the proxy refuses clients");
        client.meets(wire);
    }

    /** One more client calls; it has no server yet. */
    public Side caller() {
        Pair pair = newPair(" " + sides.size() / 2);
        calls(pair.client);
        return pair.client;
    }

    /** Nobody can call any more. */
    public void refusesCallers() {
        assertNull(trying(network::connect), "the proxy refuses clients");
    }

    /** A backend has accepted the connection that is to be the first client's. */
    public Stage accepted(String backend) {
        accepts(first.server, backend);
        return this;
    }

    private void accepts(Side server, String id) {
        Backend backend =
                backends.stream().filter(b -> b.id().equals(id)).findFirst().orElseThrow();
        until(id + " is called", () -> {
            Wire wire = trying(() -> network.accept(backend));
            if (wire != null) {
                server.meets(wire);
            }
            return wire != null;
        });
    }

    /** The client is connected to the server, and nothing was said. */
    public Stage connect() {
        start();
        connect(first);
        return this;
    }

    private void connect(Pair pair) {
        int before = connected.get();
        calls(pair.client);
        accepts(pair.server, "b1");
        until("the proxy has connected", () -> connected.get() > before);
    }

    /** The client is connected to the server, and both have said hello. */
    public Stage open() {
        connect();
        hello(first);
        return this;
    }

    private static void hello(Pair pair) {
        pair.client.send("hello");
        pair.server.received("hello").send("hello");
        pair.client.received("hello");
    }

    /** One more client and its server, connected; both have said hello. */
    public Pair another() {
        Pair pair = newPair(" " + sides.size() / 2);
        trying(() -> {
            network.window(0);
            return true;
        });
        connect(pair);
        hello(pair);
        return pair;
    }

    // ---- time

    /** Waits for something to be so, and lets everybody act meanwhile. */
    public void until(String what, BooleanSupplier isSo) {
        long begun = network.nowNanos();
        while (true) {
            boolean moved = act();
            if (isSo.getAsBoolean()) {
                return;
            }
            step(moved ? 0 : A_WHILE_NANOS);
            if (network.nowNanos() - begun > network.patience().toNanos()) {
                fail("it was not so that " + what + "; " + sides + ", closed: " + closings);
            }
        }
    }

    /** Lets everybody act until nothing moves any more. */
    public void settle() {
        long since = network.nowNanos();
        boolean moved;
        do {
            moved = act() | step(network.quietNanos());
            since = moved ? network.nowNanos() : since;
        } while (moved || network.nowNanos() - since < network.quietNanos());
    }

    /** Lets time pass. */
    public void later(Duration duration) {
        long begun = network.nowNanos();
        long most = duration.toNanos();
        for (long left = most; left > 0; left = most - (network.nowNanos() - begun)) {
            step(act() ? 0 : left);
        }
    }

    private boolean act() {
        boolean moved = false;
        for (Side side : sides) {
            moved |= side.act();
        }
        return moved;
    }

    private boolean step(long mostNanos) {
        return trying(() -> network.step(mostNanos));
    }

    public long now() {
        return network.nowNanos();
    }

    // ---- what can be seen of the proxy

    /** The next session to end did so for this reason. */
    public Closing closed(CloseReason reason) {
        until("a session has ended", () -> !closings.isEmpty());
        Closing closing = closings.remove();
        assertEquals(reason, closing.report.reason(), () -> closing.report.toString());
        return closing;
    }

    /** The reason of a session that ended because one side is gone. */
    public CloseReason resetBy(Side side) {
        return side == first.client ? CloseReason.RESET_BY_CLIENT : CloseReason.RESET_BY_BACKEND;
    }

    /** No session has ended that the story does not know of. */
    public void nobodyElseClosed() {
        settle();
        assertTrue(closings.isEmpty(), closings::toString);
    }

    public long buffersInUse() {
        return stats().buffersInUse();
    }

    public ProxyStats stats() {
        return network.stats();
    }

    // ---- what the operator does

    public CompletionStage<DrainReport> stop(Duration within) {
        return network.stop(within);
    }

    public CompletionStage<DrainReport> drain(String id, Duration deadline) {
        return network.drain(id, deadline);
    }

    /** One more backend, which accepts. */
    public Stage join(String id) {
        Backend backend = trying(() -> network.backend(id, Manner.ACCEPTS));
        backends.add(backend);
        done(network.add(backend));
        return this;
    }

    public Stage weight(String id, int weight) {
        done(network.weight(id, weight));
        return this;
    }

    /** @param deadline null for as long as it takes */
    public CompletionStage<DrainReport> remove(String id, Duration deadline) {
        return network.remove(id, deadline);
    }

    /** What the operator was told when it was done. */
    public <T> T done(CompletionStage<T> stage) {
        until("it is done", () -> stage.toCompletableFuture().isDone());
        return stage.toCompletableFuture().join();
    }

    /** From now on there are no descriptors to accept with, or to connect with. */
    public Stage drought(boolean accepting, boolean connecting) {
        network.drought(accepting, connecting);
        return this;
    }

    // ---- the end

    @Override
    public void close() {
        if (network != null) {
            done(network.stop(Duration.ZERO));
            ProxyStats stats = network.stats();
            trying(() -> {
                network.end();
                return true;
            });
            assertAll(
                    () -> assertEquals(0, stats.active(), "sessions"),
                    () -> assertEquals(0, stats.buffersInUse(), "buffers in use"),
                    () -> assertEquals(0, stats.closed(CloseReason.INTERNAL_ERROR), "defects"),
                    () -> assertEquals(
                            stats.accepted(),
                            stats.closed().values().stream().mapToLong(n -> n).sum(),
                            "each session has one reason"),
                    () -> stats.backends().forEach(b -> assertEquals(0, b.active(), "places taken of " + b.backend())));
        }
    }

    private interface Attempt<T> {
        T make() throws Exception;
    }

    private static <T> T trying(Attempt<T> attempt) {
        try {
            return attempt.make();
        } catch (Exception e) {
            throw new AssertionError("the network itself failed", e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
