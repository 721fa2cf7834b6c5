package io.lbkit;

/**
 * What the agent of a backend has said.
 *
 * @param answers lines understood, at least in part
 * @param unreachable questions without an answer
 * @param misunderstood words that mean nothing
 * @param last the last line, for people, cut and escaped; empty before the first
 */
public record AgentStats(long answers, long unreachable, long misunderstood, String last) {}
