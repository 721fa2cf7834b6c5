package io.lbkit;

/**
 * Whether a backend gets new sessions, and if not, why. Several facts make up the state; where more than one holds, the
 * one that stands further down in this list shows.
 */
public enum BackendState {
    /** Gets new sessions, unless its weight is 0. */
    UP(true),
    /** Gets a growing share of the new sessions, because it was added or has come back a short while ago. */
    RAMPING(true),
    /** Was ejected, and may have one new session now; if that connects, it is back. */
    PROBING(true),
    /** Gets no new sessions for a while, because connects to it failed. */
    EJECTED(false),
    /** Gets no new sessions, because its health check fails or its agent says so. */
    DOWN(false),
    /** Gets no new sessions; those it has go on. */
    DRAINING(false),
    /** Gets no new sessions and is not checked; those it has go on. */
    MAINTENANCE(false),
    /** No longer in the pool; listed until its last session has ended. */
    REMOVED(false);

    private final boolean open;

    BackendState(boolean open) {
        this.open = open;
    }

    /**
     * {@return whether a backend in this state gets new sessions in the normal course of things} Where nothing better is
     * left, {@link #EJECTED} and {@link #DOWN} ones get some, too; see {@link PoolMode#FAIL_OPEN}.
     */
    public boolean isOpen() {
        return open;
    }
}
