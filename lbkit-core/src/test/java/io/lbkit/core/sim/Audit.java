package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.DrainReport;
import io.lbkit.ProxyStats;
import io.lbkit.SessionReport;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.Insight;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.relay.Relay;
import io.lbkit.core.transport.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What must hold after every step of the engine, whenever nothing happens, and at the end. */
final class Audit {

    /** A timer may be late by a tick of the wheel. */
    static final long LATE_NANOS = 1 << 22;

    /** Longer than a caller sends its SYN again and again, for 63 s. */
    private static final long STUCK_NANOS = 70_000_000_000L;

    private static final long A_MOMENT_NANOS = 1_000_000_000;

    /** Of a loop without sessions: to trim its buffers, and those of TLS. */
    private static final int MOST_TIMERS = 2;

    /** Of each way through TLS, those of checks included: records that came, what was in them, records to send. */
    private static final long MOST_RECORD_BYTES = 4 * 68 << 10;

    private final Simulation simulation;
    private final Verdicts verdicts;
    final LineAudit line;
    final LiveAudit live;
    final TimesAudit times;
    private final SumAudit sums;
    private final InterestAudit interests = new InterestAudit();
    private final List<Pair> closed = new ArrayList<>();
    private long mostSessions;
    private String complaint = "";
    private long movedBefore;
    private long movedAt;
    private long jumpedAt = Long.MIN_VALUE / 2;

    Audit(Simulation simulation) {
        this.simulation = simulation;
        this.verdicts = new Verdicts(simulation);
        this.line = new LineAudit(simulation);
        this.live = new LiveAudit(simulation);
        this.times = new TimesAudit(simulation);
        this.sums = new SumAudit(simulation);
    }

    // ---- after every step of the engine

    void afterStep() {
        check(complaint.isEmpty(), complaint);
        for (AssertionError complaint : simulation.complaints) {
            throw complaint;
        }
        Insight.assertSound(simulation.table(), !simulation.setup.large());
        Map<BackendEntry, Integer> places = new IdentityHashMap<>();
        int sessions = 0;
        for (Relay relay : simulation.engine.relays()) {
            sessions += relay.assertSound(entry -> places.merge(entry, 1, Integer::sum));
        }
        for (BackendEntry entry : simulation.engine.table().pool().current().all()) {
            places.putIfAbsent(entry, 0);
        }
        sums.afterStep();
        int fromClients = 0;
        int toBackends = 0;
        int checks = 0;
        for (SimTransport transport : simulation.transports) {
            for (SimEndpoint endpoint : transport.endpoints()) {
                if (lingers(endpoint)) {
                    continue;
                }
                interests.afterStep(endpoint);
                if (endpoint.isAccepted()) {
                    fromClients++;
                } else if (endpoint.isProbe()) {
                    checks++;
                } else {
                    toBackends++;
                }
            }
        }
        int live = 0;
        for (Pair pair : simulation.pairs) {
            if (pair.isLive()) {
                live++;
                verdicts.notTooFast(pair);
            }
        }
        equal("sessions and clients' endpoints", sessions, fromClients);
        equal("probes and their endpoints", simulation.clinic().assertSound(), checks);
        line.afterStep(places, toBackends);
        mostSessions = Math.max(mostSessions, sessions);
        equal(
                "permits used and live sessions",
                live,
                simulation.engine.permits().used());
    }

    /** Whether its session is over, and the end of its TLS is still on the way. */
    private boolean lingers(SimEndpoint endpoint) {
        Pair pair = simulation.setup.secret() ? simulation.pairOf(endpoint) : null;
        return pair != null && pair.report != null && endpoint.interest() == Endpoint.WRITE;
    }

    /** Changes whenever anything moves but health checks, which go on for ever. */
    private long progress() {
        if (!simulation.setup.health().isAny()) {
            return simulation.network.moved();
        }
        long progress = 0;
        for (Pair pair : simulation.pairs) {
            progress += 1 + pair.progress();
        }
        return progress;
    }

    void afterTurn(EventLoop loop) {
        check(loop.timers().delay(simulation.network.clock.nanoTime()) > 0, "a deadline is due after its turn");
    }

    // ---- when nothing happens

    void atRest() {
        long now = simulation.network.now();
        line.atRest(LATE_NANOS);
        live.atRest(LATE_NANOS);
        times.atRest();
        for (Pair pair : simulation.pairs) {
            if (pair.isLive() && pair.isConnected()) {
                verdicts.moving(pair);
                verdicts.onTime(pair, now, LATE_NANOS);
            } else if (pair.isLive() && pair.backends.isEmpty()) {
                verdicts.preludeOnTime(pair, now, LATE_NANOS);
            }
        }
        boolean overdue = now - LATE_NANOS > simulation.operator().mustEndAt();
        check(!overdue || now - jumpedAt < A_MOMENT_NANOS, "the proxy does not stop");
        Insight.assertOnTime(
                simulation.table(), simulation.setup.slowStart(), simulation.network.clock.nanoTime(), LATE_NANOS);
    }

