package io.lbkit;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A reading of all counters of a proxy. Each number is exact; taken while sessions run, two of them may be a moment
 * apart.
 *
 * @param state where the proxy is in its life
 * @param accepted connections accepted
 * @param active sessions now
 * @param queued sessions that wait now because every backend is full; they are among the active ones
 * @param closed how many sessions ended for each reason; every reason is a key, in the order of {@link CloseReason}
 * @param dryRun how many sessions would have been refused for each reason, but for a dry run
 * @param queuedEver how often a session had to wait; {@code closed(QUEUE_TIMEOUT)} tells how many waited in vain
 * @param connectFailures connects to backends that failed
 * @param retries sessions' choices of another backend after a failure
 * @param retriesDenied sessions that were not retried because the {@linkplain Limits#retriesPerSecond() budget} was
 *     used up
 * @param acceptFailures accepts that failed, of which most are for want of descriptors
 * @param observerFailures exceptions thrown by the host's observer
 * @param bytesToBackends bytes delivered to backends
 * @param bytesToClients bytes delivered to clients
 * @param buffersInUse buffers that hold bytes right now; without those for TLS records
 * @param bufferBytesHeld direct memory held by this proxy, in use or kept for the next read; those for TLS records, too
 * @param loops per event loop, how many sessions it was given
 * @param pool how the pool as a whole does; with routes, the default one
 * @param backends every backend in the pool, and removed ones that still have sessions
 * @param routes the same for the pool of each route, in the order in which they were added; the numbers above are of all pools
 *     together
 */
public record ProxyStats(
        ProxyState state,
        long accepted,
        long active,
        long queued,
        Map<CloseReason, Long> closed,
        Map<CloseReason, Long> dryRun,
        long queuedEver,
        long connectFailures,
        long retries,
        long retriesDenied,
        long acceptFailures,
        long observerFailures,
        long bytesToBackends,
        long bytesToClients,
        long buffersInUse,
        long bufferBytesHeld,
        List<Long> loops,
        PoolStats pool,
        List<BackendStats> backends,
        List<RouteStats> routes) {

    /** Copies the collections; reasons that are missing get a count of 0. */
    public ProxyStats {
        Map<CloseReason, Long> every = new EnumMap<>(CloseReason.class);
        for (CloseReason reason : CloseReason.values()) {
            every.put(reason, closed.getOrDefault(reason, 0L));
        }
        closed = Collections.unmodifiableMap(every);
        dryRun = Map.copyOf(dryRun);
        loops = List.copyOf(loops);
        backends = List.copyOf(backends);
        routes = List.copyOf(routes);
    }

    /**
     * How many sessions ended for a reason.
     *
     * @param reason the reason
     * @return the count
     */
    public long closed(CloseReason reason) {
        return closed.getOrDefault(reason, 0L);
    }
}
