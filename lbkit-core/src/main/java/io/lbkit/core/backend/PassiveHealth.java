package io.lbkit.core.backend;

import io.lbkit.OutlierPolicy;
import io.lbkit.core.backend.Ejection.Phase;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ejects the backends that sessions cannot connect to, and lets them come back.
 *
 * <p>A backend is on probation only while others serve: if none does, there is nobody to spare the clients for, and it is
 * back at once.
 *
 * <p>Owned by the control loop, but for {@link #ejections()}.
 */
final class PassiveHealth implements TimerOwner {

    /** What it needs of the table. */
    interface Pool {

        /** How many backends may get sessions when they are well. */
        int members();

        /** How many of them are up or ramping. */
        int serving();

        /** The members, as published. */
        Members current();

        /** A fact about a backend has changed. */
        void settle(BackendEntry entry);
    }

    private final OutlierPolicy policy;
    private final EventLoop control;
    private final Pool pool;
    private final Set<BackendEntry> out = new LinkedHashSet<>(); // ejected or on probation
    private final Set<BackendEntry> suspects = new LinkedHashSet<>(); // to go as soon as enough others serve
    private final Timer returns = new Timer(this);
    private final Timer window = new Timer(this);
    private final AtomicLong ejections = new AtomicLong();

    PassiveHealth(OutlierPolicy policy, EventLoop control, Pool pool) {
        this.policy = policy;
        this.control = control;
        this.pool = pool;
        if (policy.failurePercent() > 0 || policy.deviations() > 0) {
            control.timers().arm(window, control.nowNanos() + policy.window().toNanos());
        }
    }

    @Override
    public void onDue(Timer due) {
        if (due == returns) {
            onTimesOver();
        } else {
            onWindowOver();
        }
    }

    long ejections() {
        return ejections.get();
    }

    /** A session has learned something that may matter. */
    void onNews(BackendEntry entry) {
        Phase phase = entry.standing().ejection().phase();
        if (phase == Phase.PROBING && entry.probation().isFailed()) {
            eject(entry, "its probe failed");
        } else if (phase == Phase.PROBING && entry.probation().isPassed()) {
            bringBack(entry);
        } else if (phase == Phase.IN && entry.probation().clearFailure()) {
            suspect(entry, "its probe was reset");
        } else if (phase == Phase.IN && isSuspect(entry)) {
            suspect(entry, reason(entry));
        }
    }

    private boolean isSuspect(BackendEntry entry) {
        return policy.consecutiveFailures() > 0 && entry.faults().row() >= policy.consecutiveFailures();
    }

    private static String reason(BackendEntry entry) {
        return entry.faults().row() + " connects in a row failed";
    }

    private void suspect(BackendEntry entry, String why) {
        if (!Census.isServing(entry.state())) {
            return;
        }
        if (mayEject()) {
            eject(entry, why);
        } else {
            suspects.add(entry);
        }
    }

    private boolean mayEject() {
        return Outliers.mayEject(pool.members(), pool.serving(), policy.keepPercent());
    }

    private void eject(BackendEntry entry, String why) {
        Ejection ejection = entry.standing().ejection();
        ejection.begin(policy, control.random(), control.nowNanos());
        entry.standing().ejectedFor(why);
        ejections.incrementAndGet();
        out.add(entry);
        await(ejection);
        pool.settle(entry);
    }

    /** Ends an ejection, whatever it has come to. */
    void bringBack(BackendEntry entry) {
        if (forget(entry)) {
            pool.settle(entry);
        }
    }

    /** Ends an ejection of a backend whose state is settled by somebody else; true if there was one. */
    boolean forget(BackendEntry entry) {
        entry.faults().clearRow();
        entry.probation().clearFailure();
        if (!out.remove(entry)) {
            return false;
        }
        entry.standing().ejection().end(control.nowNanos());
        return true;
    }

    private void onTimesOver() {
        for (BackendEntry entry : List.copyOf(out)) {
            Ejection ejection = entry.standing().ejection();
            if (ejection.phase() != Phase.OUT || ejection.untilNanos() - control.nowNanos() > 0) {
                continue;
            }
            if (pool.serving() == 0) {
                bringBack(entry);
            } else {
                ejection.probe();
                pool.settle(entry);
            }
        }
        for (BackendEntry entry : out) {
            await(entry.standing().ejection());
        }
    }

    private void await(Ejection ejection) {
        boolean sooner = !returns.isArmed() || ejection.untilNanos() - returns.deadlineNanos() < 0;
        if (ejection.phase() == Phase.OUT && sooner) {
            control.timers().arm(returns, ejection.untilNanos());
        }
    }

    /** Another number of backends serve than before. */
    void onServingChanged() {
        if (pool.serving() == 0) {
            for (BackendEntry entry : List.copyOf(out)) {
                if (entry.standing().ejection().phase() == Phase.PROBING) {
                    bringBack(entry);
                }
            }
        }
        while (!suspects.isEmpty() && mayEject()) {
            BackendEntry entry = suspects.iterator().next();
            suspects.remove(entry);
            if (isSuspect(entry) && Census.isServing(entry.state())) {
                eject(entry, reason(entry));
            }
        }
    }

    private void onWindowOver() {
        control.timers().arm(window, control.nowNanos() + policy.window().toNanos());
        Members members = pool.current();
        long[] attempts = new long[members.size()];
        long[] failures = new long[members.size()];
        for (int position = 0; position < members.size(); position++) {
            BackendEntry entry = members.entry(position);
            attempts[position] = entry.standing()
                    .attemptsSince(entry.sessions() + entry.faults().beforeConnected());
            failures[position] = entry.standing().failuresSince(entry.faults().all());
        }
        boolean[] condemned = Outliers.judge(policy, attempts, failures);
        for (int position = 0; position < members.size(); position++) {
            BackendEntry entry = members.entry(position);
            if (condemned[position] && Census.isServing(entry.state()) && mayEject()) {
                eject(entry, failures[position] + " of " + attempts[position] + " connects failed");
            }
        }
    }
}
