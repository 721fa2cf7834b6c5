package io.lbkit.core.backend;

/**
 * Told by the table of what becomes of backends, after each change is published; of a large set the next change may have been
 * made by then. Called on the control loop.
 *
 * <p>Each change of a backend that is not asked for by itself comes as an update.
 */
public interface BackendWatch {

    /** It has come into the pool: at the start, by an addition, or back after a removal. */
    default void onAdded(BackendEntry entry) {
        onUpdated(entry);
    }

    /** Its address, weight or limit has changed; or it gets new sessions as before, but in another state. */
    default void onUpdated(BackendEntry entry) {}

    /** It gets new sessions from now on, and did not before. Its address, weight or limit may have changed as well. */
    default void onUp(BackendEntry entry) {
        onUpdated(entry);
    }

    /** It gets no new sessions from now on, and did before; its state says why. */
    default void onDown(BackendEntry entry) {
        onUpdated(entry);
    }

    /** It has been taken out of the pool; it may still have sessions. Comes after {@link #onDown} or {@link #onUpdated}. */
    default void onRemoved(BackendEntry entry) {}

    /**
     * Something, if only a weight or a limit, is not as it was. Comes with each snapshot, before the others, and when a state or
     * a limit has changed, which counts before it is published.
     */
    default void onNews() {}
}
