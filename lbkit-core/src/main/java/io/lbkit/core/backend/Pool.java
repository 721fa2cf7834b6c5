package io.lbkit.core.backend;

/**
 * Where the loops find the current snapshot.
 *
 * <p>Shared; written by the control loop, read by every loop once a pick.
 */
public final class Pool {

    private volatile Snapshot current = Snapshot.EMPTY;

    public Snapshot current() {
        return current;
    }

    void publish(Snapshot next) {
        current = next;
    }
}
