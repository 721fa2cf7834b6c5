package io.lbkit.core.sim;

import static io.lbkit.core.sim.Audit.check;
import static io.lbkit.core.sim.Audit.equal;

import io.lbkit.BackendState;
import io.lbkit.CloseReason;
import io.lbkit.SessionReport;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendWatch;
import io.lbkit.core.backend.Snapshot;
import io.lbkit.core.relay.Relay;
import io.lbkit.core.relay.WaitingLine;
import io.lbkit.core.relay.Waits;
import io.lbkit.core.relay.Waits.Wait;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must hold of places in backends and of those who wait for one. */
final class LineAudit implements BackendWatch {

    /** How long a change of a large set may take to be published. */
    private static final long PUBLICATION_NANOS = 10_000_000;

    /** Somebody who waits although there is room. */
    private record Beside(Object ticket, BackendEntry entry) {}

    private final Simulation simulation;
    private final Map<BackendEntry, Integer> activeBefore = new HashMap<>();
    private final Map<BackendEntry, Integer> limits = new HashMap<>();
    private final Map<Beside, Long> besideRoom = new HashMap<>();
    private List<Wait> lineBefore = List.of();

    LineAudit(Simulation simulation) {
        this.simulation = simulation;
    }

    private List<Wait> waitsOfSessions() {
        List<Wait> waits = new ArrayList<>();
        for (Relay relay : simulation.engine.relays()) {
            waits.addAll(Waits.in(relay));
        }
        return waits;
    }

    /**
     * @param held places by the sessions that hold one
     * @param endpoints how many backends' endpoints there are
     */
    void afterStep(Map<BackendEntry, Integer> held, int endpoints) {
        List<Wait> waits = waitsOfSessions();
        long granted = 0;
        long waiting = 0;
        for (Wait wait : waits) {
            granted += wait.granted() != null ? 1 : 0;
            waiting += wait.isWaiting() ? 1 : 0;
        }
        long active = 0;
        long reserved = 0;
        for (Map.Entry<BackendEntry, Integer> place : held.entrySet()) {
            BackendEntry entry = place.getKey();
            active += entry.active();
            reserved += place.getValue();
            check(
                    entry.active() >= place.getValue(),
                    "places in ",
                    entry.backend(),
                    " that are held and not counted: ",
                    place.getValue());
            limitHolds(entry);
        }
        WaitingLine line = simulation.engine.line();
        equal("places in all backends", reserved + line.handedOver(), active);
        equal("reserved places and backends' endpoints", reserved, endpoints + granted);
        equal("sessions that wait", waiting, line.size());
        check(waiting <= simulation.setup.limits().queueCapacity(), "more wait than may");
        inOrder(waits);
    }

    /** Whoever is turned away because all are full is so at a moment when all are, and so is the line. Called at that moment. */
    void onClosed(Pair pair, SessionReport report) {
        if (report.reason() != CloseReason.BACKENDS_FULL) {
            return;
        }
        int capacity = simulation.setup.limits().queueCapacity();
        check(simulation.engine.line().size() >= capacity, "turned away although there is room in the line: ", pair);
        if (simulation.setup.large()) {
            return; // what is published may be some milliseconds old
        }
        List<BackendEntry> usable = usable();
        check(!usable.isEmpty(), "turned away because of full backends that nobody may use: ", pair);
        boolean behind = capacity > 0; // those in the line, who have the first claim to whatever room there is
        for (BackendEntry entry : usable) {
            check(behind || isTaken(entry), "turned away although there is room in ", entry.backend(), ": ", pair);
        }
        check(
                usable.stream().anyMatch(entry -> behind || entry.active() >= entry.most()),
                "turned away though nobody is full: ",
                pair);
    }

    private static boolean isTaken(BackendEntry entry) {
        boolean hasItsOne = entry.state() == BackendState.PROBING && entry.isFull();
        return hasItsOne || entry.active() >= entry.most();
    }