    /** Whether nothing will happen any more unless the proxy is stopped; an error if it should. */
    boolean isLate() {
        long progress = progress();
        if (progress != movedBefore) {
            movedBefore = progress;
            movedAt = simulation.network.now();
        }
        boolean late = simulation.network.now() - movedAt > STUCK_NANOS;
        check(!late || !simulation.setup.endsByItself() || simulation.isStopped(), "stuck");
        return late;
    }

    /** The clock has jumped; whatever is due now may take a moment. */
    void onJump() {
        jumpedAt = simulation.network.now();
        verdicts.onJump();
        live.onJump();
    }

    /**
     * A backend is down: only its server may be the cause, or the network, never this process. Told by the observer, from
     * which nothing may be thrown.
     */
    void onDown(Backend backend, SimServer server) {
        if (!simulation.clinic().mayFail(server) && !simulation.operator().hasCondemned(backend.id())) {
            complaint = "well, and found to be down: " + backend;
        }
    }

    // ---- reports

    void onClosed(Pair pair, SessionReport report) {
        if (pair.report != null) {
            throw new AssertionError("two reports: " + pair + "\n" + report);
        }
        pair.report = report;
        pair.closedAt = simulation.network.now();
        live.onClosed(pair, report);
        line.onClosed(pair, report);
        closed.add(pair);
    }

    /** Looks at the sessions that ended in the last turn. */
    void afterReports() {
        for (Pair pair : closed) {
            verdicts.onClosed(pair);
        }
        closed.clear();
    }

    // ---- the end

    void onLoopEnded(int loop) {
        equal(
                "sessions at the end of loop " + loop,
                0,
                simulation.engine.relays().get(loop).assertSound(entry -> {}));
        equal(
                "endpoints at the end of loop " + loop,
                0,
                simulation.transports.get(loop).endpoints().stream()
                        .filter(endpoint -> !lingers(endpoint))
                        .count());
        int timers = simulation.loops.get(loop).timers().size();
        boolean own = loop > 0 && !simulation.setup.secret(); // those of the pools are on the control loop
        check(!own || timers <= MOST_TIMERS, "timers at the end of loop ", loop, ": ", timers);
    }

    void atEnd(DrainReport drained) {
        ProxyStats stats = simulation.engine.stats(0);
        equal("permits", 0, stats.active());
        equal("queued", 0, stats.queued());
        equal("buffers", 0, stats.buffersInUse());
        equal("ways held back", 0, stats.pool().throttled());
        stats.routes().forEach(route -> equal("ways held back", 0, route.pool().throttled(), route));
        long largest = simulation.setup.limits().bufferBytes();
        long records = simulation.setup.secret() ? MOST_RECORD_BYTES : 0;
        long most = 2 * (simulation.setup.loops() + mostSessions) * (largest + records);
        check(stats.bufferBytesHeld() <= most, "too many bytes held: ", stats.bufferBytesHeld());
        stats.backends().forEach(backend -> equal("active", 0, backend.active(), backend));
        stats.routes()
                .forEach(route -> route.backends().forEach(backend -> equal("active", 0, backend.active(), backend)));
        equal("clients that are counted", 0, simulation.engine.gate().clients());
        equal("internal errors", 0, stats.closed(CloseReason.INTERNAL_ERROR));
        equal("observer failures", simulation.host.thrown(), stats.observerFailures());
        long accepted = simulation.pairs.stream().filter(Pair::isAccepted).count();
        equal("accepted", accepted, stats.accepted());
        equal(
                "reports",
                accepted,
                stats.closed().values().stream().mapToLong(Long::longValue).sum());
        long toBackends = 0;
        long toClients = 0;
        for (Pair pair : simulation.pairs) {
            verdicts.atEnd(pair);
            if (pair.report != null) {
                toBackends += pair.report.bytesToBackend();
                toClients += pair.report.bytesToClient();
            }
        }
        equal("bytes to backends", toBackends, stats.bytesToBackends());
        equal("bytes to clients", toClients, stats.bytesToClients());
        sums.atEnd(stats);
        equal("cut", stats.closed(CloseReason.DRAIN_TIMEOUT), drained.cut());
        check(drained.finished() >= 0 && !drained.duration().isNegative(), "odd report ", drained);
        simulation.operator().atEnd();
        boolean blameless =
                !simulation.setup.unreliable() && simulation.setup.misbehaves() == 0 && !verdicts.hasJumped();
        check(
                !blameless || stats.pool().ejections() == 0,
                "ejections without a cause: ",
                stats.pool().ejections());
        check(stats.pool().mode() == simulation.host.mode() || simulation.host.mode() == null, "a mode not told");
    }

    /** @param about said with it; not asked for words before there is something to say, which took half of all time */
    static void equal(String what, long expected, long actual, Object... about) {
        if (expected != actual) {
            throw new AssertionError(what + ": expected " + expected + ", found " + actual + "; " + joined(about));
        }
    }

    /** @param about said with it, likewise */
    static void check(boolean holds, String what, Object... about) {
        if (!holds) {
            throw new AssertionError(what + joined(about));
        }
    }

    private static String joined(Object... about) {
        return Arrays.stream(about).map(String::valueOf).collect(Collectors.joining());
    }
}
