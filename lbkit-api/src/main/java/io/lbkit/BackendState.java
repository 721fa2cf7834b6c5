package io.lbkit;

/** Whether a backend gets new sessions. */
public enum BackendState {
    /** Gets new sessions, unless its weight is 0. */
    UP,
    /** Gets no new sessions, because its health check fails or its agent says so. */
    DOWN,
    /** Gets no new sessions; those it has go on. */
    DRAINING,
    /** No longer in the pool; listed until its last session has ended. */
    REMOVED
}
