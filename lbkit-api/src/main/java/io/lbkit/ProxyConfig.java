package io.lbkit;

import java.util.List;

/**
 * Everything a {@link ProxyBuilder} collected.
 *
 * <p>Immutable.
 *
 * @param name of the proxy
 * @param listeners at least one
 * @param backends any number, ids unique
 * @param selector who chooses
 * @param limits every bound and timeout
 * @param observer who is told
 * @param loops number of event loops
 * @param onBackendDown what becomes of the sessions of a backend that goes down
 * @param onBackendDrained what becomes of those of a backend that is drained without a deadline
 * @param onBackendRemoved what becomes of those of a backend that is removed without a deadline
 */
public record ProxyConfig(
        String name,
        List<Listener> listeners,
        List<Backend> backends,
        Selector selector,
        Limits limits,
        ProxyObserver observer,
        int loops,
        SessionPolicy onBackendDown,
        SessionPolicy onBackendDrained,
        SessionPolicy onBackendRemoved) {

    /** Copies the collections. */
    public ProxyConfig {
        listeners = List.copyOf(listeners);
        backends = List.copyOf(backends);
    }
}
