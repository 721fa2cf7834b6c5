package io.lbkit.core.sim;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * What is checked, and how.
 *
 * @param kind of health check
 * @param agents whether servers have agents
 * @param interval of both
 * @param timeout of both; none that an honest network could need
 */
record SimHealth(Kind kind, boolean agents, Duration interval, Duration timeout) {

    enum Kind {
        NONE,
        CONNECT,
        EXCHANGE,
        HTTP,
        HTTP_ELSEWHERE,
        HOST,
        HOST_LATER
    }

    /** @param buffer the smallest of the network's: with one byte on the way at a time, an answer takes long */
    static SimHealth random(SplittableRandom random, int buffer) {
        Kind[] kinds = Kind.values();
        Kind kind = random.nextInt(3) == 0 ? Kind.NONE : kinds[random.nextInt(kinds.length)];
        return new SimHealth(
                kind,
                random.nextInt(4) == 0,
                Duration.ofMillis(random.nextInt(buffer < 10 ? 2000 : 200, 4000)),
                Duration.ofMillis(buffer < 10 ? 10_000 : random.nextInt(500, 2000)));
    }

    /** Whether the proxy itself asks, and not code of the host. */
    boolean isOverNetwork() {
        return kind != Kind.HOST && kind != Kind.HOST_LATER;
    }

    boolean isAny() {
        return kind != Kind.NONE || agents;
    }
}
