package io.lbkit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one backend; they count from when its id came into the pool, whatever is changed meanwhile. One
 * that was removed keeps them while it has sessions; if it is added again after that, they begin at zero.
 *
 * @param backend as configured now
 * @param state whether it gets new sessions
 * @param inState how long it has been in it
 * @param why what speaks against it, in words; empty if nothing does
 * @param weight the weight in force: as configured or as its agent says, less while it ramps
 * @param ejections how often it was ejected because connects to it failed
 * @param ejectedFor how long it will still be out, null if it is not ejected
 * @param active sessions now, those still connecting included
 * @param sessions sessions that were connected to it
 * @param picks how often it was chosen
 * @param connectFailures connects that failed, timeouts included; not those that failed for want of something on this side
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
        Duration inState,
        String why,
        double weight,
        long ejections,
        @Nullable Duration ejectedFor,
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
