package io.lbkit.core.sim;

import static io.lbkit.core.sim.Audit.check;

import io.lbkit.BackendState;
import io.lbkit.HealthCheck;
import io.lbkit.OutlierPolicy;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendWatch;
import io.lbkit.core.backend.Insight;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** What the control loop does at a certain time comes no earlier, and questions come no later either. */
final class TimesAudit implements BackendWatch {

    private static final int AGENT_PORT = 9999;
    private static final double AGENT_JITTER = 0.1;

    /** From when a question is due until it is seen: two loops take their turns. */
    private static final long MOMENT_NANOS = 20_000_000;

    /** Where all answer at once. */
    private static final long ANSWER_NANOS = 200_000_000;

    /** How long a check hears somebody out. */
    private static final long LEAVE_NANOS = 1_000_000_000;

    private final Simulation simulation;
    private final Map<BackendEntry, BackendState> states = new HashMap<>();
    private final Map<BackendEntry, Long> outUntil = new HashMap<>();
    private final Map<BackendEntry, Long> rampSince = new HashMap<>();
    private final Map<SocketAddress, Long> asked = new HashMap<>();

    TimesAudit(Simulation simulation) {
        this.simulation = simulation;
    }

    // ---- ejections and ramps

    @Override
    public void onUpdated(BackendEntry entry) {
        try {
            onState(entry, states.put(entry, entry.state()));
        } catch (AssertionError complaint) {
            simulation.complaints.add(complaint);
        }
    }

    private void onState(BackendEntry entry, BackendState was) {
        long now = simulation.network.clock.nanoTime();
        BackendState is = entry.state();
        if (was == BackendState.EJECTED && is != was) {
            boolean byTime = is == BackendState.PROBING || !isTold();
            check(!byTime || now - outUntil.get(entry) >= 0, "back too early: ", entry.backend());
        }
        if (was == BackendState.RAMPING && is == BackendState.UP) {
            long ramped = now - rampSince.get(entry);
            boolean seen = !simulation.setup.large(); // of a large set what it was in between may have gone unseen
            check(
                    !seen || ramped >= simulation.setup.slowStart().window().toNanos(),
                    "up too early: ",
                    entry.backend());
        }
        if (is == BackendState.EJECTED) {
            outUntil.put(entry, Insight.ejectedUntil(entry));
            check(was == is || isRight(Insight.ejectedUntil(entry) - now), "out for how long? ", entry.backend());
        }
        if (is == BackendState.RAMPING) {
            rampSince.put(entry, Insight.rampSince(entry));
            boolean begins = was != is && was != BackendState.DRAINING && !simulation.setup.large();
            check(!begins || Insight.rampSince(entry) == now, "did not begin now: ", entry.backend());
        }
    }

    /** Whether the host or checks say what becomes of backends. */
    private boolean isTold() {
        return simulation.operator().changed() || simulation.setup.health().isAny();
    }

    /** Half of it is certain. */
    private boolean isRight(long nanos) {
        OutlierPolicy policy = simulation.setup.outliers();
        Duration most = policy.maxEjection();
        if (simulation.setup.large()) {
            return nanos <= most.toNanos(); // it is told of a moment later, and may be back by then
        }
        long least = Math.min(most.toNanos(), policy.baseEjection().toNanos()) / 2;
        return nanos >= least && nanos <= most.toNanos();
    }

    // ---- questions

    /** Somebody is asked how he is. */
    void onAsked(SimEndpoint probe) {
        long now = simulation.network.now();
        Long before = asked.put(probe.remoteAddress(), now);
        check(
                before == null || !isStable() || now - before >= least(probe.remoteAddress()) - MOMENT_NANOS,
                "asked again too early: ",
                probe);
    }

    /** Nobody is asked later than an interval after the last time, or when that answer has come. */
    void atRest() {
        if (!isStable() || simulation.isStopped()) {
            return;
        }
        Setup setup = simulation.setup;
        long now = simulation.network.now();
        long moment = MOMENT_NANOS + (isCrowded() ? setup.servers() * mostPerAnswer() : 0);
        asked.forEach((address, at) -> check(now - at <= most(address) + moment, "not asked for too long: ", address));
        boolean checks = setup.health().isOverNetwork() && simulation.clinic().healthCheck() != null;
        int questions = setup.servers() * ((checks ? 1 : 0) + (setup.health().agents() ? 1 : 0));
        boolean all = asked.size() == questions || now <= interval() + moment;
        check(all, "not all were asked: ", asked.keySet());
    }

    /** Whether nobody is asked anew for what has become of him, or of us. */
    private boolean isStable() {
        Faults faults = simulation.setup.faults();
        boolean able = faults.here() == 0 && faults.shortage() == 0;
        return able && !simulation.operator().changed() && !simulation.hasJumped();
    }

    /** Whether all answer well and at once. */
    private boolean areGood() {
        Setup setup = simulation.setup;
        return setup.misbehaves() == 0 && !setup.unreliable() && setup.style().leastBuffer() >= 100;
    }

    private long least(SocketAddress address) {
        HealthCheck check = simulation.clinic().healthCheck();
        double shortest = 1 - jitter(address);
        if (isAgent(address)) {
            return (long) (interval() * shortest);
        }
        if (!check.initiallyUp()) {
            return 0; // in a hurry until they are up, and spread from then on
        }
        return (long) ((areGood() ? interval() : check.fastInterval().toNanos()) * shortest);
    }

    private long most(SocketAddress address) {
        long most = (long) (interval() * (1 + jitter(address)));
        return areGood() ? most : Math.max(most, mostPerAnswer());
    }

    /** From a question to the end of its connection. */
    private long mostPerAnswer() {
        return areGood()
                ? ANSWER_NANOS
                : 2 * simulation.setup.health().timeout().toNanos() + LEAVE_NANOS;
    }

    /** Whether one question may have to wait for the end of another. */
    private boolean isCrowded() {
        HealthCheck check = simulation.clinic().healthCheck();
        return check != null && check.concurrency() < simulation.setup.servers();
    }

    private long interval() {
        return simulation.setup.health().interval().toNanos();
    }

    private double jitter(SocketAddress address) {
        return isAgent(address)
                ? AGENT_JITTER
                : simulation.clinic().healthCheck().jitter();
    }

    private static boolean isAgent(SocketAddress address) {
        return Pattern.port(address) == AGENT_PORT;
    }
}
