package io.lbkit;

import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who would serve a client now, and why none of the others would. {@link #toString()} tells it in lines.
 *
 * @param client for whom
 * @param mode which backends get new sessions
 * @param priority of the tier in force
 * @param chosen who would serve the client; null if nobody would
 * @param sample true if chance had a part in the choice, so that the next client may well get another one. False for a
 *     choice in turn as well: it says whose turn it is now
 * @param backends every backend in the pool
 */
public record Explanation(
        SocketAddress client,
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
