package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.SocketOptions;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ListenSocket;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * The simulated network as one loop sees it. A poll never waits: it tells how long it would have. It looks only at endpoints of
 * which something may have changed, unless any of them may be called without a reason.
 */
final class SimTransport implements Transport {

    /** Up to so many endpoints each poll asserts that it has forgotten none. */
    private static final int MOST_CHECKED = 64;

    private final SimNetwork network;
    private final BooleanSupplier current;
    private final Sabotage sabotage;
    private final Set<SimEndpoint> endpoints = new LinkedHashSet<>();
    private final TreeSet<SimEndpoint> stirred = new TreeSet<>(Comparator.comparingLong(SimEndpoint::number));
    private final List<SimListenSocket> listening = new ArrayList<>();
    private final List<SimEndpoint> connected = new ArrayList<>();
    private final List<SimEndpoint> accepted = new ArrayList<>();
    private Faults faults = Faults.NONE;
    private long attached;
    private long waitNanos;
    private boolean quiet;

    SimTransport(SimNetwork network, BooleanSupplier current, Sabotage sabotage) {
        this.network = network;
        this.current = current;
        this.sabotage = sabotage;
    }

    /** The simulated system cannot count the questions of keep-alive. */
    @Override
    public void check(SocketOptions options) {
        if (options.keepAliveCount() > 0) {
            throw new IllegalArgumentException("keepAliveCount is set, must not be on this system");
        }
    }

    @Override
    public ListenSocket listen(Listener listener, Runnable onReady) {
        SimListenSocket socket =
                new SimListenSocket(this, network.listen(listener.address(), listener.backlog()), onReady);
        listening.add(socket);
        return socket;
    }

    @Override
    public Endpoint connect(Backend backend, SocketAddress address, ReadyHandler handler) throws IOException {
        assert isCurrent();
        if (chance(faults.shortage())) {
            throw new IOException("Too many open files");
        }
        SimEndpoint endpoint = SimEndpoint.connecting(network.connect("10.9.0.1", address), chance(faults.here()));
        endpoint.attach(this, handler);
        connected.add(endpoint);
        return endpoint;
    }

    @Override
    public void poll(long timeoutNanos) {
        assert isCurrent();
        waitNanos = timeoutNanos;
        List<Runnable> calls = new ArrayList<>();
        for (SimListenSocket socket : listening) {
            if (socket.isReady()) {
                calls.add(socket::call);
            }
        }
        assert endpoints.size() > MOST_CHECKED || stirred.containsAll(ready()) : "ready without having been stirred";
        if (faults.spurious() > 0) {
            endpoints.forEach(endpoint -> ask(endpoint, calls));
        } else {
            stirred.removeIf(endpoint -> !ask(endpoint, calls) && !endpoint.isFlushing());
        }
        quiet = calls.isEmpty() && timeoutNanos > 0;
        while (!calls.isEmpty()) {
            Runnable call = calls.remove(network.random.nextInt(calls.size()));
            if (!chance(faults.skipped())) {
                call.run();
            }
        }
    }

    /** False if it is ready for nothing. */
    private boolean ask(SimEndpoint endpoint, List<Runnable> calls) {
        int ready = endpoint.ready();
        if (ready != 0) {
            calls.add(() -> endpoint.call(ready, false));
        } else if (endpoint.interest() != 0 && chance(faults.spurious())) {
            calls.add(() -> endpoint.call(endpoint.interest(), true));
        }
        return ready != 0;
    }

    private List<SimEndpoint> ready() {
        return endpoints.stream().filter(endpoint -> endpoint.ready() != 0).toList();
    }

    @Override
    public void wakeup() {}

    @Override
    public void close() {
        List.copyOf(endpoints).forEach(SimEndpoint::reset);
        List.copyOf(listening).forEach(SimListenSocket::close);
    }

    // ---- for endpoints and the simulation

    /** {@return how many were added before} */
    long add(SimEndpoint endpoint) {
        endpoints.add(endpoint);
        return attached++;
    }

    void remove(SimEndpoint endpoint) {
        endpoints.remove(endpoint);
        stirred.remove(endpoint);
    }

    /** The next poll looks at it; at the others it need not look. */
    void stir(SimEndpoint endpoint) {
        stirred.add(endpoint);
    }

    /** Whether a poll may find anything. */
    boolean hasWork() {
        return !stirred.isEmpty() || listening.stream().anyMatch(SimListenSocket::isReady);
    }

    void remove(SimListenSocket socket) {
        listening.remove(socket);
    }

    /** Those open and attached. */
    Set<SimEndpoint> endpoints() {
        return endpoints;
    }

    /** All connections made to backends since the last call. */
    List<SimEndpoint> takeConnected() {
        List<SimEndpoint> taken = List.copyOf(connected);
        connected.clear();
        return taken;
    }

    void onAccepted(SimEndpoint endpoint) {
        accepted.add(endpoint);
    }

    /** All connections accepted since the last call. */
    List<SimEndpoint> takeAccepted() {
        List<SimEndpoint> taken = List.copyOf(accepted);
        accepted.clear();
        return taken;
    }

    /** How long the last poll would have waited. */
    long waitNanos() {
        return waitNanos;
    }

    /** Whether the last poll had nothing to do and would have waited. */
    boolean wasQuiet() {
        return quiet;
    }

    void unlisten(SimBacklog backlog) {
        network.unlisten(backlog);
    }

    boolean isCurrent() {
        return current.getAsBoolean();
    }

    Sabotage sabotage() {
        return sabotage;
    }

    Faults faults() {
        return faults;
    }

    void faults(Faults faults) {
        this.faults = faults;
    }

    long now() {
        return network.now();
    }

    boolean chance(double p) {
        return network.chance(p);
    }

    int someUpTo(int n) {
        return network.random.nextInt(n) + 1;
    }
}
