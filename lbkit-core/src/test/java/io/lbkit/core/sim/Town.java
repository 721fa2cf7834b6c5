package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.BackendStats;
import io.lbkit.Failover;
import io.lbkit.HealthCheck;
import io.lbkit.OutlierPolicy;
import io.lbkit.ProxyStats;
import io.lbkit.Selector;
import io.lbkit.SlowStart;
import io.lbkit.core.Engine;
import io.lbkit.core.backend.BackendTable;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A proxy in front of shops, with visitors who come at a steady rate: each says a byte, waits for the answer, stays a while
 * and leaves in good order. All in virtual time; nothing fails by chance.
 */
final class Town {

    private static final Duration TO_PREPARE = Duration.ofMillis(20);

    /** A server. */
    final class Shop {
        final String id;
        final InetSocketAddress address;
        final SimBacklog backlog;
        private final int number;
        private final TreeMap<Integer, SimSocket> stirred = new TreeMap<>(); // visitors who may have said something
        private int accepted;
        long served;
        LongSupplier takes = () -> 1_000_000; // nanoseconds, to answer
        private final PriorityQueue<Long> busyUntil = new PriorityQueue<>();
        private int hands = Integer.MAX_VALUE;

        private Shop(int n) {
            number = n;
            id = "b" + n;
            address = new InetSocketAddress("10.2." + n / 250 + "." + (n % 250 + 1), 80);
            backlog = network.listen(address, 10_000);
            backlog.watch(() -> stirredShops.put(number, this));
        }

        Backend backend() {
            return Backend.of(address).id(id).maxConnections(most);
        }

        /** How long the way is, there and back. */
        Shop away(Duration time) {
            backlog.delay(time.toNanos() / 2);
            return this;
        }

        /** So many visitors are served at once, the others wait for their turn. */
        Shop hands(int count) {
            hands = count;
            return this;
        }

        Shop answers(SimBacklog.Answer answer) {
            backlog.answer(answer);
            return this;
        }

        private boolean act() {
            boolean acted = false;
            while (!backlog.waiting().isEmpty()) {
                accept(backlog.waiting().remove());
                acted = true;
            }
            for (int guest : List.copyOf(stirred.keySet())) {
                SimSocket socket = stirred.get(guest);
                if (socket.readable()) {
                    acted = true;
                    one.clear();
                    int n = socket.read(one, 1);
                    if (n == 1) {
                        network.at(servedAt(), () -> answer(socket));
                        continue;
                    }
                    socket.watch(() -> {});
                    socket.close();
                }
                stirred.remove(guest);
            }
            return acted;
        }

        private void accept(SimSocket socket) {
            int guest = accepted++;
            stirred.put(guest, socket);
            socket.watch(() -> {
                stirred.put(guest, socket);
                stirredShops.put(number, this);
            });
        }

