package io.lbkit.core.health;

import org.jspecify.annotations.Nullable;

/**
 * What the agent of a backend said in one line; what it did not mention stays as it is.
 *
 * <p>Immutable.
 *
 * @param weightPercent of the configured weight, or {@link #NOT_SAID}
 * @param weight instead of the configured one, or {@link #NOT_SAID}; never said together with a percentage
 * @param maxConnections instead of the configured ones, 0 for the configured ones, or {@link #NOT_SAID}
 * @param service whether it takes new sessions, null if not said
 * @param up whether it is well, null if not said
 * @param reason why it is not well, empty if not said; not fit for a log before it was escaped
 * @param understood how many words meant something
 * @param misunderstood how many words meant nothing
 */
record AgentWord(
        int weightPercent,
        int weight,
        int maxConnections,
        @Nullable Service service,
        @Nullable Boolean up,
        String reason,
        int understood,
        int misunderstood) {

    /** Stands for a number that the agent did not mention. */
    static final int NOT_SAID = -1;

    /** Whether a backend takes new sessions, according to its agent. */
    enum Service {
        READY,
        DRAIN,
        MAINTENANCE
    }
}
