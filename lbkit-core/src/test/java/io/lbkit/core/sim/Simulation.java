package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.DrainReport;
import io.lbkit.Listener;
import io.lbkit.ProxyConfig;
import io.lbkit.ProxyState;
import io.lbkit.Selector;
import io.lbkit.SessionPolicy;
import io.lbkit.SessionReport;
import io.lbkit.core.Engine;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Letters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A whole proxy with its clients, its backends and its operator, in one thread and in virtual time. All that happens is
 * decided by one seed: which loop takes its turn, which peer acts, when the clock moves, what goes wrong.
 */
final class Simulation {

    private static final int MOST_STEPS = 400_000;
    private static final int ANY = -1;

    final long seed;
    final Setup setup;
    private final Edge edge;
    private final Secrets secrets;
    final SplittableRandom random;
    final SimNetwork network;
    final List<EventLoop> loops = new ArrayList<>();
    final List<SimTransport> transports = new ArrayList<>();
    final List<SimServer> servers = new ArrayList<>();
    final List<SimPeer> peers = new ArrayList<>();
    final List<Pair> pairs = new ArrayList<>();
    final List<AssertionError> complaints = new ArrayList<>();
    final Host host;
    final Engine engine;
    private final Map<Integer, Pair> byClientPort = new HashMap<>();
    private final Map<Integer, Pair> byProxyPort = new HashMap<>();
    private final Map<SimSocket, SimPeer> accepted = new HashMap<>();
    private final Audit audit;
    private final Operator operator;
    private final SimClinic clinic;
    private final Sabotage sabotage;
    private final Trace trace;
    private final boolean[] quiet;
    private final boolean[] loopEnded;
    private final SocketAddress address;
    private int current = ANY;
    private int clientsToCome;
    private long lastMoved;
    private boolean touched; // the engine, since it was looked at
    private boolean jumped;
    private DrainReport drained;

    Simulation(long seed, Sabotage sabotage, Trace trace) throws IOException {
        this.seed = seed;
        this.sabotage = sabotage;
        this.trace = trace;
        SplittableRandom seeds = new SplittableRandom(seed * 0x9E3779B97F4A7C15L);
        setup = Setup.random(
                seeds.split(),
                new SplittableRandom(seed * 0xC2B2AE3D27D4EB4FL),
                new SplittableRandom(seed * 0xA0761D6478BD642FL));
        edge = new Edge(
                new SplittableRandom(seed * 0xD1B54A32D192ED03L), setup.health().isAny());
        secrets = new Secrets(new SplittableRandom(seed * 0xE7037ED1A0B428DBL), setup, edge);
        random = seeds.split();
        network = new SimNetwork(new SimClock(setup.originNanos()), seeds.split(), setup.style());
        audit = new Audit(this);
        host = new Host(seeds.split(), setup.nastyObserver(), this::onClosed, this::onChanged);
        clientsToCome = setup.clients();
        quiet = new boolean[setup.loops()];
        loopEnded = new boolean[setup.loops()];
        for (int i = 0; i < setup.loops(); i++) {
            int index = i;
            SimTransport transport = new SimTransport(network, () -> current == index || current == ANY, sabotage);
            transports.add(transport);
            loops.add(new EventLoop(
                    i, network.clock, transport, seeds.split(), setup.inboxCapacity(), transport::isCurrent));
        }
        clinic = new SimClinic(this, seeds.split());
        operator = new Operator(this, seeds.split());
        List<Backend> backends = new ArrayList<>();
        for (int i = 0; i < setup.servers(); i++) {
            backends.add(operator.newBackend());
        }
        Selector sane = setup.nastySelector() ? Host.nasty(setup.selector(), seeds.split()) : setup.selector();
        Selector selector = new Onlooker(sane, setup.failover(), !setup.large(), this::table, complaints);
        Listener plain = new Listener(new InetSocketAddress("10.0.0.1", 80), setup.backlog());
        Listener listener = secrets.listener(edge.listener(plain));
        engine = new Engine(
                new ProxyConfig(
                        "sim",
                        List.of(listener),
                        backends,
                        selector,
                        setup.limits(),
                        host,
                        setup.loops(),
                        setup.outliers(),
                        setup.slowStart(),
                        setup.failover(),
                        operator::begin,
                        clinic.healthCheck(),
                        clinic.agentCheck(),
                        setup.onBackendDown(),
                        SessionPolicy.KEEP,
                        SessionPolicy.KEEP,
                        setup.rebalance(),
                        edge.access(),
                        edge.admission(),
                        edge.routes(edge.isRouted() ? serversOfRoutes() : List.of(), setup.ofRoute())),
                loops,
                this::runErrand,
                this::onEnded);
        engine.table().watch(audit.line);
        engine.table().watch(audit.live);
        engine.table().watch(audit.times);
        engine.table().pool().current().all().forEach(audit.live::onAdded); // some are down from the beginning
        engine.table().pool().current().all().forEach(audit.times::onAdded);
        address = engine.acceptor().listen(listener);
        startSource();
        if (setup.large()) {
            engine.table().small(0);
        }
        engine.acceptor().resume();
        transports.forEach(transport -> transport.faults(setup.faults()));
    }

