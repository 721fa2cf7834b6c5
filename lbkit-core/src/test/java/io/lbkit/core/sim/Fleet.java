package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.BackendStats;
import io.lbkit.Failover;
import io.lbkit.OutlierPolicy;
import io.lbkit.Selector;
import io.lbkit.SlowStart;
import io.lbkit.core.sim.SimBacklog.Answer;
import io.lbkit.core.sim.Town.Rules;
import io.lbkit.core.sim.Town.Shop;
import io.lbkit.selector.LeastResponseTime.Measure;
import io.lbkit.selector.Selectors;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/**
 * A pool of backends whose service times are log-normal, each with two hands, at 60 % of what they can do together; something
 * happens to it, and what clients notice of that is counted.
 */
final class Fleet {

    /** What happens after a second. */
    enum Scene {
        EVEN,
        SLOW,
        HANGING,
        FAILING,
        COLD,
        SCALE_OUT,
        ROLLING
    }

    /**
     * @param spread the most picks of one backend, by those of the mean; without the odd one
     * @param odd picks of the one to which something happens, in percent of the mean of the others
     * @param median of the time from the connect to the answer
     * @param late that of which one in a hundred waits longer
     */
    record Result(String selector, double spread, double odd, long median, long late, int visits, long failures) {}

    private static final int HANDS = 2;
    private static final double MEDIAN_NANOS = 16e6;
    private static final double MEAN_NANOS = MEDIAN_NANOS * StrictMath.exp(0.5);
    private static final double LOAD = 0.6;
    private static final int CLIENTS = 5000; // of ten backends
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LENGTH = Duration.ofSeconds(5);
    private static final int SLOWER = 10;

    private final String selector;
    private final Scene scene;
    private final int size;
    private final double pace; // by how much everything takes longer
    private final SplittableRandom random = new SplittableRandom(11);
    private final List<Long> waits = new ArrayList<>();
    private final Town town;

    private Fleet(String selector, Scene scene, int size, int proxies) {
        this.selector = selector;
        this.scene = scene;
        this.size = size;
        this.pace = size > 100 ? 10 : 1; // of a thousand the same number of visitors says more
        int most = selector.equals("first-available") ? 2 * HANDS : Backend.UNLIMITED; // or the first would have all
        SlowStart slowStart = scene == Scene.COLD ? SlowStart.over(Duration.ofSeconds(3)) : SlowStart.OFF;
        town = new Town(
                () -> new Rules(selectorOf(selector), OutlierPolicy.DEFAULT, slowStart, Failover.DEFAULT, most, null),
                proxies,
                1,
                size);
        town.shops.forEach(shop -> shop.hands(HANDS).takes = () -> serviceNanos(1));
        int clients = Math.max(CLIENTS, CLIENTS / 10 * size);
        town.home = () -> home(random.nextInt(clients));
        town.waits = waits::add;
    }

    /** @param proxies how many there are, each of which has its part of the clients and sees its own sessions alone */
    static Result run(String selector, Scene scene, int size, int proxies) {
        return new Fleet(selector, scene, size, proxies).run();
    }

    /** By name; or, after the name, by the time to the first byte instead of the time to connect. */
    private static Selector selectorOf(String name) {
        return switch (name) {
            case "least-response-time, first byte" ->
                Selectors.leastResponseTime(Measure.FIRST_BYTE, Duration.ofMillis(1));
            case "peak-ewma, first byte" -> Selectors.peakEwma(Measure.FIRST_BYTE);
            default -> Selectors.named(name);
        };
    }

    private static String home(int client) {
        return "10." + (100 + client / 250 % 20) + "." + client / CLIENTS + "." + (client % 250 + 1);
    }

