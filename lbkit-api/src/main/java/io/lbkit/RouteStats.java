package io.lbkit;

import java.util.List;

/**
 * How the pool of a route does.
 *
 * @param name of the route
 * @param queued sessions that wait now because every backend of it is full
 * @param pool how its pool as a whole does
 * @param backends every backend in the pool, and removed ones that still have sessions
 */
public record RouteStats(String name, long queued, PoolStats pool, List<BackendStats> backends) {

    /** Copies the collection. */
    public RouteStats {
        backends = List.copyOf(backends);
    }
}
