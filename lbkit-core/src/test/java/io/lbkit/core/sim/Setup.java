package io.lbkit.core.sim;

import io.lbkit.Failover;
import io.lbkit.Limits;
import io.lbkit.OutlierPolicy;
import io.lbkit.Rebalance;
import io.lbkit.Selector;
import io.lbkit.SessionPolicy;
import io.lbkit.SlowStart;
import io.lbkit.selector.Key;
import io.lbkit.selector.Selectors;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a seed decides before anything happens.
 *
 * @param originNanos what the clock shows first
 * @param volume how many bytes a stream has at most
 * @param shortStall how long a peer may stall so that no timeout minds
 * @param misbehaves how likely a peer does not do its part
 * @param jumps whether the clock jumps
 * @param changes whether backends come, go and change
 * @param nastySelector whether the selector throws and answers nonsense now and then
 * @param nastyObserver whether the observer throws now and then
 * @param unreliable whether servers refuse, ignore or die
 * @param crowded whether every backend has a small limit
 * @param tiered whether some backends are for the time when the others are gone
 * @param large whether every set counts as large, whose selector is prepared at some other time
 * @param ofRoute limits of one of the routes, which differ by those of bandwidth alone
 * @param onBackendDown what becomes of sessions of a backend that is down
 * @param outliers when failures eject a backend
 * @param slowStart how a backend regains its share
 * @param failover what becomes of the load when backends are gone
 * @param rebalance whether live sessions move when a backend joins
 * @param health what is checked, and how
 * @param secret whether there may be TLS
 */
