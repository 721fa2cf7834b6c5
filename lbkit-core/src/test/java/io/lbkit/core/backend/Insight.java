package io.lbkit.core.backend;

import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import io.lbkit.SlowStart;

/** Looks for the simulation into what only the table's own package sees. */
public final class Insight {

    private Insight() {}

    /** The counters of a backend, also of one that the table has forgotten. */
    public static BackendStats stats(BackendEntry entry) {
        return entry.stats(0);
    }

    /** When the ejection of a backend is over. */
    public static long ejectedUntil(BackendEntry entry) {
        return entry.condition().ejectedUntilNanos();
    }

    /** Since when a backend ramps. */
    public static long rampSince(BackendEntry entry) {
        return entry.standing().rampNanos();
    }

    /** Asserts what must hold of the table between any two steps. */
    public static void assertSound(BackendTable table, boolean exact) {
        int members = 0;
        int serving = 0;
        int full = 0;
        for (BackendEntry entry : table.pool().current().all()) {
            BackendState state = entry.state();
            assert state == entry.standing().state()
                    : state + " but the facts say " + entry.standing().state();
            assert state != BackendState.PROBING || table.serving() > 0 : "on probation, though nobody serves";
            boolean member = Census.isMember(state) && entry.condition().weight() > 0;
            members += member ? 1 : 0;
            serving += member && Census.isServing(state) ? 1 : 0;
            full += entry.isFull() ? 1 : 0;
        }
        assert !exact || members == table.members() : table.members() + " members counted, are " + members;
        assert !exact || serving == table.serving() : table.serving() + " serving counted, are " + serving;
        assert !exact || members == table.current().size()
                : members + " members, published " + table.current().size();
        int counted = table.pool().current().full();
        assert full == counted : counted + " full ones counted, are " + full;
    }

    /** Its weight is that of the last step, which is no longer ago than steps are apart. */
    private static void assertRamped(BackendEntry entry, Ramp ramp, long nowNanos, long lateNanos) {
        long ramped = nowNanos - entry.standing().rampNanos();
        int whole = entry.standing().agent().weightOf(entry.backend().weight());
        double share = entry.condition().weight() / whole;
        assert whole == 0 || share <= ramp.share(ramped) + 1e-9 : entry.backend() + " is ahead of its ramp";
        double least = ramp.share(ramped - ramp.stepNanos() - lateNanos);
        assert whole == 0 || share >= least - 1e-9 : entry.backend() + " is behind its ramp";
    }

    /** Asserts that nobody waits for a time that has passed. */
    public static void assertOnTime(BackendTable table, SlowStart slowStart, long nowNanos, long lateNanos) {
        for (BackendEntry entry : table.pool().current().all()) {
            if (entry.state() == BackendState.EJECTED) {
                long left = entry.condition().ejectedUntilNanos() - nowNanos;
                assert left > -lateNanos : entry.backend() + " should be on probation for " + -left + " ns";
            }
            if (entry.state() == BackendState.RAMPING) {
                long late = nowNanos
                        - entry.standing().rampNanos()
                        - slowStart.window().toNanos();
                assert late < new Ramp(slowStart).stepNanos() + lateNanos : entry.backend() + " should be up";
                assertRamped(entry, new Ramp(slowStart), nowNanos, lateNanos);
            }
        }
    }
}
