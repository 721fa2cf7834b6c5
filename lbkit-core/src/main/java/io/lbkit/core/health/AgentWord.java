package io.lbkit.core.health;

import io.lbkit.Backend;
import io.lbkit.core.backend.AgentWish;
import io.lbkit.core.backend.AgentWish.Duty;
import io.lbkit.core.wire.LogText;
import org.jspecify.annotations.Nullable;

/**
 * What the agent of a backend said in one line; what it did not mention stays as it is.
 *
 * <p>Immutable.
 *
 * @param weightPercent of the configured weight, or {@link #NOT_SAID}
 * @param weight instead of the configured one, or {@link #NOT_SAID}; never said together with a percentage
 * @param maxConnections the most, 0 for as many as configured, or {@link #NOT_SAID}
 * @param duty whether it wants new sessions, null if not said
 * @param up whether it is well, null if not said
 * @param reason why it wants no sessions or is not well, empty if not said; not fit for a log before it was escaped
 * @param understood how many words meant something
 * @param misunderstood how many words meant nothing
 */
record AgentWord(
        int weightPercent,
        int weight,
        int maxConnections,
        @Nullable Duty duty,
        @Nullable Boolean up,
        String reason,
        int understood,
        int misunderstood) {

    /** Stands for a number that the agent did not mention. */
    static final int NOT_SAID = -1;

    /** What it wants now, after what it wanted before. */
    AgentWish after(AgentWish before) {
        AgentWish wish = before;
        if (weightPercent != NOT_SAID) {
            wish = wish.percent(weightPercent);
        }
        if (weight != NOT_SAID) {
            wish = wish.weight(weight);
        }
        if (maxConnections != NOT_SAID) {
            wish = wish.maxConnections(maxConnections == 0 ? Backend.UNLIMITED : maxConnections);
        }
        if (duty != null) {
            wish = wish.duty(duty);
        }
        if (duty != null || up != null) {
            wish = wish.health(up == null ? wish.up() : up, LogText.of(reason));
        }
        return wish;
    }
}
