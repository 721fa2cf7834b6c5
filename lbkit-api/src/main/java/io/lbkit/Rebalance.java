package io.lbkit;

/**
 * Whether live sessions move to backends that have too few. A load balancer chooses for new connections only: where
 * connections live for hours, as those of database pools and message brokers do, a backend that was added or has come back
 * stays idle while the others keep what they got when they were fewer. Rebalancing closes some sessions of those that have
 * more than their share, and relies on their clients to connect again, whereupon the {@link Selector} finds the backend
 * that has room. It is off unless asked for, because it resets connections that nothing is wrong with.
 *
 * <p><b>When.</b> It begins when a backend is added, has recovered or is made ready, and ends when for ten seconds no backend
 * was above its share, beyond the tolerance.
 *
 * <p><b>How many.</b> The share of a backend is its part, by weight, of all sessions there were when it began (or are now,
 * if there are more); what a backend cannot take because of its {@linkplain Backend#maxConnections() maximum} falls to the
 * others. Only backends of the tier in force take part. While one is slowly started, its weight of the moment counts. Nothing is closed that would bring a backend
 * below its share: should clients not come back, it stops halfway instead of closing on.
 *
 * <p><b>Which.</b> Those that went longest without a byte either way, over all event loops, of the backend that is the most
 * above its share. A session that began after the rebalancing did is left alone, so that nobody is disturbed twice.
 * Both sides are reset, with {@link CloseReason#REBALANCED}.
 *
 * <p><b>With which selector.</b> One that looks at load ({@linkplain io.lbkit.selector.Selectors#powerOfTwo() power of two},
 * which is the default, or least connections) sends each client that comes back where sessions are missing. With round robin
 * and random ones it takes more closed sessions to get there. With a selector that goes by a key it is of no use: the client
 * comes back to the same backend.
 *
 * <pre>{@code
 * Proxy.builder().rebalance(Rebalance.perSecond(5)) …
 * }</pre>
 *
 * <p>Immutable.
 *
 * @param sessionsPerSecond how many sessions are closed in a second at most, 0 for never
 * @param tolerancePercent by how much of its share, and at least by one session, a backend may be above it
 */
public record Rebalance(int sessionsPerSecond, int tolerancePercent) {

    /** Live sessions stay where they are; the default. */
    public static final Rebalance OFF = new Rebalance(0, 10);

    /** Checks the ranges. */
    public Rebalance {
        Range.of("rebalance sessionsPerSecond", sessionsPerSecond, 0, 1_000_000);
        Range.of("rebalance tolerancePercent", tolerancePercent, 0, 100);
    }

    /**
     * Closes sessions of backends above their share by more than 10 %.
     *
     * @param sessions how many in a second at most, 1 to 1000000; few enough for the clients' logins not to be a load of
     *     their own: 100 sessions too many on one backend are gone within 20 s at 5 a second
     * @return the rule
     * @throws IllegalArgumentException if the number is out of its range
     */
    public static Rebalance perSecond(int sessions) {
        return new Rebalance(Range.of("rebalance sessionsPerSecond", sessions, 1, 1_000_000), 10);
    }

    /**
     * A copy with another tolerance. Without any, chance alone would make backends change places for ever.
     *
     * @param percent 0 to 100; default 10. One session above the share is always tolerated
     * @return the copy
     * @throws IllegalArgumentException if the number is out of its range
     */
    public Rebalance tolerance(int percent) {
        return new Rebalance(sessionsPerSecond, percent);
    }

    /** {@return whether sessions are closed at all} */
    public boolean isOn() {
        return sessionsPerSecond > 0;
    }
}
