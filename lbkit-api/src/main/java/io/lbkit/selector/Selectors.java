package io.lbkit.selector;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.Selector;
import io.lbkit.selector.LeastResponseTime.Measure;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Names the built-in selectors. All of them respect weights unless they say otherwise, and none allocates while choosing.
 * Each selector is for one proxy.
 */
public final class Selectors {

    private Selectors() {}

    // ---- by name

    /**
     * A built-in selector by its name, for configuration that is text.
     *
     * @param name one of {@link #names()}, which never change their meaning
     * @return a selector for one proxy, with defaults for everything
     * @throws IllegalArgumentException if there is none of that name; the message lists them
     */
    public static Selector named(String name) {
        return switch (name) {
            case "round-robin" -> roundRobin();
            case "least-connections" -> leastConnections();
            case "least-response-time" -> leastResponseTime();
            case "peak-ewma" -> peakEwma();
            case "power-of-two" -> powerOfTwo();
            case "random", "weighted-random" -> random();
            case "first-available" -> firstAvailable();
            case "source-hash" -> sourceHash();
            case "maglev" -> maglev();
            case "rendezvous" -> rendezvous();
            default ->
                throw new IllegalArgumentException(
                        "selector is \"" + name + "\", must be one of " + String.join(", ", names()));
        };
    }

    /** {@return what {@link #named} takes, in the order of this class; {@code random} and {@code weighted-random} are one} */
    public static List<String> names() {
        return List.of(
                "round-robin",
                "least-connections",
                "least-response-time",
                "peak-ewma",
                "power-of-two",
                "random",
                "weighted-random",
                "first-available",
                "source-hash",
                "maglev",
                "rendezvous");
    }

    // ---- in turn, by load, by chance

    /**
     * Each backend in turn, over all loops; with weights in the smooth order of nginx, so that {5, 1, 1} gives
     * {@code a a b a c a a} and not five in a row. The first pick draws whose turn it is: many proxies that began with the
     * same backend would go on in step, and each backend would have all their clients at once.
     *
     * @return a selector for one proxy
     */
    public static Selector roundRobin() {
        return new RoundRobin();
    }

    /**
     * As {@link #roundRobin()}, from a turn that is given instead of drawn. With 0 a proxy of backends a, b and c has
     * {@code a b c a b c}; with 1 it has {@code b c a b c a}. Of many proxies give each another number.
     *
     * @param firstTurn the number of turns that are passed over at first; 0 or more, of any size: the order repeats itself
     * @return a selector for one proxy
     * @throws IllegalArgumentException if it is negative
     */
    public static Selector roundRobin(int firstTurn) {
        if (firstTurn < 0) {
            throw new IllegalArgumentException("firstTurn is " + firstTurn + ", must not be negative");
        }
        return new RoundRobin(firstTurn);
    }

    /**
     * The backend with the fewest sessions for its weight; ties by chance.
     *
     * @return {@link #least(Load)} of {@link Load#connections()}
     */
    public static Selector leastConnections() {
        return least(Load.connections());
    }

    /**
     * The backend that connects fastest, in view of its sessions and weight.
     *
     * @return {@link #leastResponseTime(LeastResponseTime.Measure, Duration)} over connect times in classes of 1 ms
     */
    public static Selector leastResponseTime() {
        return leastResponseTime(Measure.CONNECT, Duration.ofMillis(1));
    }

    /**
     * The backend that responds fastest, in view of its sessions and weight.
     *
     * @param measure which time counts
     * @param resolution times closer than this are taken as equal; 1 µs to 1 s. nginx has 20 ms
     * @return a selector for one proxy
     */
    public static Selector leastResponseTime(LeastResponseTime.Measure measure, Duration resolution) {
        return new LeastResponseTime(measure, resolution);
    }

    /**
     * The backend with the least load; ties by chance in proportion to weight. Up to 512 backends are all compared. Of more,
     * three are: two drawn by weight, and the one that was taken last (after Mitzenmacher, Prabhakar and Shah,
     * <em>Load Balancing with Memory</em>, FOCS 2002). At the rate of connections, a pass over ten thousand backends would be
     * the greater part of a proxy's work.
     *
     * @param load what to compare
     * @return a selector for one proxy
     */
    public static Selector least(Load load) {
        return new Least(Objects.requireNonNull(load, "load"), 512);
    }

    /**
     * Of two backends the one whose worst connect of late, times its sessions, is less.
     *
     * @return {@link #peakEwma(LeastResponseTime.Measure)} over connect times
     */
    public static Selector peakEwma() {
        return peakEwma(Measure.CONNECT);
    }

    /**
     * Of two backends the one whose worst response time of late, times its sessions, is less: the balancer of Finagle and
     * linkerd. It turns away from a backend after one slow answer, and comes back as that is forgotten, in some tens of
     * seconds.
     *
     * @param measure which time counts
     * @return {@link #powerOfTwo(Load)} over {@link Load#peakEwma}
     */
    public static Selector peakEwma(LeastResponseTime.Measure measure) {
        return powerOfTwo(Load.peakEwma(measure));
    }

    /**
     * Draws two different backends by weight and takes the less loaded. The default: nearly as even as
     * {@link #leastConnections()}, at the same cost for ten backends and for ten thousand, and independent proxies do
     * not all run to the same backend.
     *
     * @return {@link #powerOfTwo(Load)} over {@link Load#connections()}
     */
    public static Selector powerOfTwo() {
        return powerOfTwo(Load.connections());
    }

