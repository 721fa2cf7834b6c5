package io.lbkit;

import java.util.List;
import org.jspecify.annotations.Nullable;

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
 * @param outliers when failures eject a backend
 * @param slowStart how a backend regains its share
 * @param failover when backups serve and when the unwell are tried
 * @param source where the set of backends comes from, null if the host changes it
 * @param healthCheck how to find out whether backends are well, null if every one is held for well
 * @param agentCheck how to ask the agents of backends, null if they have none
 * @param onBackendDown what becomes of the sessions of a backend that goes down
 * @param onBackendDrained what becomes of those of a backend that is drained without a deadline
 * @param onBackendRemoved what becomes of those of a backend that is removed without a deadline
 * @param rebalance whether live sessions move when a backend joins
 * @param access who may come in
 * @param admission how many connections clients may make, and how fast
 * @param routes names unique, no two for the same clients
 */
public record ProxyConfig(
        String name,
        List<Listener> listeners,
        List<Backend> backends,
        Selector selector,
        Limits limits,
        ProxyObserver observer,
        int loops,
        OutlierPolicy outliers,
        SlowStart slowStart,
        Failover failover,
        @Nullable BackendSource source,
        @Nullable HealthCheck healthCheck,
        @Nullable AgentCheck agentCheck,
        SessionPolicy onBackendDown,
        SessionPolicy onBackendDrained,
        SessionPolicy onBackendRemoved,
        Rebalance rebalance,
        AccessRules access,
        Admission admission,
        List<Route> routes) {

    /** Copies the collections. */
    public ProxyConfig {
        listeners = List.copyOf(listeners);
        backends = List.copyOf(backends);
        routes = List.copyOf(routes);
    }

    /**
     * What the pool of a route goes by: what the route says, and where it says nothing, what this says.
     *
     * @param route one of {@link #routes()}
     * @return the same, without routes, and with a name that says which route it is
     */
    public ProxyConfig of(Route route) {
        return new ProxyConfig(
                name + "/" + route.name(),
                listeners,
                route.backends(),
                route.selector(),
                route.limits(limits),
                observer,
                loops,
                orElse(route.outliers(), outliers),
                orElse(route.slowStart(), slowStart),
                orElse(route.failover(), failover),
                route.source(),
                route.healthCheck() == null ? healthCheck : route.healthCheck(),
                route.agentCheck() == null ? agentCheck : route.agentCheck(),
                onBackendDown,
                onBackendDrained,
                onBackendRemoved,
                rebalance,
                access,
                admission,
                List.of());
    }

    private static <T> T orElse(@Nullable T said, T otherwise) {
        return said == null ? otherwise : said;
    }
}
