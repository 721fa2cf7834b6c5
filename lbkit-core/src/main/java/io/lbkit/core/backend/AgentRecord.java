package io.lbkit.core.backend;

import io.lbkit.AgentStats;

/**
 * What the agent of a backend has said so far.
 *
 * <p>Immutable.
 *
 * @param last the last line, fit for a log
 */
public record AgentRecord(long answers, long unreachable, long misunderstood, String last) {

    /** Nothing yet. */
    public static final AgentRecord NONE = new AgentRecord(0, 0, 0, "");

    /** One more line, of which so many words meant something and nothing. */
    public AgentRecord after(int understood, int misunderstood, String line) {
        return new AgentRecord(
                answers + (understood > 0 ? 1 : 0), unreachable, this.misunderstood + misunderstood, line);
    }

    /** One more question without an answer. */
    public AgentRecord afterSilence() {
        return new AgentRecord(answers, unreachable + 1, misunderstood, last);
    }

    AgentStats stats() {
        return new AgentStats(answers, unreachable, misunderstood, last);
    }
}