    /**
     * Draws two different backends by weight and takes the less loaded; of two equally loaded ones, the one chosen less
     * often during the last second for its weight.
     *
     * @param load what to compare
     * @return a selector for one proxy
     */
    public static Selector powerOfTwo(Load load) {
        return new PowerOfTwo(load);
    }

    /**
     * Draws one by weight.
     *
     * @return a selector for one proxy
     */
    public static Selector random() {
        return new WeightedRandom();
    }

    /**
     * The first backend in the order of configuration that can be had: the second gets its first session when the first
     * has {@linkplain Backend#maxConnections as many as it may have}, so that backends at the end stay idle and can be
     * switched off. As {@code balance first} of HAProxy. Weights do not count.
     *
     * <p>Without a limit a backend is never full: the first one gets everything, and the others only what it does not take.
     *
     * @return a selector for one proxy
     */
    public static Selector firstAvailable() {
        return (candidates, client) -> 0;
    }

    // ---- by key

    /**
     * The same backend for the same client address, without its port.
     *
     * @return {@link #maglev(Key)} of {@link Key#clientAddress()}
     */
    public static ConsistentHash sourceHash() {
        return maglev();
    }

    /**
     * The same backend for the same client address, by a Maglev table.
     *
     * @return {@link #maglev(Key)} of {@link Key#clientAddress()}
     */
    public static ConsistentHash maglev() {
        return maglev(Key.clientAddress());
    }

    /**
     * The same backend for the same key, by a Maglev table (Eisenbud et al., <em>Maglev: A Fast and Reliable Software
     * Network Load Balancer</em>, NSDI 2016, section 3.4; weights as in Envoy's {@code maglev_lb.cc}). A pick costs the same for
     * ten backends and for ten thousand. The table is made anew when the set or a weight changes: it has
     * a prime number of slots, 65,537 up to 655 backends, 262,147 up to 2,621, 1,048,583 up to 10,485, and 4,194,319
     * beyond. When a backend is added or removed, about one in two hundred keys of the others moves as well; when the
     * set grows out of one size, most do.
     *
     * @param key what sessions have in common
     * @return a selector for one proxy
     */
    public static ConsistentHash maglev(Key key) {
        return new ConsistentHash(key, true);
    }

    /**
     * The same backend for the same client address, by rendezvous hashing.
     *
     * @return {@link #rendezvous(Key)} of {@link Key#clientAddress()}
     */
    public static ConsistentHash rendezvous() {
        return rendezvous(Key.clientAddress());
    }

    /**
     * The same backend for the same key, by rendezvous hashing (Thaler and Ravishankar, <em>Using Name-Based Mappings to
     * Increase Hit Rates</em>, IEEE/ACM Transactions on Networking 6, 1998; weights as in Schindelhauer and Schomaker,
     * <em>Weighted Distributed Hash Tables</em>, SPAA 2005): the key ranks all backends, and the highest has it. When a backend is added or removed, no key
     * of another moves. A pick looks at every candidate, at some nanoseconds each, some tens if weights differ: for up to
     * some hundred backends.
     *
     * @param key what sessions have in common
     * @return a selector for one proxy
     */
    public static ConsistentHash rendezvous(Key key) {
        return new ConsistentHash(key, false);
    }

    // ---- around another selector

    /**
     * The backend that a key had before.
     *
     * @param key what sessions have in common
     * @param inner chooses for a new key
     * @return {@link #sticky(Key, Selector, Duration, int)} that forgets after 30 minutes, and keeps 100,000 keys
     */
    public static Selector sticky(Key key, Selector inner) {
        return sticky(key, inner, Duration.ofMinutes(30), 100_000);
    }

    /**
     * The backend that a key had before. If it is gone, drained, down or full, or was tried for the session without success,
     * another one is chosen and remembered instead; the first one does not get the key back when it is well again. What is
     * remembered is lost with the proxy, and no other proxy knows of it: where that matters, take {@link #maglev(Key)}.
     *
     * <p>All memory is taken at the start, 20 to 24 bytes for an entry. It is shared by all loops, in sets of 16 entries,
     * each under the lock of one of 256 stripes; in a full set the key unused for longest gives way to a new one. Since sets
     * fill unevenly, let there be twice as many entries as there are clients.
     *
     * @param key what sessions have in common
     * @param inner chooses for a new key
     * @param idleTime how long a key is remembered after its last session began; 1 ms to 3650 days
     * @param entries how many keys are remembered at most, rounded down to a multiple of 16; 16 to 100,000,000
     * @return a selector for one proxy
     */
    public static Selector sticky(Key key, Selector inner, Duration idleTime, int entries) {
        return new Sticky(key, inner, idleTime, entries);
    }

    /**
     * The backends of one zone, if any of them can be had; otherwise all. Those of the zone are looked for on every pick,
     * which costs a pass over the candidates.
     *
     * @param zone the {@linkplain Backend#zone() zone} that this proxy is in; not empty
     * @param inner chooses from the backends of the zone, or from all; prepared for both sets
     * @return a selector for one proxy
     * @see Candidates#only
     */
    public static Selector zoneFirst(String zone, Selector inner) {
        return new ZoneFirst(zone, inner);
    }
}
