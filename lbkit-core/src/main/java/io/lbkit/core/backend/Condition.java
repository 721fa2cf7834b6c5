package io.lbkit.core.backend;

/**
 * What there is to tell about a backend's state, besides the state.
 *
 * <p>Immutable.
 *
 * @param sinceNanos when it took its state
 * @param why what speaks against it, empty if nothing does
 * @param weight in force
 * @param ejections so far
 * @param ejectedUntilNanos of meaning only while it is ejected
 */
record Condition(long sinceNanos, String why, double weight, long ejections, long ejectedUntilNanos) {}