    /** Each route has a server of its own, which stays as it is. */
    private List<Backend> serversOfRoutes() {
        List<Backend> backends = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            InetSocketAddress address = new InetSocketAddress("10.3.0." + i, 80);
            servers.add(new SimServer(
                    network,
                    network.listen(address, 1000),
                    () -> Script.random(random, setup.volume(), false, setup.misbehaves(), setup.shortStall()),
                    this::pairAt,
                    secrets::ofServer));
            backends.add(secrets.backend(edge.backend(Backend.of(address).id("r" + i))));
        }
        return backends;
    }

    private void startSource() {
        try {
            engine.startSources();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    // ---- running

    void run() throws IOException {
        trace.say(() -> "seed " + seed + ": " + setup);
        for (int steps = 0; !isOver(); steps++) {
            if (steps > MOST_STEPS) {
                throw new AssertionError("no end in sight after " + steps + " steps");
            }
            step();
            if (touched) {
                touched = false;
                audit.afterStep();
            }
            sabotage.afterStep(this);
        }
        finish();
    }

    /** The control loop is the last to end, because it has to tell the others. */
    private boolean isOver() {
        for (int i = 1; i < loopEnded.length; i++) {
            if (!loopEnded[i]) {
                return false;
            }
        }
        return drained != null;
    }

    private void step() throws IOException {
        int dice = random.nextInt(100);
        if (dice < 2 && operator.act()) {
            touched = true;
            disturb();
        } else if (dice < 4 && clientsToCome > 0) {
            addClient();
        } else if (dice < 7) {
            passTime(network.now() + random.nextLong(1_000_000), "a little");
        } else if (dice < 8 && setup.jumps() && random.nextInt(20) == 0) {
            jumped = true;
            passTime(network.now() + random.nextLong(1L << random.nextInt(20, 36)), "a jump");
            audit.onJump();
        } else {
            stepOfSomebody();
        }
    }

    private void stepOfSomebody() throws IOException {
        int candidates = 0;
        Runnable chosen = null;
        int loop = -1;
        for (int i = 0; i < quiet.length; i++) {
            if (!loopEnded[i] && (!quiet[i] || random.nextInt(50) == 0) && random.nextInt(++candidates) == 0) {
                loop = i;
            }
        }
        for (SimPeer peer : peers) {
            if (peer.hasWork() && random.nextInt(++candidates) == 0) {
                chosen = () -> act(peer);
            }
        }
        for (SimServer server : servers) {
            if (server.hasWork() && random.nextInt(++candidates) == 0) {
                chosen = () -> accept(server);
            }
        }
        for (Runnable work : clinic.work()) {
            if (random.nextInt(++candidates) == 0) {
                chosen = work;
            }
        }
        if (candidates == 0) {
            rest();
        } else if (chosen != null) {
            chosen.run();
        } else {
            turn(loop);
        }
    }

    private void turn(int index) throws IOException {
        trace.say(() -> "loop " + index);
        current = index;
        touched = true;
        try {
            loops.get(index).turn();
        } finally {
            current = ANY;
        }
        notice();
        SimTransport transport = transports.get(index);
        boolean still = transport.wasQuiet() && network.moved() == lastMoved;
        if (still) {
            quiet[index] = true;
        } else {
            disturb();
        }
        audit.afterTurn(loops.get(index));
    }

    /** Everybody has to look again. */
    void disturb() {
        lastMoved = network.moved();
        Arrays.fill(quiet, false);
    }

    private void act(SimPeer peer) {
        trace.say(() -> "act " + peer);
        peer.act();
        disturb();
    }

    private void accept(SimServer server) {
        if (clinic.isCheck(server.next())) {
            trace.say(() -> "accept a check at " + server.backlog().address());
            clinic.accept(server);
            disturb();
            return;
        }
        SimPeer peer = server.accept();
        trace.say(() -> "accept " + peer);
        add(peer);
        disturb();
    }

    private void add(SimPeer peer) {
        accepted.put(peer.socket(), peer);
        peers.add(peer);
    }

    /** The server that accepted a socket, or null. */
    SimPeer peerOf(SimSocket socket) {
        return accepted.get(socket);
    }

    private void addClient() {
        clientsToCome--;
        SimSocket socket = network.connect("10.1.0.1", address);
        int port = Pattern.port(socket.local());
        Opening opening = edge.opening();
        Script script = edge.script(
                Script.random(random, setup.volume(), true, setup.misbehaves(), setup.shortStall()), opening);
        Pair[] pair = new Pair[1];
        SimPeer client = new SimPeer(
                network,
                socket,
                secrets.ofClient(socket, opening),
                script,
                opening,
                new Stream(opening.first(), port),
                () -> Stream.of(pair[0].backendPort()),
                null);
        pair[0] = new Pair(client, opening, edge, secrets);
        pairs.add(pair[0]);
        byClientPort.put(port, pair[0]);
        peers.add(client);
        trace.say(() -> "client " + client);
        disturb();
    }

    /** Nothing happens any more until something arrives or somebody's time is up. */
    private void rest() {
        if (Letters.isAny(loops)) {
            disturb(); // one that did not fit into an inbox was delivered by the last turn of all
            return;
        }
        audit.atRest();
        long next = network.nextArrival();
        for (int i = 0; i < quiet.length; i++) {
            if (!loopEnded[i]) {
                next = Math.min(next, network.now() + transports.get(i).waitNanos());
            }
        }
        if (clientsToCome > 0) {
            addClient();
        } else if (pairs.stream().allMatch(this::isSettled) || audit.isLate()) {
            operator.stop();
            disturb();
            passTime(Math.min(next, network.now() + 10_000_000_000L), "rest");
        } else {
            passTime(next, "rest");
        }
    }

    private boolean isSettled(Pair pair) {
        boolean gone = pair.client.isDone() || pair.client.socket().isRefused();
        return pair.report != null || !pair.isAccepted() && gone;
    }

    private void passTime(long to, String why) {
        trace.say(() -> why + " until " + to);
        network.moveClock(to);
        disturb();
    }

    /** On a thread of its own, that is: at some other time, whatever else happens. */
    private boolean runErrand(Runnable work) {
        network.at(network.now() + random.nextLong(50_000_000), () -> {
            touched = true;
            work.run();
        });
        return true;
    }

    // ---- what the engine did

    private void notice() {
        for (SimEndpoint accepted : transports.get(0).takeAccepted()) {
            Pair pair = byClientPort.get(Pattern.port(accepted.remoteAddress()));
            assert pair != null && !pair.isAccepted() : "accepted twice: " + accepted;
            pair.accepted = accepted;
            pair.acceptedAt = network.now();
        }
        for (SimTransport transport : transports) {
            for (SimEndpoint connected : transport.takeConnected()) {
                if (connected.isProbe()) {
                    clinic.onProbe(connected);
                    audit.times.onAsked(connected);
                    continue;
                }
                Pair pair = pairFor(connected);
                pair.backends.add(connected);
                byProxyPort.put(Pattern.port(connected.socket().local()), pair);
            }
        }
        audit.afterReports();
    }

    private Pair pairFor(SimEndpoint connected) {
        for (Pair pair : pairs) {
            if (pair.isAccepted() && pair.accepted.owner() == connected.owner()) {
                return pair;
            }
        }
        throw new AssertionError("a connection for nobody: " + connected);
    }

    /** Whose connection it is; null if nobody's yet. */
    Pair pairOf(SimEndpoint endpoint) {
        return endpoint.isAccepted()
                ? byClientPort.get(Pattern.port(endpoint.remoteAddress()))
                : byProxyPort.get(Pattern.port(endpoint.localAddress()));
    }

    /** Whose bytes must come in on a port of the proxy. */
    Pair pairAt(int proxyPort) {
        Pair pair = byProxyPort.get(proxyPort);
        assert pair != null : "bytes from nobody on " + proxyPort;
        return pair;
    }

    private void onClosed(SessionReport report) {
        trace.say(() -> report.toString());
        Pair pair = byClientPort.get(Pattern.port(report.peer()));
        try {
            audit.onClosed(pair, report);
        } catch (AssertionError complaint) {
            complaints.add(complaint); // of an observer it would only be counted
        }
    }

    private void onChanged(Backend backend, BackendState state) {
        trace.say(() -> backend + " is " + state);
        if (state == BackendState.DOWN) {
            audit.onDown(backend, serverOf(backend));
        }
    }

    /** The server behind a backend. */
    private SimServer serverOf(Backend backend) {
        return servers.stream()
                .filter(server -> server.backlog().address().equals(backend.address()))
                .findFirst()
                .orElseThrow();
    }

    private void onEnded(DrainReport report) {
        assert drained == null : "ended twice";
        drained = report;
        for (int i = loops.size() - 1; i > 0; i--) {
            int index = i;
            loops.get(0).send(loops.get(i), () -> loopEnded[index] = true);
        }
    }

    private void finish() {
        for (int i = 0; i < loops.size(); i++) {
            if (i == 0) {
                loops.get(i).settle(); // the others just end, as their threads do
            }
            audit.onLoopEnded(i);
            transports.get(i).close();
        }
        engine.onLoopsEnded();
        for (int round = 0; round < 1000; round++) {
            network.moveClock(Math.max(network.now(), Math.min(network.nextArrival(), network.now() + 100_000_000)));
            for (SimServer server : servers) {
                while (server.hasWork()) {
                    accept(server);
                }
            }
            peers.stream().filter(SimPeer::hasWork).forEach(SimPeer::act);
            clinic.work().forEach(Runnable::run);
        }
        audit.atEnd(drained);
        assert engine.state() == ProxyState.CLOSED;
    }

    // ---- for the operator

    void post(Runnable command) {
        loops.get(0).post(command::run);
    }

    void flood(int loop, int commands) {
        for (int i = 0; i < commands; i++) {
            loops.get(loop).post(() -> {});
        }
    }

    /** How long the header is that a client sends first. */
    int headOf(SimEndpoint accepted) {
        Pair pair = byClientPort.get(Pattern.port(accepted.remoteAddress()));
        return pair == null ? 0 : pair.ahead();
    }

    SimClinic clinic() {
        return clinic;
    }

    BackendTable table() {
        return engine.table();
    }

    Edge edge() {
        return edge;
    }

    Secrets secrets() {
        return secrets;
    }

    Operator operator() {
        return operator;
    }

    Trace trace() {
        return trace;
    }

    boolean hasJumped() {
        return jumped;
    }

    boolean isStopped() {
        return engine.state() != ProxyState.RUNNING;
    }
}
