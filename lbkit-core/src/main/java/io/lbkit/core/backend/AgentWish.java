package io.lbkit.core.backend;

import io.lbkit.Backend;

/**
 * What the agent of a backend has asked for so far. What it has not mentioned stays as it said before, or as configured.
 *
 * <p>Immutable.
 *
 * @param duty whether it wants new sessions
 * @param up whether it says that it is well
 * @param why what it says is wrong, empty if nothing
 * @param percent of the configured weight
 * @param weight instead of the configured one, or {@link #UNSAID}
 * @param maxConnections if that is less than configured
 */
public record AgentWish(Duty duty, boolean up, String why, int percent, int weight, int maxConnections) {

    /** Whether an agent wants new sessions for its backend. */
    public enum Duty {
        READY,
        DRAIN,
        MAINTENANCE
    }

    /** {@link #weight()} if the agent speaks in percent. */
    public static final int UNSAID = -1;

    /** Of an agent that has said nothing. */
    public static final AgentWish NONE = new AgentWish(Duty.READY, true, "", 100, UNSAID, Backend.UNLIMITED);

    public AgentWish duty(Duty duty) {
        return new AgentWish(duty, up, why, percent, weight, maxConnections);
    }

    public AgentWish health(boolean up, String why) {
        return new AgentWish(duty, up, why, percent, weight, maxConnections);
    }

    public AgentWish percent(int percent) {
        return new AgentWish(duty, up, why, percent, UNSAID, maxConnections);
    }

    public AgentWish weight(int weight) {
        return new AgentWish(duty, up, why, 100, weight, maxConnections);
    }

    public AgentWish maxConnections(int maxConnections) {
        return new AgentWish(duty, up, why, percent, weight, maxConnections);
    }

    /** The weight that follows; 0 only if one of the two is. */
    int weightOf(int configured) {
        if (configured == 0 || weight != UNSAID) {
            return configured == 0 ? 0 : weight;
        }
        return (int) Math.min(65535, ((long) configured * percent + 99) / 100);
    }

    /** Whether it asks for no new sessions, be it by a weight of nothing. */
    boolean isDraining() {
        return duty == Duty.DRAIN || weight == 0 || weight == UNSAID && percent == 0;
    }
}
