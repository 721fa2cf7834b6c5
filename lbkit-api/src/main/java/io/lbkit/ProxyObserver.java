package io.lbkit;

import org.jspecify.annotations.Nullable;

/**
 * Told of what happens in a proxy. Every method is empty unless overridden.
 *
 * <p>Called on an event loop, several loops at once: implementations must be thread-safe and must not block, because
 * every connection of the calling loop waits meanwhile. What they throw is caught, counted and logged once.
 */
public interface ProxyObserver {

    /** Nobody; the default. With it no report is made. */
    ProxyObserver NONE = new ProxyObserver() {};

    /**
     * A session has its backend, and bytes may flow.
     *
     * @param client who is calling; valid during the call only
     * @param backend the backend
     */
    default void onConnected(ConnectionInfo client, Backend backend) {}

    /**
     * A backend could not be reached.
     *
     * @param failure what happened
     */
    default void onConnectFailed(ConnectFailure failure) {}

    /**
     * A session ended. Called once for each session.
     *
     * @param report all there is to say about it
     */
    default void onClosed(SessionReport report) {}

    /**
     * A backend was added or removed, or its state has changed. Unless overridden, leaves the route out and calls
     * {@link #onBackendChanged(Backend, BackendState)}, which is enough for a proxy without routes.
     *
     * @param route name of the {@link Route} whose backend it is, null for a backend of the proxy itself; ids of backends are
     *     unique in one pool only
     * @param backend the backend as it is now
     * @param state its state from now on
     */
    default void onBackendChanged(@Nullable String route, Backend backend, BackendState state) {
        onBackendChanged(backend, state);
    }

    /**
     * A backend was added or removed, or its state has changed.
     *
     * @param backend the backend as it is now
     * @param state its state from now on
     */
    default void onBackendChanged(Backend backend, BackendState state) {}

    /**
     * Other backends than before get the new sessions. Called once for each change. Unless overridden, leaves the route out and
     * calls {@link #onPoolChanged(PoolMode, int)}, which is enough for a proxy without routes.
     *
     * @param route name of the {@link Route} whose pool it is, null for that of the proxy itself
     * @param mode which ones
     * @param priority of the tier in force, or of the last one in force where tiers share the load
     */
    default void onPoolChanged(@Nullable String route, PoolMode mode, int priority) {
        onPoolChanged(mode, priority);
    }

    /**
     * Other backends than before get the new sessions. Called once for each change.
     *
     * @param mode which ones
     * @param priority of the tier in force, or of the last one in force where tiers share the load
     */
    default void onPoolChanged(PoolMode mode, int priority) {}
}
