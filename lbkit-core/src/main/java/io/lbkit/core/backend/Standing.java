package io.lbkit.core.backend;

import io.lbkit.BackendState;

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
    private boolean checkedUp = true;
    private String why = "";

    /** It has come into the pool. */
    void reset() {
        wish = Wish.READY;
        checked(true, "");
    }

    /** By {@code Backends}. */
    void wish(Wish wish) {
        this.wish = wish;
    }

    Wish wish() {
        return wish;
    }

    /** By health checks. */
    void checked(boolean up, String why) {
        this.checkedUp = up;
        this.why = up ? "" : why;
    }

    boolean isCheckedUp() {
        return checkedUp;
    }

    /** In the words of whoever found fault with it; empty if nobody did. */
    String why() {
        return why;
    }

    BackendState state() {
        return switch (wish) {
            case REMOVE -> BackendState.REMOVED;
            case MAINTENANCE -> BackendState.MAINTENANCE;
            case DRAIN -> BackendState.DRAINING;
            case READY -> checkedUp ? BackendState.UP : BackendState.DOWN;
        };
    }
}
