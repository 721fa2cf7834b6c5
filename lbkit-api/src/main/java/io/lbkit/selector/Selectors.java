package io.lbkit.selector;

import io.lbkit.Selector;
import java.time.Duration;

/** Names the built-in selectors. All of them respect weights, and none allocates while choosing. */
public final class Selectors {

    private Selectors() {}

    /**
     * Each backend in turn, over all loops; with weights in the smooth order of nginx, so that {5, 1, 1} gives
     * {@code a a b a c a a} and not five in a row.
     *
     * @return a selector for one proxy
     */
    public static Selector roundRobin() {
        return new RoundRobin();
    }

    /**
     * The backend with the fewest sessions for its weight; ties by chance. Looks at every backend: for thousands of
     * backends, {@link #powerOfTwo()} is nearly as even and does not.
     *
     * @return a selector for one proxy
     */
    public static Selector leastConnections() {
        return new LeastConnections();
    }

    /**
     * The backend that connects fastest, in view of its sessions and weight.
     *
     * @return {@link #leastResponseTime(LeastResponseTime.Measure, Duration)} over connect times in classes of 1 ms
     */
    public static Selector leastResponseTime() {
        return leastResponseTime(LeastResponseTime.Measure.CONNECT, Duration.ofMillis(1));
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
     * Draws two different backends by weight and takes the less loaded. The default: nearly as even as
     * {@link #leastConnections()}, at the same cost for ten backends and for ten thousand, and independent proxies do
     * not all run to the same backend.
     *
     * @return a selector for one proxy
     */
    public static Selector powerOfTwo() {
        return new PowerOfTwo();
    }

    /**
     * Draws one by weight.
     *
     * @return a selector for one proxy
     */
    public static Selector random() {
        return new WeightedRandom();
    }
}
