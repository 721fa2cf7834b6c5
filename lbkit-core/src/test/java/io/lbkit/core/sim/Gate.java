package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.ProxyConfig;
import io.lbkit.core.Engine;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** One proxy of a town, with its loops. It knows the shops, and nothing of other gates. */
final class Gate {

    private static final int ANY = -1;

    final Engine engine;
    final SocketAddress listening;
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<SimTransport> transports = new ArrayList<>();
    private final SimNetwork network;
    private int current = ANY;
    private boolean told = true; // something it cannot see by itself
    private long wakesAt; // at the latest

    Gate(SimNetwork network, int number, Town.Rules rules, int loops, List<Backend> backends, Errands errands) {
        this.network = network;
        SplittableRandom seeds = new SplittableRandom(6 + number);
        for (int i = 0; i < loops; i++) {
            int index = i;
            SimTransport transport = new SimTransport(network, () -> current == index || current == ANY, Sabotage.NONE);
            transports.add(transport);
            this.loops.add(new EventLoop(i, network.clock, transport, seeds.split(), 4096, transport::isCurrent));
        }
        Listener listener = new Listener(new InetSocketAddress("10.0.0." + number, 80), 65_535);
        ProxyBuilder proxy = Proxy.builder()
                .name("town")
                .listen(listener)
                .backends(backends)
                .selector(rules.selector())
                .loops(loops)
                .outliers(rules.outliers())
                .slowStart(rules.slowStart())
                .failover(rules.failover());
        if (rules.check() != null) {
            proxy.healthCheck(rules.check());
        }
        ProxyConfig config = proxy.config();
        Errands awake = work -> errands.run(() -> {
            told = true;
            work.run();
        });
        engine = new Engine(config, this.loops, awake, report -> {});
        try {
            listening = engine.acceptor().listen(listener);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        engine.acceptor().resume();
    }

    /** A command for its control loop. */
    void post(Runnable command) {
        told = true;
        loops.get(0).post(command::run);
    }

    /** One turn of each loop, unless it would do nothing; true if there was nothing to do. */
    boolean turn() {
        if (!told && network.now() < wakesAt && transports.stream().noneMatch(SimTransport::hasWork)) {
            return true;
        }
        boolean quiet = true;
        for (int i = 0; i < loops.size(); i++) {
            current = i;
            try {
                loops.get(i).turn();
            } catch (IOException e) {
                throw new AssertionError(e);
            } finally {
                current = ANY;
            }
            quiet &= transports.get(i).wasQuiet();
        }
        told = !quiet;
        long wait = transports.stream().mapToLong(SimTransport::waitNanos).min().orElseThrow();
        wakesAt = wait > Long.MAX_VALUE - network.now() ? Long.MAX_VALUE : network.now() + wait;
        return quiet;
    }

    /** Until when nothing happens by itself. */
    long wakesAt() {
        return wakesAt;
    }
}