    /** Those who are well enough; where nobody is, perhaps all. */
    private List<BackendEntry> usable() {
        Snapshot snapshot = simulation.engine.table().pool().current();
        List<BackendEntry> members = new ArrayList<>();
        for (int position = 0; position < snapshot.size(); position++) {
            members.add(snapshot.entry(position));
        }
        List<BackendEntry> open = members.stream().filter(BackendEntry::isOpen).toList();
        boolean failsOpen = open.isEmpty() && simulation.setup.failover().failOpen();
        return failsOpen ? members : open;
    }

    @Override
    public void onUpdated(BackendEntry entry) {
        limits.merge(entry, entry.most(), Math::max);
    }

    /** A limit is exceeded only by those who were there before it was lowered. */
    private void limitHolds(BackendEntry entry) {
        int now = entry.active();
        int before = activeBefore.getOrDefault(entry, 0);
        int limit = entry.most();
        int largest = Math.max(limit, limits.getOrDefault(entry, 0)); // of those in force during this step
        check(now <= largest || now <= before, "too many sessions on ", entry.backend());
        activeBefore.put(entry, now);
        limits.put(entry, limit);
    }

    /** Whoever was granted a place in this step has overtaken nobody who had a use for it. */
    private void inOrder(List<Wait> waits) {
        List<Wait> line = Waits.in(simulation.engine.line());
        Set<Object> stillWaiting = new HashSet<>();
        for (Wait wait : waits) {
            if (wait.isWaiting()) {
                stillWaiting.add(wait.ticket());
            }
        }
        for (Wait wait : waits) {
            if (wait.granted() != null && isIn(lineBefore, wait)) {
                for (Wait earlier : lineBefore) {
                    if (earlier.ticket() == wait.ticket()) {
                        break;
                    }
                    check(
                            !stillWaiting.contains(earlier.ticket())
                                    || earlier.tried().contains(wait.granted()),
                            "overtaken: ",
                            earlier,
                            " by ",
                            wait);
                }
            }
        }
        for (int i = 1; i < line.size(); i++) {
            check(line.get(i).turnNanos() - line.get(i - 1).turnNanos() >= 0, "out of order: ", line);
        }
        lineBefore = line;
    }

    private static boolean isIn(List<Wait> line, Wait wait) {
        return line.stream().anyMatch(other -> other.ticket() == wait.ticket());
    }

    /** Nobody waits who need not, and nobody is forgotten. */
    void atRest(long lateNanos) {
        WaitingLine line = simulation.engine.line();
        equal("places handed over", 0, line.handedOver());
        List<Wait> waits = waitsOfSessions();
        equal("sessions in the line", waits.size(), Waits.in(line).size());
        Snapshot snapshot = simulation.engine.table().pool().current();
        for (BackendEntry entry : snapshot.all()) {
            check(entry.active() > 0 || !entry.isFull(), "full of nobody: ", entry.backend());
        }
        long now = simulation.network.clock.nanoTime();
        for (Wait wait : waits) {
            check(wait.isWaiting() && isIn(Waits.in(line), wait), "not in the line: ", wait);
            long most = simulation.setup.limits().queueTimeout().toNanos() + lateNanos;
            check(now - wait.begunNanos() <= most, "in the line for too long: ", wait);
        }
        nobodyWaitsBesideRoom(waits, snapshot, lateNanos);
    }

    /** The line looks when a snapshot is published: of a small set at once, of a large one a moment later. */
    private void nobodyWaitsBesideRoom(List<Wait> waits, Snapshot snapshot, long lateNanos) {
        long now = simulation.network.now();
        Map<Beside, Long> before = Map.copyOf(besideRoom);
        besideRoom.clear();
        for (Wait wait : waits) {
            for (int position = 0; position < snapshot.size(); position++) {
                BackendEntry entry = snapshot.entry(position);
                if (!entry.isFull() && snapshot.offers(entry, wait.tried())) {
                    Beside beside = new Beside(wait.ticket(), entry);
                    long since = before.getOrDefault(beside, now);
                    besideRoom.put(beside, since);
                    check(
                            simulation.setup.large() && now - since <= PUBLICATION_NANOS + lateNanos,
                            "waits although there is room in ",
                            entry.backend(),
                            ": ",
                            wait);
                }
            }
        }
    }
}