record Setup(
        long originNanos,
        int loops,
        int inboxCapacity,
        int clients,
        int servers,
        int volume,
        long shortStall,
        double misbehaves,
        boolean jumps,
        boolean changes,
        boolean nastySelector,
        boolean nastyObserver,
        boolean unreliable,
        boolean crowded,
        boolean tiered,
        boolean large,
        int backlog,
        Limits limits,
        Limits ofRoute,
        SessionPolicy onBackendDown,
        OutlierPolicy outliers,
        SlowStart slowStart,
        Failover failover,
        Rebalance rebalance,
        Selector selector,
        SimNetwork.Style style,
        Faults faults,
        SimHealth health,
        boolean secret) {

    /** One seed in so many of those that may. */
    private static final int SECRET_ONES = 6;

    /** With smaller buffers a handshake of some thousand bytes takes longer than anybody waits. */
    private static final int LEAST_FOR_TLS = 100;

    private static final Duration LONG_ENOUGH_FOR_TLS = Duration.ofSeconds(3);

    /** Not too many, so that some come again. */
    private static final Key PER_SESSION = client -> client.sessionId() % 7;

    /**
     * @param narrow decides of limits of bandwidth, and of nothing else, so that a seed without is what it always was
     * @param secrecy decides of TLS, likewise
     */
    static Setup random(SplittableRandom random, SplittableRandom narrow, SplittableRandom secrecy) {
        int least = pick(random, 1, 1, 10, 100, 1000, 5000);
        int most = least * pick(random, 1, 4, 10);
        int buffer = random.nextInt(12) == 0 ? 262144 : pick(random, 4096, 4096, 10000, 40000);
        int volume = least < 10 ? 150 : Math.min(4 * buffer, 30 * least);
        boolean secret = least >= LEAST_FOR_TLS && secrecy.nextInt(SECRET_ONES) == 0;
        Limits limits = bandwidth(narrow, limits(random, buffer), volume);
        if (secret) {
            limits = limits.connectTimeout(LONG_ENOUGH_FOR_TLS).connectDeadline(LONG_ENOUGH_FOR_TLS.multipliedBy(3));
        }
        return new Setup(
                origin(random),
                random.nextInt(1, 5),
                inbox(pick(random, 2, 4, 16, 64), secret),
                random.nextInt(2, 14),
                random.nextInt(1, 6),
                volume,
                Duration.ofMillis(300).toNanos(),
                pick(random, 0, 0, 20, 50) / 100.0,
                random.nextInt(5) == 0,
                random.nextInt(2) == 0,
                random.nextInt(6) == 0,
                random.nextInt(6) == 0,
                random.nextInt(3) == 0,
                random.nextInt(3) == 0,
                random.nextInt(3) == 0,
                random.nextInt(4) == 0,
                pick(random, 1, 3, 100),
                limits,
                bandwidth(narrow, limits, volume),
                policy(random),
                outliers(random),
                random.nextBoolean() ? SlowStart.OFF : slowStart(random),
                failover(random),
                random.nextInt(3) == 0 ? new Rebalance(pick(random, 1, 30), pick(random, 0, 10, 50)) : Rebalance.OFF,
                selector(random),
                new SimNetwork.Style(
                        least, most, random.nextInt(3) == 0 ? 0 : random.nextLong(5_000_000), random.nextBoolean()),
                faults(random),
                SimHealth.random(random, least),
                secret);
    }

    /** Threads wait for room, and there is one thread here: what handshakes have computed must fit in. */
    private static int inbox(int capacity, boolean secret) {
        return secret ? 4096 : capacity;
    }

    private static long origin(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> -random.nextLong(1L << 40);
            case 2 -> Long.MAX_VALUE - random.nextLong(30_000_000_000L); // wraps while we look
            default -> random.nextLong();
        };
    }

    private static Limits limits(SplittableRandom random, int buffer) {
        Limits limits = Limits.DEFAULT
                .connectTimeout(Duration.ofMillis(pick(random, 50, 200, 3000)))
                .connectAttempts(pick(random, 1, 2, 3, 10))
                .connectDeadline(Duration.ofMillis(pick(random, 100, 1000, 10000)))
                .idleTimeout(Duration.ofSeconds(pick(random, 2, 3, 10, 0)))
                .halfCloseTimeout(Duration.ofSeconds(pick(random, 1, 2, 5, 0)))
                .firstByteTimeout(Duration.ofSeconds(pick(random, 0, 0, 0, 1, 2)))
                .maxAge(Duration.ofSeconds(pick(random, 0, 0, 0, 3, 20)))
                .bufferBytes(buffer)
                .turnBytes(pick(random, 4096, 100_000))
                .acceptsPerTurn(pick(random, 1, 2, 16))
                .queueCapacity(pick(random, 0, 1, 3, 100))
                .queueTimeout(Duration.ofMillis(pick(random, 20, 500, 3000)))
                .retriesPerSecond(pick(random, 0, 1, 10, Limits.UNLIMITED))
                .retryPercent(pick(random, 0, 20, 100))
                .cutsPerSecond(pick(random, 1, 30, 1000, Limits.UNLIMITED));
        return random.nextInt(3) == 0 ? limits.maxConnections(random.nextInt(1, 6)) : limits;
    }

    /** At least a third of the longest stream in a second, so that it has an end. */
    private static Limits bandwidth(SplittableRandom random, Limits limits, int volume) {
        if (random.nextInt(5) > 0) {
            return limits;
        }
        return limits.bandwidthToBackend(bandwidth(random, volume)).bandwidthToClient(bandwidth(random, volume));
    }

    private static int bandwidth(SplittableRandom random, int volume) {
        return random.nextInt(4) == 0 ? Limits.UNLIMITED : Math.max(1024, volume / random.nextInt(1, 4));
    }

    private static SessionPolicy policy(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> SessionPolicy.CUT;
            case 1 -> SessionPolicy.cutAfter(Duration.ofMillis(random.nextInt(2000)));
            default -> SessionPolicy.KEEP;
        };
    }

    private static OutlierPolicy outliers(SplittableRandom random) {
        if (random.nextInt(4) == 0) {
            return OutlierPolicy.OFF;
        }
        return OutlierPolicy.DEFAULT
                .consecutiveFailures(pick(random, 0, 1, 1, 2, 3))
                .firstByteTimeouts(random.nextInt(3) == 0)
                .baseEjection(Duration.ofMillis(pick(random, 20, 200, 2000)))
                .maxEjection(Duration.ofMillis(pick(random, 200, 5000)))
                .keepPercent(pick(random, 50, 50, 0, 80))
                .window(Duration.ofMillis(pick(random, 100, 3000)))
                .minimumAttempts(pick(random, 1, 5))
                .failurePercent(pick(random, 0, 0, 30))
                .deviations(pick(random, 0, 0, 1));
    }

    private static SlowStart slowStart(SplittableRandom random) {
        return SlowStart.over(Duration.ofMillis(pick(random, 50, 1000, 10_000)))
                .aggression(pick(random, 1, 1, 2))
                .minimumPercent(pick(random, 10, 1, 100));
    }

    private static Failover failover(SplittableRandom random) {
        return Failover.DEFAULT
                .overprovisioningPercent(pick(random, 0, 0, 100, 140))
                .failOpen(random.nextInt(4) > 0)
                .failOpenBelowPercent(pick(random, 0, 0, 50, 100));
    }

    private static Selector selector(SplittableRandom random) {
        return pickOf(
                random,
                List.of(
                        Selectors.roundRobin(0),
                        Selectors.leastConnections(),
                        Selectors.leastResponseTime(),
                        Selectors.powerOfTwo(),
                        Selectors.random(),
                        Selectors.peakEwma(),
                        Selectors.firstAvailable(),
                        Selectors.maglev(PER_SESSION).boundedLoad(),
                        Selectors.rendezvous(),
                        Selectors.sticky(PER_SESSION, Selectors.roundRobin(0), Duration.ofSeconds(1), 16),
                        Selectors.zoneFirst("east", Selectors.leastConnections()),
                        (candidates, client) -> candidates.size() - 1));
    }

    private static Faults faults(SplittableRandom random) {
        if (random.nextInt(4) == 0) {
            return Faults.NONE;
        }
        return new Faults(
                some(random, 0.3),
                some(random, 0.5),
                some(random, 0.3),
                some(random, 0.2),
                some(random, 0.3),
                some(random, 0.3),
                some(random, 0.2),
                some(random, 0.1));
    }

    private static double some(SplittableRandom random, double most) {
        return random.nextBoolean() ? 0 : random.nextDouble(most);
    }

    private static int pick(SplittableRandom random, int... of) {
        return of[random.nextInt(of.length)];
    }

    private static <T> T pickOf(SplittableRandom random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** No timeout is off, so that every session must end by itself. */
    boolean endsByItself() {
        return !limits.idleTimeout().isZero();
    }
}
