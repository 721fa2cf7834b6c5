package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.BackendStats;
import io.lbkit.Failover;
import io.lbkit.Limits;
import io.lbkit.Listener;
import io.lbkit.OutlierPolicy;
import io.lbkit.ProxyConfig;
import io.lbkit.ProxyObserver;
import io.lbkit.ProxyStats;
import io.lbkit.Rebalance;
import io.lbkit.Selector;
import io.lbkit.SessionPolicy;
import io.lbkit.SlowStart;
import io.lbkit.core.Engine;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.loop.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A proxy in front of shops, with visitors who come at a steady rate: each says a byte, waits for the answer, stays a while
 * and leaves in good order. All in virtual time; nothing fails by chance.
 */
final class Town {

    private static final int ANY = -1;
    private static final Duration TO_PREPARE = Duration.ofMillis(20);

    /** A server. */
    final class Shop {
        final String id;
        final InetSocketAddress address;
        final SimBacklog backlog;
        private final List<SimSocket> serving = new ArrayList<>();
        long served;
        long takes = Duration.ofMillis(1).toNanos(); // to answer

        private Shop(int n) {
            id = "b" + n;
            address = new InetSocketAddress("10.2." + n / 250 + "." + (n % 250 + 1), 80);
            backlog = network.listen(address, 10_000);
        }

        Backend backend() {
            return Backend.of(address).id(id);
        }

        /** How long the way is, there and back. */
        Shop away(Duration time) {
            backlog.delay(time.toNanos() / 2);
            return this;
        }

        Shop answers(SimBacklog.Answer answer) {
            backlog.answer(answer);
            return this;
        }

        private boolean act() {
            boolean acted = false;
            while (!backlog.waiting().isEmpty()) {
                serving.add(backlog.waiting().remove());
                acted = true;
            }
            for (Iterator<SimSocket> each = serving.iterator(); each.hasNext(); ) {
                SimSocket socket = each.next();
                if (socket.readable()) {
                    acted = true;
                    one.clear();
                    int n = socket.read(one, 1);
                    if (n == 1) {
                        network.at(network.now() + takes, () -> answer(socket));
                    } else {
                        each.remove();
                        socket.close();
                    }
                }
            }
            return acted;
        }

        private void answer(SimSocket socket) {
            if (!socket.isClosed() && !socket.wasReset()) {
                served++;
                socket.write(ByteBuffer.allocate(1), 1);
            }
        }
    }

    private enum Step {
        CONNECTING,
        WAITING,
        STAYING,
        LEAVING
    }

    /** A client. */
    private final class Visitor {
        private final SimSocket socket = network.connect("10.1.0.1", listening);
        private Step step = Step.CONNECTING;

        /** True if it did something; what it leaves behind is for {@link #isGone}. */
        boolean act() {
            if (step == Step.CONNECTING && !socket.isConnecting()) {
                socket.write(ByteBuffer.allocate(1), 1);
                step = Step.WAITING;
                return true;
            }
            if (step == Step.CONNECTING || !socket.readable() || isGone()) {
                return false;
            }
            one.clear();
            int n = socket.read(one, 1);
            if (n == 1 && step == Step.WAITING) {
                answered++;
                step = Step.STAYING;
                network.at(network.now() + stays, this::leave);
            } else if (n == SimSocket.ENDED && step == Step.LEAVING) {
                socket.close();
            } else {
                hurt++;
                socket.close();
            }
            return true;
        }

        private void leave() {
            if (!socket.isClosed()) {
                step = Step.LEAVING;
                socket.shutdownOutput();
            }
        }

        boolean isGone() {
            return socket.isClosed();
        }
    }

    final SimNetwork network = new SimNetwork(new SimClock(1 << 30), new SplittableRandom(1), SimNetwork.Style.PLAIN);
    final List<Shop> shops = new ArrayList<>();
    final Engine engine;
    long answered;
    /** Visitors who were cut or turned away. */
    long hurt;

    long stays;
    private final ByteBuffer one = ByteBuffer.allocate(1);
    private final List<Visitor> visitors = new ArrayList<>();
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<SimTransport> transports = new ArrayList<>();
    private final SocketAddress listening;
    private int current = ANY;
    private long nextVisit = Long.MAX_VALUE;
    private long between;

