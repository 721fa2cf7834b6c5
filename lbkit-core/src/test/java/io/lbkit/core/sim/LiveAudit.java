package io.lbkit.core.sim;

import static io.lbkit.core.sim.Audit.check;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.CloseReason;
import io.lbkit.SessionReport;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.backend.BackendWatch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What must hold of sessions that are closed because of what became of their backend, or of another one. */
final class LiveAudit implements BackendWatch {

    private static final long SECOND_NANOS = 1_000_000_000L;

    /** For so long a backend of a large set may be up, or down again, and nobody was told: two publications. */
    private static final long UNTOLD_NANOS = 300_000_000;

    private final Simulation simulation;
    private final ArrayDeque<Long> cuts = new ArrayDeque<>();
    private final ArrayDeque<Long> moves = new ArrayDeque<>();
    private final Map<BackendEntry, Long> downSince = new HashMap<>();
    private final Set<BackendEntry> serving = new HashSet<>();
    private long joinedAt = -1;
    private long jumpedAt = Long.MIN_VALUE / 2;
    private long cutAt = Long.MIN_VALUE / 2;

    LiveAudit(Simulation simulation) {
        this.simulation = simulation;
    }

    /** Of a large set this may be told when it is down again; but the time counts anew. */
    @Override
    public void onUp(BackendEntry entry) {
        downSince.remove(entry);
        onUpdated(entry);
    }

    @Override
    public void onUpdated(BackendEntry entry) {
        if (entry.state() == BackendState.DOWN) {
            downSince.putIfAbsent(entry, simulation.network.now());
        } else {
            downSince.remove(entry);
        }
        boolean serves = entry.state() == BackendState.UP || entry.state() == BackendState.RAMPING;
        if (!serves || entry.backend().weight() == 0) {
            serving.remove(entry);
        } else if (serving.add(entry)) {
            joinedAt = simulation.network.now();
        }
    }

    void onClosed(Pair pair, SessionReport report) {
        CloseReason reason = report.reason();
        if (reason == CloseReason.BACKEND_DOWN || reason == CloseReason.BACKEND_REMOVED) {
            check(!entryOf(report).isOpen(), "cut although its backend is well: ", pair);
            check(mayCut(report), "cut too early: ", pair);
            cutAt = simulation.network.now();
            count(
                    report.route() == null ? cuts : new ArrayDeque<>(),
                    simulation.setup.limits().cutsPerSecond());
        } else if (reason == CloseReason.REBALANCED) {
            check(pair.acceptedAt <= joinedAt, "disturbed although it came after the last backend: ", pair);
            check(entryOf(report).active() > 1, "the only one on its backend: ", pair);
            count(moves, simulation.setup.rebalance().sessionsPerSecond());
        }
    }

    private boolean mayCut(SessionReport report) {
        if (report.reason() == CloseReason.BACKEND_REMOVED) {
            return simulation.operator().mayCut(report.backend().id());
        }
        Long since = downSince.get(entryOf(report));
        Duration deadline = simulation.setup.onBackendDown().deadline();
        if (since == null) {
            return simulation.setup.large(); // told already that it is up, and down again by now
        }
        return deadline != null && simulation.network.now() - since >= deadline.toNanos();
    }

    private BackendEntry entryOf(SessionReport report) {
        Backend backend = report.backend();
        BackendTable table =
                report.route() == null ? simulation.engine.table() : simulation.engine.table(report.route());
        return table.pool().current().all().stream()
                .filter(entry -> entry.backend().equals(backend))
                .findFirst()
                .orElseThrow();
    }

    /** A loop may carry out late what it was told in the second before: a twentieth of what a second may have. */
    private void count(ArrayDeque<Long> times, int perSecond) {
        long now = simulation.network.now();
        times.add(now);
        while (now - times.element() >= SECOND_NANOS) {
            times.remove();
        }
        check(
                times.size() <= (long) perSecond + Math.max(1, perSecond / 20),
                "too many closed within a second: ",
                times.size());
    }

    /** No second of those that the clock has left out was one to cut sessions in. */
    void onJump() {
        jumpedAt = simulation.network.now();
    }

    /** A backend that is down keeps its sessions no longer than it should; those that began later are spared. */
    void atRest(long lateNanos) {
        // As long as there is anybody to be cut, somebody is whenever the limit on cuts lets it.
        long before = simulation.network.now() - lateNanos - betweenCuts();
        boolean mayBeLate = Math.max(jumpedAt, cutAt) < before;
        String left = mayBeLate ? simulation.operator().mustCut(before) : null;
        check(left == null, "not cut, though it leaves: ", left);
        Duration deadline = simulation.setup.onBackendDown().deadline();
        if (deadline == null || !mayBeLate) {
            return;
        }
        long untold = simulation.setup.large() ? UNTOLD_NANOS : 0;
        downSince.forEach((entry, since) -> {
            long due = since + deadline.toNanos();
            if (due < before - untold && entry.state() == BackendState.DOWN) {
                older(entry, due).forEach(pair -> {
                    throw new AssertionError("its backend is down since " + since + ", and it was not cut: " + pair);
                });
            }
        });
    }

    /** A twentieth of what a second may have goes at a time. */
    private long betweenCuts() {
        int perSecond = simulation.setup.limits().cutsPerSecond();
        int handfuls = perSecond / Math.max(1, perSecond / 20);
        return SECOND_NANOS / handfuls + 1;
    }

    private Stream<Pair> older(BackendEntry entry, long since) {
        return simulation.pairs.stream()
                .filter(pair -> pair.isLive() && pair.backend() != null)
                .filter(pair -> pair.backend().isConnected() && pair.backend().connectedAt() < since)
                .filter(pair ->
                        pair.backend().remoteAddress().equals(entry.backend().address()));
    }
}