    private long serviceNanos(double slower) {
        double normal = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()))
                * StrictMath.cos(2 * StrictMath.PI * random.nextDouble());
        return (long) (MEDIAN_NANOS * pace * slower * StrictMath.exp(normal));
    }

    private long betweenNanos() {
        double mean = MEAN_NANOS * pace / (LOAD * HANDS * size);
        return Math.max(1, (long) (-mean * StrictMath.log(1 - random.nextDouble())));
    }

    private Result run() {
        town.visitors(this::betweenNanos, Duration.ZERO).pass(SECOND);
        waits.clear();
        Map<String, Long> before = picks();
        happen();
        Map<String, Long> picks = picks();
        before.forEach((id, count) -> picks.merge(id, -count, Long::sum));
        town.close().pass(Duration.ofSeconds(15));
        return result(picks);
    }

    private void happen() {
        Shop first = town.shop(1);
        switch (scene) {
            case EVEN -> town.pass(LENGTH);
            case SLOW -> {
                first.takes = () -> serviceNanos(SLOWER);
                town.pass(LENGTH);
            }
            case HANGING -> {
                first.answers(Answer.DROP);
                town.pass(Duration.ofSeconds(10));
            }
            case FAILING -> {
                first.answers(Answer.REFUSE);
                town.pass(LENGTH);
            }
            case COLD -> {
                Shop cold = add();
                cold.takes = () -> serviceNanos(5);
                town.network.at(
                        town.network.now() + Duration.ofSeconds(3).toNanos(), () -> cold.takes = () -> serviceNanos(1));
                town.pass(LENGTH);
            }
            case SCALE_OUT -> {
                for (int i = 0; i < Math.max(1, size / 2); i++) {
                    add();
                }
                town.pass(LENGTH);
            }
            case ROLLING -> {
                int together = Math.max(1, size / 10);
                for (int from = 0; from < size; from += together) {
                    restart(town.shops.subList(from, Math.min(size, from + together)));
                }
            }
        }
    }

    private Shop add() {
        Shop shop = town.build().hands(HANDS);
        shop.takes = () -> serviceNanos(1);
        town.tell(table -> table.add(shop.backend()));
        return shop;
    }

    private void restart(List<Shop> shops) {
        shops.forEach(shop -> town.tell(table -> table.drain(shop.id, null, new CompletableFuture<>())));
        town.pass(Duration.ofMillis(200));
        shops.forEach(shop -> shop.answers(Answer.REFUSE));
        town.pass(Duration.ofMillis(200));
        shops.forEach(shop -> shop.answers(Answer.ACCEPT));
        shops.forEach(shop -> town.tell(table -> table.ready(shop.id)));
        town.pass(Duration.ofMillis(100));
    }

    private Map<String, Long> picks() {
        Map<String, Long> picks = new HashMap<>();
        for (Gate gate : town.gates) {
            for (BackendStats stats :
                    gate.engine.stats(town.network.clock.nanoTime()).backends()) {
                picks.merge(stats.backend().id(), stats.picks(), Long::sum);
            }
        }
        return picks;
    }

    private Result result(Map<String, Long> picks) {
        String odd = switch (scene) {
            case SLOW, HANGING, FAILING -> town.shop(1).id;
            case COLD -> town.shop(size + 1).id;
            default -> "";
        };
        double oddPicks = picks.getOrDefault(odd, 0L);
        picks.remove(odd);
        double mean = picks.values().stream().mapToLong(n -> n).average().orElse(0);
        double most = picks.values().stream().mapToLong(n -> n).max().orElse(0);
        long[] sorted = waits.stream().mapToLong(n -> n).sorted().toArray();
        return new Result(
                selector,
                most / mean,
                odd.isEmpty() ? Double.NaN : 100 * oddPicks / mean,
                sorted[sorted.length / 2],
                sorted[(int) (sorted.length * 0.99)],
                sorted.length,
                town.hurt + town.inside());
    }

    // ---- keys

    /**
     * @param agreed on how many of a hundred keys all proxies agree
     * @param spread the most keys of one backend, by the mean
     * @param movedByRemoval how many of a hundred keys of the others move when one is removed
     * @param movedByAddition how many of a hundred keys move from one to another when one is added, not counting its own
     * @param joined how many keys the added one gets, in percent of a fair share
     */
    record Keys(
            String selector,
            double agreed,
            double spread,
            double movedByRemoval,
            double movedByAddition,
            double joined) {}

    static Keys keys(String selector, int size, int proxies, int keys) {
        Fleet fleet = new Fleet(selector, Scene.EVEN, size, proxies);
        Town town = fleet.town.pass(Duration.ofMillis(1));
        String[] at = chosen(town.gates.get(0), keys);
        boolean[] same = new boolean[keys];
        Arrays.fill(same, true);
        for (Gate gate : town.gates) {
            String[] there = chosen(gate, keys);
            for (int key = 0; key < keys; key++) {
                same[key] &= there[key].equals(at[key]);
            }
        }
        int agreed = 0;
        Map<String, Integer> counts = new HashMap<>();
        for (int key = 0; key < keys; key++) {
            agreed += same[key] ? 1 : 0;
            counts.merge(at[key], 1, Integer::sum);
        }
        int most = counts.values().stream().mapToInt(n -> n).max().orElse(0);
        town.tell(table -> table.remove("b1", null, new CompletableFuture<>())).pass(SECOND);
        double removal = moved(at, chosen(town.gates.get(0), keys), "b1");
        town.tell(table -> table.add(town.shop(1).backend())).pass(SECOND);
        Shop added = fleet.add();
        town.pass(SECOND);
        String[] then = chosen(town.gates.get(0), keys);
        double addition = moved(then, at, added.id);
        long joined = Arrays.stream(then).filter(added.id::equals).count();
        return new Keys(
                selector,
                100.0 * agreed / keys,
                1.0 * most * size / keys,
                removal,
                addition,
                100.0 * joined * (size + 1) / keys);
    }

    /** Percent of the keys that were not at one backend, and are elsewhere now. */
    private static double moved(String[] before, String[] after, String but) {
        int stayed = 0;
        int others = 0;
        for (int key = 0; key < before.length; key++) {
            others += before[key].equals(but) ? 0 : 1;
            stayed += !before[key].equals(but) && before[key].equals(after[key]) ? 1 : 0;
        }
        return 100.0 * (others - stayed) / others;
    }

    private static String[] chosen(Gate gate, int keys) {
        String[] chosen = new String[keys];
        for (int key = 0; key < keys; key++) {
            InetSocketAddress client =
                    new InetSocketAddress("10." + key / 62500 + "." + key / 250 % 250 + "." + (key % 250 + 1), 1);
            Backend backend = gate.engine
                    .table()
                    .explain(client, gate.listening, null, null)
                    .chosen();
            chosen[key] = backend == null ? "nobody" : backend.id();
        }
        return chosen;
    }
}