    /** Rules of the proxy that a test may want otherwise. */
    record Rules(Selector selector, OutlierPolicy outliers, SlowStart slowStart, Failover failover) {
        Rules(Selector selector) {
            this(selector, OutlierPolicy.DEFAULT, SlowStart.OFF, Failover.DEFAULT);
        }
    }

    Town(Rules rules, int loops, int shops) {
        SplittableRandom seeds = new SplittableRandom(7);
        for (int i = 0; i < loops; i++) {
            int index = i;
            SimTransport transport = new SimTransport(network, () -> current == index || current == ANY, Sabotage.NONE);
            transports.add(transport);
            this.loops.add(new EventLoop(i, network.clock, transport, seeds.split(), 4096, transport::isCurrent));
        }
        for (int n = 1; n <= shops; n++) {
            build();
        }
        Listener listener = Listener.on("10.0.0.1", 80);
        ProxyConfig config = new ProxyConfig(
                "town",
                List.of(listener),
                this.shops.stream().map(Shop::backend).toList(),
                rules.selector(),
                Limits.DEFAULT,
                ProxyObserver.NONE,
                loops,
                rules.outliers(),
                rules.slowStart(),
                rules.failover(),
                null,
                null,
                null,
                SessionPolicy.KEEP,
                SessionPolicy.KEEP,
                SessionPolicy.KEEP,
                Rebalance.OFF);
        engine = new Engine(config, this.loops, this::runErrand, report -> {});
        try {
            listening = engine.acceptor().listen(listener);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        engine.acceptor().resume();
    }

    private boolean runErrand(Runnable errand) {
        network.at(network.now() + TO_PREPARE.toNanos(), errand);
        return true;
    }

    /** One more shop, which the proxy does not know of yet. */
    Shop build() {
        Shop shop = new Shop(shops.size() + 1);
        shops.add(shop);
        return shop;
    }

    Shop shop(int n) {
        return shops.get(n - 1);
    }

    /** From now on so many visitors come in a second, and stay for a time after they have been answered. */
    Town visitors(int perSecond, Duration stay) {
        between = 1_000_000_000L / perSecond;
        nextVisit = network.now() + between;
        stays = stay.toNanos();
        return this;
    }

    /** Nobody comes any more. */
    Town close() {
        nextVisit = Long.MAX_VALUE;
        return this;
    }

    /** Tells the table something, as the control loop. */
    Town tell(Consumer<BackendTable> change) {
        loops.get(0).post(() -> change.accept(engine.table()));
        settle();
        return this;
    }

    /** Lets everybody do what there is to do until some time has passed. */
    Town pass(Duration time) {
        long end = network.now() + time.toNanos();
        settle();
        while (network.now() < end) {
            long next = Math.min(Math.min(end, nextVisit), network.nextArrival());
            for (SimTransport transport : transports) {
                long wait = Math.min(transport.waitNanos(), time.toNanos());
                next = Math.min(next, network.now() + wait);
            }
            network.moveClock(Math.max(next, network.now()));
            if (network.now() >= nextVisit) {
                visitors.add(new Visitor());
                nextVisit += between;
            }
            settle();
        }
        return this;
    }

    private void settle() {
        boolean quiet = false;
        while (!quiet) {
            long moved = network.moved();
            quiet = true;
            for (Shop shop : shops) {
                quiet &= !shop.act();
            }
            for (Visitor visitor : visitors) {
                quiet &= !visitor.act();
            }
            for (int i = 0; i < loops.size(); i++) {
                turn(i);
                quiet &= transports.get(i).wasQuiet();
            }
            quiet &= network.moved() == moved;
        }
        visitors.removeIf(Visitor::isGone);
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

    /** How many a shop serves in some time. */
    long served(Shop shop, Duration time) {
        long before = shop.served;
        pass(time);
        return shop.served - before;
    }

    /** How often each shop is chosen in some time. */
    long picked(Shop shop, Duration time) {
        long before = stats(shop).picks();
        pass(time);
        return stats(shop).picks() - before;
    }

    ProxyStats stats() {
        return engine.stats(network.clock.nanoTime());
    }

    BackendStats stats(Shop shop) {
        return stats().backends().stream()
                .filter(stats -> stats.backend().id().equals(shop.id))
                .findFirst()
                .orElseThrow();
    }

    int inside() {
        return visitors.size();
    }
}
