package io.lbkit.core.sim;

import io.lbkit.AgentCheck;
import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import io.lbkit.CheckStats;
import io.lbkit.HealthCheck;
import io.lbkit.Listener;
import io.lbkit.OutlierPolicy;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.ProxyObserver;
import io.lbkit.SlowStart;
import io.lbkit.core.Engine;
import io.lbkit.core.health.Prober;
import io.lbkit.core.loop.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A proxy in virtual time with servers that may fall ill: nothing fails by chance, nothing takes time but what is told to.
 * The proxy's process can be made to stand still while the rest of the world goes on.
 */
final class Ward {

    private static final int ANY = -1;

    final SimNetwork network;
    final List<Patient> patients = new ArrayList<>();
    final List<String> changes = new ArrayList<>();
    final List<Runnable> errands = new ArrayList<>();
    final Engine engine;
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<SimTransport> transports = new ArrayList<>();
    private final SocketAddress listening;
    private int current = ANY;
    private boolean ended;
    boolean refusesErrands;

    /**
     * @param patients the servers, each a backend; more may exist
     * @param seed of all chance
     */
    Ward(SimNetwork network, List<Patient> patients, HealthCheck check, AgentCheck agents, int loops, long seed) {
        this(network, patients, check, agents, SlowStart.OFF, loops, seed);
    }

