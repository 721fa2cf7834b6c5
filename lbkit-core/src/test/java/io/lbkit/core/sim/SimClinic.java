package io.lbkit.core.sim;

import io.lbkit.AgentCheck;
import io.lbkit.Backend;
import io.lbkit.HealthCheck;
import io.lbkit.core.health.Prober;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The other side of health checks in a simulation: knows which connections are checks, and answers them, on the ports of the
 * servers and on those beside them, each time well or, where peers misbehave, in some other way.
 */
final class SimClinic {

    private static final int STATUS_PORT = 8008;
    private static final int AGENT_PORT = 9999;

    private final Simulation simulation;
    private final SimHealth health;
    private final SplittableRandom random;
    private final HealthCheck healthCheck;
    private final Set<Integer> ports = new HashSet<>();
    private final List<CheckPeer> peers = new ArrayList<>();
    private final List<SimServer> beside = new ArrayList<>();

    SimClinic(Simulation simulation, SplittableRandom random) {
        this.simulation = simulation;
        this.health = simulation.setup.health();
        this.random = random;
        this.healthCheck = choose();
    }

    // ---- what the proxy is told

    HealthCheck healthCheck() {
        return healthCheck;
    }

    private HealthCheck choose() {
        HealthCheck check = switch (health.kind()) {
            case NONE -> null;
            case CONNECT -> HealthCheck.tcp();
            case EXCHANGE -> HealthCheck.exchange("PING\n", "+PONG");
            case HTTP -> HealthCheck.http("/health");
            case HTTP_ELSEWHERE -> HealthCheck.http("/primary").port(STATUS_PORT);
            case HOST -> HealthCheck.test(this::isWell);
            case HOST_LATER -> HealthCheck.testAsync(this::isWellLater);
        };
        if (check == null) {
            return null;
        }
        if (health.isOverNetwork() && simulation.secrets().ofBackends()) {
            check = check.tls(false); // those who answer speak none
        }
        return check.interval(health.interval())
                .timeout(health.timeout())
                .concurrency(random.nextInt(1, 5))
                .rise(random.nextInt(1, 3))
                .fall(random.nextInt(1, 3))
                .initiallyUp(random.nextInt(4) != 0);
    }

    AgentCheck agentCheck() {
        return health.agents()
                ? AgentCheck.port(AGENT_PORT).interval(health.interval()).timeout(health.timeout())
                : null;
    }

    private boolean isWell(Backend backend) {
        boolean misbehaves = random.nextDouble() < simulation.setup.misbehaves();
        if (misbehaves && random.nextBoolean()) {
            throw new IllegalStateException("a host's bug");
        }
        return !misbehaves;
    }