        /** When somebody who comes now has been served. */
        private long servedAt() {
            long begins = network.now();
            if (busyUntil.size() == hands) {
                begins = Math.max(begins, busyUntil.remove());
            }
            long ends = begins + takes.getAsLong();
            if (hands < Integer.MAX_VALUE) {
                busyUntil.add(ends);
            }
            return ends;
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
        private final int number = visited;
        private final SimSocket socket = network.connect(home.get(), gates.get(visited++ % gates.size()).listening);
        private final long cameAt = network.now();
        private Step step = Step.CONNECTING;

        private Visitor() {
            socket.watch(() -> stirredVisitors.put(number, this));
            stirredVisitors.put(number, this);
        }

        /** True if it did something. */
        boolean act() {
            if (step == Step.CONNECTING && !socket.isConnecting()) {
                socket.write(ByteBuffer.allocate(1), 1);
                step = Step.WAITING;
                return true;
            }
            if (step == Step.CONNECTING || !socket.readable() || socket.isClosed()) {
                return false;
            }
            one.clear();
            int n = socket.read(one, 1);
            if (n == 1 && step == Step.WAITING) {
                answered++;
                waits.accept(network.now() - cameAt);
                step = Step.STAYING;
                network.at(network.now() + stays, this::leave);
            } else {
                hurt += n == SimSocket.ENDED && step == Step.LEAVING ? 0 : 1;
                inside--;
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
    }

    final SimNetwork network = new SimNetwork(new SimClock(1 << 30), new SplittableRandom(1), SimNetwork.Style.PLAIN);
    final List<Shop> shops = new ArrayList<>();
    final List<Gate> gates = new ArrayList<>();
    /** Of the first gate. */
    final Engine engine;

    long answered;
    /** Visitors who were cut or turned away. */
    long hurt;

    long stays;
    /** Where visitors come from. */
    Supplier<String> home = () -> "10.1.0.1";
    /** Is told how long each has waited for the answer. */
    LongConsumer waits = nanos -> {};

    private final ByteBuffer one = ByteBuffer.allocate(1);
    // Those of whom something may have changed, by their numbers.
    private final TreeMap<Integer, Shop> stirredShops = new TreeMap<>();
    private final TreeMap<Integer, Visitor> stirredVisitors = new TreeMap<>();
    private final int most;
    private int visited;
    private int inside;
    private LongSupplier between = () -> Long.MAX_VALUE;
    private long nextVisit = Long.MAX_VALUE;

    /**
     * Rules of the proxy that a test may want otherwise.
     *
     * @param most connections of each shop
     * @param check null if shops are not asked how they are
     */
    record Rules(
            Selector selector,
            OutlierPolicy outliers,
            SlowStart slowStart,
            Failover failover,
            int most,
            HealthCheck check) {
        Rules(Selector selector, OutlierPolicy outliers, SlowStart slowStart, Failover failover) {
            this(selector, outliers, slowStart, failover, Backend.UNLIMITED, null);
        }

        Rules(Selector selector) {
            this(selector, OutlierPolicy.DEFAULT, SlowStart.OFF, Failover.DEFAULT);
        }
    }

    Town(Rules rules, int loops, int shops) {
        this(() -> rules, 1, loops, shops);
    }

    /** @param rules for each gate */
    Town(Supplier<Rules> rules, int gates, int loops, int shops) {
        most = rules.get().most();
        for (int n = 1; n <= shops; n++) {
            build();
        }
        List<Backend> backends = this.shops.stream().map(Shop::backend).toList();
        for (int n = 1; n <= gates; n++) {
            this.gates.add(new Gate(network, n, rules.get(), loops, backends, this::runErrand));
        }
        engine = this.gates.get(0).engine;
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
        long steady = 1_000_000_000L / perSecond;
        between = () -> steady;
        nextVisit = network.now() + steady;
        stays = stay.toNanos();
        return this;
    }

    /** The same with visitors who come when they like. */
    Town visitors(LongSupplier between, Duration stay) {
        this.between = between;
        nextVisit = network.now() + between.getAsLong();
        stays = stay.toNanos();
        return this;
    }

    /** Nobody comes any more. */
    Town close() {
        nextVisit = Long.MAX_VALUE;
        return this;
    }

    /** Tells the tables something, as the control loop of each. */
    Town tell(Consumer<BackendTable> change) {
        gates.forEach(gate -> gate.post(() -> change.accept(gate.engine.table())));
        settle();
        return this;
    }

    /** Lets everybody do what there is to do until some time has passed. */
    Town pass(Duration time) {
        long end = network.now() + time.toNanos();
        settle();
        while (network.now() < end) {
            long next = Math.min(Math.min(end, nextVisit), network.nextArrival());
            for (Gate gate : gates) {
                next = Math.min(next, gate.wakesAt());
            }
            network.moveClock(Math.max(next, network.now()));
            if (network.now() >= nextVisit) {
                inside++;
                new Visitor();
                nextVisit += between.getAsLong();
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
            quiet &= !act(stirredShops, Shop::act);
            quiet &= !act(stirredVisitors, Visitor::act);
            for (Gate gate : gates) {
                quiet &= gate.turn();
            }
            quiet &= network.moved() == moved;
        }
    }

    /** Those of whom something may have changed do what they can, in their order; true if any did something. */
    private static <T> boolean act(TreeMap<Integer, T> stirred, Predicate<T> one) {
        boolean acted = false;
        for (int number : List.copyOf(stirred.keySet())) {
            T who = stirred.remove(number);
            if (one.test(who)) {
                stirred.put(number, who);
                acted = true;
            }
        }
        return acted;
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
        return inside;
    }
}
