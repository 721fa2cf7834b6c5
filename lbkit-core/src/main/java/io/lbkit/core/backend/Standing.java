package io.lbkit.core.backend;

import io.lbkit.BackendState;
import io.lbkit.core.backend.Ejection.Phase;

/**
 * What is known about whether a backend may have new sessions: separate facts, each with a writer of its own, and the state
 * that follows from them.
 *
 * <p>Owned by the control loop.
 */
final class Standing {

    /** What the operator wants of it. */
    enum Wish {
        READY,
        DRAIN,
        MAINTENANCE,
        REMOVE
    }

    private Wish wish = Wish.READY;
    private AgentWish agent = AgentWish.NONE;
    private boolean checkedUp = true;
    private String checked = "";
    private String ejectedFor = "";
    private final Ejection ejection = new Ejection();
    private boolean replaced; // a set without it is on its way
    private boolean cold; // it has come in or been away, and is to ramp when it serves
    private boolean ramping;
    private long rampNanos;
    private boolean member; // as counted by the table
    private boolean serving;
    private long attempts; // at the end of the last window
    private long failures;

    /** It has come into the pool, again perhaps. */
    void enter(boolean cold, long nowNanos) {
        wish = Wish.READY;
        agent = AgentWish.NONE;
        checked(true, "");
        ejection.end(nowNanos);
        ramping = false;
        this.cold = cold;
    }

    // ---- facts, by their writers

    /** By {@code Backends}. */
    void wish(Wish wish) {
        this.wish = wish;
    }

    Wish wish() {
        return wish;
    }

    /** By the agent check. */
    void agent(AgentWish agent) {
        this.agent = agent;
    }

    AgentWish agent() {
        return agent;
    }

    /** By health checks. */
    void checked(boolean up, String why) {
        checkedUp = up;
        checked = up ? "" : why;
    }

    boolean isCheckedUp() {
        return checkedUp;
    }

    /** By {@link PassiveHealth}. */
    Ejection ejection() {
        return ejection;
    }

    void ejectedFor(String why) {
        ejectedFor = why;
    }

    /** By the table. */
    void replaced(boolean replaced) {
        this.replaced = replaced;
    }

    boolean isReplaced() {
        return replaced;
    }

    /** By {@link SlowStarts}. */
    void ramp(boolean ramping, long sinceNanos) {
        this.ramping = ramping;
        rampNanos = sinceNanos;
    }

    boolean isRamping() {
        return ramping;
    }

    long rampNanos() {
        return rampNanos;
    }

    /** By the table, when it stops serving for other reasons than a drain. */
    void cold(boolean cold) {
        this.cold = cold;
    }

    boolean isCold() {
        return cold;
    }

    // ---- what was made of them

    /** Whether it is counted as a member from now on; what that adds to the count. */
    int countMember(boolean is) {
        int more = (is ? 1 : 0) - (member ? 1 : 0);
        member = is;
        return more;
    }

    /** Whether it is counted as serving from now on; what that adds to the count. */
    int countServing(boolean is) {
        int more = (is ? 1 : 0) - (serving ? 1 : 0);
        serving = is;
        return more;
    }

    /** Of all connects so far, those since the last call. */
    long attemptsSince(long all) {
        long since = all - attempts;
        attempts = all;
        return since;
    }

    /** Of all failures so far, those since the last call. */
    long failuresSince(long all) {
        long since = all - failures;
        failures = all;
        return since;
    }

    // ---- what follows

    BackendState state() {
        if (wish == Wish.REMOVE) {
            return BackendState.REMOVED;
        }
        if (wish == Wish.MAINTENANCE || agent.duty() == AgentWish.Duty.MAINTENANCE) {
            return BackendState.MAINTENANCE;
        }
        if (wish == Wish.DRAIN || agent.isDraining()) {
            return BackendState.DRAINING;
        }
        if (!checkedUp || !agent.up()) {
            return BackendState.DOWN;
        }
        if (ejection.phase() != Phase.IN) {
            return ejection.phase() == Phase.OUT ? BackendState.EJECTED : BackendState.PROBING;
        }
        return ramping ? BackendState.RAMPING : BackendState.UP;
    }

    /** In the words of whoever finds fault with it; empty if nobody does. */
    String why() {
        if (!checkedUp) {
            return checked;
        }
        if (!agent.up() || agent.duty() != AgentWish.Duty.READY || agent.isDraining()) {
            return agent.why().isEmpty() ? "says its agent" : agent.why();
        }
        return ejection.phase() == Phase.IN ? "" : ejectedFor;
    }
}