    private CompletionStage<Boolean> isWellLater(Backend backend) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        if (random.nextDouble() >= simulation.setup.misbehaves()) {
            long later = random.nextLong(200_000_000);
            simulation.network.at(simulation.network.now() + later, () -> answer.complete(true));
        }
        return answer;
    }

    // ---- connections

    /** Somebody to answer for a new server, beside it. */
    void open(InetSocketAddress server) {
        if (health.kind() == SimHealth.Kind.HTTP_ELSEWHERE) {
            listen(new InetSocketAddress(server.getAddress(), STATUS_PORT));
        }
        if (health.agents()) {
            listen(new InetSocketAddress(server.getAddress(), AGENT_PORT));
        }
    }

    private void listen(SocketAddress address) {
        SimBacklog backlog = simulation.network.listen(address, 100);
        beside.add(new SimServer(
                simulation.network,
                backlog,
                () -> {
                    throw new AssertionError("a session at " + address);
                },
                port -> {
                    throw new AssertionError("a session at " + address);
                },
                (socket, header) -> Wire.plain(socket)));
    }

    void onProbe(SimEndpoint endpoint) {
        ports.add(Pattern.port(endpoint.socket().local()));
    }

    boolean isCheck(SimSocket accepted) {
        return ports.contains(Pattern.port(accepted.remote()));
    }

    void accept(SimServer server) {
        InetSocketAddress at = (InetSocketAddress) server.backlog().address();
        double badly = simulation.setup.misbehaves();
        Answer answer =
                random.nextDouble() < badly ? Answer.values()[random.nextInt(Answer.values().length)] : Answer.GOOD;
        peers.add(server.acceptCheck(new Manner(at.getPort() == AGENT_PORT, answer)));
    }

    private enum Answer {
        GOOD,
        BAD,
        SILENCE,
        NOISE,
        EARLY_END
    }

    private final class Manner implements CheckPeer.Manner {
        private final boolean agent;
        private final Answer answer;

        Manner(boolean agent, Answer answer) {
            this.agent = agent;
            this.answer = answer;
        }

        @Override
        public boolean isAwake() {
            return true;
        }

        @Override
        public String questionEnd() {
            if (agent || answer == Answer.EARLY_END) {
                return "";
            }
            return switch (health.kind()) {
                case EXCHANGE -> "\n";
                case HTTP, HTTP_ELSEWHERE -> "\r\n\r\n";
                default -> null;
            };
        }

        @Override
        public String answer(String question) {
            String http = "HTTP/1.1 " + (answer == Answer.GOOD ? "200 OK" : "500 No") + "\r\n\r\n";
            return switch (answer) {
                case SILENCE -> null;
                case NOISE -> "\u0000\u00ff%:#\r\n".repeat(20);
                case EARLY_END -> "";
                case GOOD, BAD ->
                    agent
                            ? "up 80%\r\n"
                            : health.kind() == SimHealth.Kind.EXCHANGE
                                    ? (answer == Answer.GOOD ? "+PONG\r\n" : "-NO\r\n")
                                    : http;
            };
        }

        @Override
        public boolean closesFirst() {
            return health.kind() != SimHealth.Kind.EXCHANGE || answer != Answer.GOOD;
        }
    }

    /** What could be done now. */
    List<Runnable> work() {
        List<Runnable> work = new ArrayList<>();
        for (CheckPeer peer : peers) {
            if (peer.hasWork()) {
                work.add(() -> act(peer));
            }
        }
        for (SimServer server : beside) {
            if (server.hasWork()) {
                work.add(() -> {
                    accept(server);
                    simulation.disturb();
                });
            }
        }
        return work;
    }

    private void act(CheckPeer peer) {
        simulation.trace().say(() -> "answer " + peer.socket());
        peer.act();
        if (peer.isDone()) {
            peers.remove(peer);
            onLeft(peer);
        }
        simulation.disturb();
    }

    // ---- audit

    /** In calm circumstances nobody is left with a reset. */
    private void onLeft(CheckPeer peer) {
        Setup setup = simulation.setup;
        boolean calm = !simulation.isStopped() && !simulation.operator().changed() && !simulation.hasJumped();
        boolean quick = setup.style().leastBuffer() >= 100;
        boolean good = setup.misbehaves() == 0 && setup.faults().here() == 0;
        Audit.check(!peer.wasReset() || !calm || !quick || !good, "a check that leaves with a reset: ", peer.socket());
    }

    /** How many probes have a descriptor: no more than there are questions under way. */
    int assertSound() {
        int live = 0;
        for (Prober prober : simulation.engine.health().probers()) {
            live += prober.assertSound();
        }
        int inFlight = simulation.engine.health().inFlight();
        Audit.check(simulation.isStopped() || live <= inFlight, "more probes than questions: ", live);
        return live;
    }

    /** Whether anything but a defect can make the checks of a server fail. Jumps of the clock cannot. */
    boolean mayFail(SimServer server) {
        return simulation.setup.misbehaves() > 0
                || simulation.setup.unreliable()
                || server.misbehaved()
                || isUntested();
    }

    /** Whether checks can call all backends down, and those are not tried then. */
    boolean mayLeaveNobody() {
        Setup setup = simulation.setup;
        boolean mayFail = isUntested() || setup.misbehaves() > 0 || setup.unreliable();
        return health.isAny() && mayFail && !setup.failover().failOpen();
    }

    private boolean isUntested() {
        return healthCheck != null && !healthCheck.initiallyUp();
    }
}
