package io.lbkit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one backend; they count from when its id first came into the pool.
 *
 * @param backend as configured now
 * @param state whether it gets new sessions
 * @param active sessions now, those still connecting included
 * @param sessions sessions that were connected to it
 * @param picks how often it was chosen
 * @param connectFailures connects that failed, timeouts included
 * @param connectTimeouts connects that got no answer in time
 * @param bytesToBackend bytes delivered to it
 * @param bytesToClient bytes of it delivered to clients
 * @param connectTime moving average of a connect, null when nothing is known
 * @param firstByteTime moving average from connected to its first byte, null when nothing is known
 * @param check what health checks have found, null if there are none
 * @param agent what its agent has said, null if it has none
 */
public record BackendStats(
        Backend backend,
        BackendState state,
        int active,
        long sessions,
        long picks,
        long connectFailures,
        long connectTimeouts,
        long bytesToBackend,
        long bytesToClient,
        @Nullable Duration connectTime,
        @Nullable Duration firstByteTime,
        @Nullable CheckStats check,
        @Nullable AgentStats agent) {}
