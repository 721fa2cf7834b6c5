package io.lbkit.core.sim;

import static io.lbkit.core.sim.Audit.check;
import static io.lbkit.core.sim.Audit.equal;

import io.lbkit.BackendStats;
import io.lbkit.ConnectFailure.Cause;
import io.lbkit.ProxyStats;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.Insight;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;

/** What backends count adds up to what the proxy counts, and to what the host was told; backends that have gone included. */
final class SumAudit {

    private final Simulation simulation;
    private final Set<BackendEntry> ever = Collections.newSetFromMap(new IdentityHashMap<>());

    SumAudit(Simulation simulation) {
        this.simulation = simulation;
    }

    void afterStep() {
        ever.addAll(simulation.engine.table().pool().current().all());
    }

    void atEnd(ProxyStats stats) {
        List<BackendStats> all = new ArrayList<>();
        ever.forEach(entry -> all.add(Insight.stats(entry)));
        stats.routes().forEach(route -> all.addAll(route.backends())); // which stay
        equal("bytes to backends, summed up", sum(all, BackendStats::bytesToBackend), stats.bytesToBackends());
        equal("bytes to clients, summed up", sum(all, BackendStats::bytesToClient), stats.bytesToClients());
        equal("failed connects, summed up", sum(all, BackendStats::connectFailures), stats.connectFailures());

        Host host = simulation.host;
        long late = host.failures(Cause.TIMEOUT);
        equal("connects in vain, told and counted", late, sum(all, BackendStats::connectTimeouts));
        long failed = host.failures(Cause.REFUSED) + host.failures(Cause.RESET) + late;
        equal("failed connects, told and counted", failed, stats.connectFailures());
        equal("failures on this side, told and counted", host.failures(Cause.LOCAL), stats.localFailures());
        long connected = sum(all, BackendStats::sessions);
        equal("sessions connected, told and counted", host.connected(), connected);
        long picks = sum(all, BackendStats::picks);
        check(picks >= connected + failed - host.failures(Cause.RESET), picks + " picks for " + connected);
    }

    private static long sum(List<BackendStats> all, ToLongFunction<BackendStats> count) {
        return all.stream().mapToLong(count).sum();
    }
}
