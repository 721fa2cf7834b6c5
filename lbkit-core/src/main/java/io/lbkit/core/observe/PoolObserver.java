package io.lbkit.core.observe;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.PoolMode;
import io.lbkit.ProxyObserver;
import org.jspecify.annotations.Nullable;

/**
 * What one pool tells of its backends, with the name of its route.
 *
 * <p>Immutable.
 *
 * @param route null for the pool of the proxy itself
 */
public record PoolObserver(@Nullable String route, ProxyObserver all) implements ProxyObserver {

    @Override
    public void onBackendChanged(Backend backend, BackendState state) {
        all.onBackendChanged(route, backend, state);
    }

    @Override
    public void onPoolChanged(PoolMode mode, int priority) {
        all.onPoolChanged(route, mode, priority);
    }
}
