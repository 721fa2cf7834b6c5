package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.DrainReport;
import io.lbkit.Listener;
import io.lbkit.ProxyConfig;
import io.lbkit.ProxyStats;
import io.lbkit.core.Engine;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.close.Network;
import io.lbkit.core.close.Wire;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.sim.SimBacklog.Answer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;

/**
 * The real engine on the simulated network, for stories: without chance and without delay, in virtual time. All loops take
 * their turns, one after the other, until none has anything to do; only then does time pass.
 */
public final class SimulatedNetwork implements Network {

    private static final int WINDOW = 40_000;
    private static final int ANY = -1;
    private static final int MOST_STEPS_AT_ONCE = 100_000;
    private static final InetSocketAddress PROXY = new InetSocketAddress("10.0.0.1", 80);
    private static final long TICK_NANOS = 1 << 22;
    private static final long SETTLED_NANOS = 10_000_000_000L + TICK_NANOS; // then keep-alive is on

    private final SimNetwork network = new SimNetwork(new SimClock(0), new SplittableRandom(1), style(WINDOW));
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<SimTransport> transports = new ArrayList<>();
    private final Map<SocketAddress, SimBacklog> servers = new HashMap<>();
    private final CompletableFuture<DrainReport> stopped = new CompletableFuture<>();
    private Engine engine;
    private boolean noPorts;
    private int current = ANY;
    private int stepsAtOnce;

    private static SimNetwork.Style style(int windowBytes) {
        return new SimNetwork.Style(windowBytes, windowBytes, 0, false);
    }

    @Override
    public Backend backend(String id, Manner manner) {
        InetSocketAddress address = new InetSocketAddress("10.2.0." + (servers.size() + 1), 80);
        SimBacklog backlog = network.listen(address, 1000);
        backlog.answer(
                switch (manner) {
                    case ACCEPTS, CANNOT_BE_TRIED -> Answer.ACCEPT;
                    case REFUSES -> Answer.REFUSE;
                    case IGNORES -> Answer.DROP;
                });
        servers.put(address, backlog);
        noPorts |= manner == Manner.CANNOT_BE_TRIED;
        return Backend.of(address).id(id);
    }

    @Override
    public void window(int bytes) {
        network.style(style(bytes == 0 ? WINDOW : bytes));
    }

    @Override
    public void rest(int bytes) {
        network.rest(bytes);
    }

    @Override
    public void start(Plan plan) throws IOException {
        for (int i = 0; i < plan.loops(); i++) {
            int index = i;
            SimTransport transport = new SimTransport(network, () -> current == index || current == ANY, Sabotage.NONE);
            transports.add(transport);
            loops.add(new EventLoop(
                    i,
                    network.clock,
                    transport,
                    new SplittableRandom(i),
                    plan.limits().inboxCapacity(),
                    transport::isCurrent));
        }
        if (noPorts) {
            transports.forEach(transport -> transport.faults(new Faults(0, 0, 0, 0, 0, 0, 0, 1)));
        }
        ProxyConfig config = plan.builder(Listener.on(PROXY)).config();
        engine = new Engine(config, loops, this::runErrand, stopped::complete);
        for (Listener listener : config.listeners()) {
            engine.acceptor().listen(listener);
        }
        engine.acceptor().resume();
    }

    private boolean runErrand(Runnable work) {
        network.at(network.now(), work);
        return true;
    }

    @Override
    public Wire connect() {
        SimSocket socket = network.connect("10.1.0.1", PROXY);
        network.moveClock(network.now());
        return socket.isRefused() ? null : new SimWire(socket);
    }

    @Override
    public Wire accept(Backend backend) {
        SimSocket socket = servers.get(backend.address()).waiting().poll();
        return socket == null ? null : new SimWire(socket);
    }

    @Override
    public boolean step(long mostNanos) throws IOException {
        long moved = network.moved();
        boolean busy = false;
        network.moveClock(network.now());
        for (int i = 0; i < loops.size(); i++) {
            turn(i);
            busy |= !transports.get(i).wasQuiet();
        }
        if (busy || network.moved() != moved) {
            assertTrue(++stepsAtOnce < MOST_STEPS_AT_ONCE, "time stands still");
            return true;
        }
        stepsAtOnce = 0;
        long next = Math.min(network.nextArrival(), network.now() + mostNanos);
        for (SimTransport transport : transports) {
            next = Math.min(next, network.now() + transport.waitNanos());
        }
        network.moveClock(next);
        return false;
    }

    private void turn(int index) throws IOException {
        current = index;
        try {
            loops.get(index).turn();
        } finally {
            current = ANY;
        }
        engine.relays().get(index).assertSound(place -> {});
        for (SimEndpoint endpoint : transports.get(index).endpoints()) {
            boolean old = endpoint.isConnected() && network.now() - endpoint.connectedAt() > SETTLED_NANOS;
            assertTrue(endpoint.isAccepted() || !old || endpoint.keptAlive(), () -> "not kept alive: " + endpoint);
        }
    }

    @Override
    public long quietNanos() {
        return 0;
    }

    @Override
    public long nowNanos() {
        return network.now();
    }

    @Override
    public long lateNanos() {
        return TICK_NANOS;
    }

    @Override
    public Duration patience() {
        return Duration.ofHours(1);
    }

    @Override
    public ProxyStats stats() {
        return engine.stats(network.clock.nanoTime());
    }

    @Override
    public CompletionStage<DrainReport> stop(Duration within) {
        loops.get(0).post(() -> engine.stop(within));
        return stopped;
    }

    @Override
    public CompletionStage<DrainReport> drain(String id, Duration deadline) {
        return ask((table, report) -> table.drain(id, deadline, report));
    }

    @Override
    public CompletionStage<DrainReport> remove(String id, Duration deadline) {
        return ask((table, report) -> table.remove(id, deadline, report));
    }

    @Override
    public CompletionStage<?> add(Backend backend) {
        return ask((table, report) -> {
            table.add(backend);
            report.complete(null);
        });
    }

    @Override
    public CompletionStage<?> weight(String id, int weight) {
        return ask((table, report) -> {
            table.weight(id, weight);
            report.complete(null);
        });
    }

    private CompletionStage<DrainReport> ask(BiConsumer<BackendTable, CompletableFuture<DrainReport>> question) {
        CompletableFuture<DrainReport> report = new CompletableFuture<>();
        loops.get(0).post(() -> question.accept(engine.table(), report));
        return report;
    }

    @Override
    public void drought(boolean accepting, boolean connecting) {
        Faults faults = new Faults(0, 0, 0, 0, 0, accepting ? 1 : 0, connecting ? 1 : 0, 0);
        transports.forEach(transport -> transport.faults(faults));
    }

    @Override
    public void end() {
        for (int i = 0; i < loops.size(); i++) {
            loops.get(i).settle();
            assertEquals(0, engine.relays().get(i).assertSound(place -> {}), "sessions of loop " + i);
            assertEquals(0, transports.get(i).endpoints().size(), "endpoints of loop " + i);
            transports.get(i).close();
        }
    }

    /** A peer's socket, as the peer's process sees it. */
    private record SimWire(SimSocket socket) implements Wire {

        @Override
        public int read(ByteBuffer into) {
            return socket.read(into, into.remaining());
        }

        @Override
        public int write(ByteBuffer from) {
            return socket.write(from, from.remaining());
        }

        @Override
        public void end() {
            socket.shutdownOutput();
        }

        @Override
        public void reset() {
            socket.reset();
        }

        @Override
        public void close() {
            socket.close();
        }

        @Override
        public void wants(boolean toRead, boolean toWrite) {}
    }
}