    private Ward(
            SimNetwork network,
            List<Patient> patients,
            HealthCheck check,
            AgentCheck agents,
            SlowStart slowStart,
            int loops,
            long seed) {
        this.network = network;
        this.patients.addAll(patients);
        SplittableRandom seeds = new SplittableRandom(seed);
        for (int i = 0; i < loops; i++) {
            int index = i;
            SimTransport transport = new SimTransport(network, () -> current == index || current == ANY, Sabotage.NONE);
            transports.add(transport);
            this.loops.add(new EventLoop(i, network.clock, transport, seeds.split(), 4096, transport::isCurrent));
        }
        ProxyObserver observer = new ProxyObserver() {
            @Override
            public void onBackendChanged(Backend backend, BackendState state) {
                changes.add(backend.id() + " " + state);
            }
        };
        Listener listener = Listener.on("10.0.0.1", 5432);
        ProxyBuilder config = Proxy.builder()
                .name("ward")
                .listen(listener)
                .backends(patients.stream().map(Patient::backend).toList())
                .selector((candidates, client) -> 0)
                .observer(observer)
                .loops(loops)
                .outliers(OutlierPolicy.OFF)
                .slowStart(slowStart);
        if (check != null) {
            config.healthCheck(check);
        }
        if (agents != null) {
            config.agentCheck(agents);
        }
        engine = new Engine(config.config(), this.loops, this::runErrand, report -> ended = true);
        try {
            listening = engine.acceptor().listen(listener);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        engine.acceptor().resume();
    }

    static SimNetwork network(long originNanos) {
        return new SimNetwork(new SimClock(originNanos), new SplittableRandom(1), SimNetwork.Style.PLAIN);
    }

    /** So many servers, alike, the checks of which are answered at their own address. */
    static List<Patient> patients(SimNetwork network, int n) {
        List<Patient> patients = new ArrayList<>();
        for (int i = 1; i <= n; i++) {
            InetSocketAddress address = new InetSocketAddress("10.2." + i / 250 + "." + (i % 250 + 1), 5432);
            patients.add(new Patient(network, "b" + i, address).speaksHttp());
        }
        return patients;
    }

    /** A ward on one loop. */
    static Ward of(HealthCheck check, int patients) {
        SimNetwork network = network(12345);
        return new Ward(network, patients(network, patients), check, null, 1, 1);
    }

    /** The same, with a slow start. */
    static Ward ramping(HealthCheck check, SlowStart slowStart, int patients) {
        SimNetwork network = network(12345);
        return new Ward(network, patients(network, patients), check, null, slowStart, 1, 1);
    }

    Patient patient(int n) {
        return patients.get(n - 1);
    }

    // ---- time

    /** Lets everybody do what there is to do until some time has passed. */
    Ward pass(Duration time) {
        long end = network.now() + time.toNanos();
        settle();
        while (network.now() < end) {
            long next = Math.min(end, network.nextArrival());
            for (SimTransport transport : transports) {
                next = Math.min(next, network.now() + Math.min(transport.waitNanos(), time.toNanos()));
            }
            network.moveClock(next);
            settle();
        }
        return this;
    }

    /** The proxy stands still for a time; when it wakes, all that it missed is there at once. */
    Ward stall(Duration time) {
        long end = network.now() + time.toNanos();
        while (network.now() < end) {
            network.moveClock(Math.min(end, Math.max(network.now(), network.nextArrival())));
            actAll();
        }
        return this;
    }

    /** Until nobody has anything to do at this time. */
    private void settle() {
        boolean quiet = false;
        while (!quiet) {
            long moved = network.moved();
            quiet = !actAll();
            for (int i = 0; i < loops.size(); i++) {
                turn(i);
                quiet &= transports.get(i).wasQuiet();
            }
            quiet &= network.moved() == moved;
        }
    }

    private boolean actAll() {
        boolean acted = false;
        for (Patient patient : patients) {
            acted |= patient.act();
        }
        return acted;
    }

    private void turn(int index) {
        current = index;
        try {
            loops.get(index).turn();
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            current = ANY;
        }
    }

    private boolean runErrand(Runnable work) {
        return !refusesErrands && errands.add(work);
    }

    /** Runs errands that wait, as if threads were free now. */
    Ward runErrands() {
        List<Runnable> waiting = List.copyOf(errands);
        errands.clear();
        waiting.forEach(Runnable::run);
        settle();
        return this;
    }

    void faults(Faults faults) {
        transports.forEach(transport -> transport.faults(faults));
    }

    /** Tells the proxy to do something, on its control loop. */
    Ward tell(Runnable command) {
        loops.get(0).post(command::run);
        settle();
        return this;
    }

    // ---- looks

    BackendStats stats(Patient patient) {
        return engine.stats(network.clock.nanoTime()).backends().stream()
                .filter(stats -> stats.backend().id().equals(patient.id))
                .findFirst()
                .orElseThrow();
    }

    /** What the checks of a server have found, by its number. */
    CheckStats check(int patient) {
        CheckStats stats = stats(patient(patient)).check();
        if (stats == null) {
            throw new AssertionError("nothing is checked");
        }
        return stats;
    }

    boolean isUp(Patient patient) {
        return stats(patient).state() == BackendState.UP;
    }

    /** How many checks have a connection now. */
    int probes() {
        return engine.health().probers().stream()
                .mapToInt(prober -> prober.live().size())
                .sum();
    }

    List<Integer> probesByLoop() {
        return engine.health().probers().stream()
                .map(Prober::live)
                .map(live -> live.size())
                .toList();
    }

    /** Connections of the proxy to others, and its timers. */
    int endpoints() {
        return transports.stream().mapToInt(t -> t.endpoints().size()).sum();
    }

    int timers() {
        return loops.stream().mapToInt(loop -> loop.timers().size()).sum();
    }

    boolean hasEnded() {
        return ended;
    }

    /** A client comes; the answer is the server that got it, or null. */
    Patient visit() {
        List<Integer> before = patients.stream().map(p -> p.visits.size()).toList();
        SimSocket client = network.connect("10.1.0.1", listening);
        pass(Duration.ofMillis(50));
        Patient found = null;
        for (int i = 0; i < patients.size(); i++) {
            for (CheckPeer visit : patients.get(i)
                    .visits
                    .subList(before.get(i), patients.get(i).visits.size())) {
                found = isSession(visit) ? patients.get(i) : found;
            }
        }
        client.close();
        pass(Duration.ofMillis(50));
        return found;
    }

    private boolean isSession(CheckPeer visit) {
        return transports.stream()
                .flatMap(transport -> transport.endpoints().stream())
                .filter(endpoint -> !(endpoint.handler() instanceof io.lbkit.core.health.Probe))
                .anyMatch(endpoint -> endpoint.socket().peer() == visit.socket());
    }

    long now() {
        return network.now();
    }
}
