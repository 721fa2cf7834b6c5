package io.lbkit;

import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who would serve a client now, and why none of the others would. {@link #toString()} tells it in lines.
 *
 * @param client for whom
 * @param route name of the {@link Route} that it takes; null if none, so that the backends of the proxy itself are for it. If there
 *     are none of these either, nobody is chosen, and its session would end with {@link CloseReason#NO_ROUTE}
 * @param mode which backends get new sessions
 * @param priority of the tier in force
 * @param chosen who would serve the client; null if nobody would
 * @param sample true if chance had a part in the choice, so that the next client may well get another one. False for a
 *     choice in turn as well: it says whose turn it is now
 * @param backends every backend in that pool
 */
public record Explanation(
        SocketAddress client,
        @Nullable String route,
        PoolMode mode,
        int priority,
        @Nullable Backend chosen,
        boolean sample,
        List<Verdict> backends) {

    /**
     * What holds for one backend.
     *
     * @param backend as configured
     * @param state its state
     * @param candidate whether it could be chosen
     * @param why why not, or else by which numbers; in words
     */
    public record Verdict(Backend backend, BackendState state, boolean candidate, String why) {

        @Override
        public String toString() {
            return backend + " " + state + (candidate ? " candidate: " : " out: ") + why;
        }
    }

    /** Copies the collection. */
    public Explanation {
        backends = List.copyOf(backends);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("for ")
                .append(AddressText.of(client))
                .append(route == null ? "" : " by route " + route)
                .append(": ")
                .append(chosen == null ? "nobody" : chosen.id())
                .append(sample ? ", by chance" : "")
                .append("; mode ")
                .append(mode)
                .append(", tier ")
                .append(priority);
        for (Verdict verdict : backends) {
            text.append("\n  ").append(verdict);
        }
        return text.toString();
    }
}
