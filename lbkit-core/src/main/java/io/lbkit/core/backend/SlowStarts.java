package io.lbkit.core.backend;

import io.lbkit.SlowStart;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The backends that ramp, each by a clock of its own, and the timer that moves them all on.
 *
 * <p>Owned by the control loop.
 */
final class SlowStarts implements TimerOwner {

    /** Who wants to know. */
    interface Watch {

        /** The share of these has grown. */
        void onRamped(List<BackendEntry> moved);
    }

    private final EventLoop control;
    private final Ramp ramp;
    private final Watch watch;
    private final Set<BackendEntry> ramping = new LinkedHashSet<>();
    private final Timer step = new Timer(this);
    private long stepNanos; // when the next one is due

    SlowStarts(SlowStart slowStart, EventLoop control, Watch watch) {
        this.ramp = new Ramp(slowStart);
        this.control = control;
        this.watch = watch;
    }

    boolean isOn() {
        return ramp.isOn();
    }

    /** It serves again, or for the first time. */
    void begin(BackendEntry entry) {
        entry.standing().ramp(true, control.nowNanos());
        ramping.add(entry);
        if (!step.isArmed()) {
            stepNanos = control.nowNanos();
            awaitStep();
        }
    }

    private void awaitStep() {
        stepNanos += ramp.stepNanos(); // not from now, or the lateness of timers would add up
        if (stepNanos - control.nowNanos() < 0) {
            stepNanos = control.nowNanos() + ramp.stepNanos();
        }
        control.timers().arm(step, stepNanos);
    }

    /** It does not serve, or is to have its full share at once. */
    void end(BackendEntry entry) {
        if (ramping.remove(entry)) {
            entry.standing().ramp(false, 0);
        }
    }

    /** What part of its weight and maximum a backend has now. */
    double share(BackendEntry entry) {
        Standing standing = entry.standing();
        return standing.isRamping() ? ramp.share(control.nowNanos() - standing.rampNanos()) : 1;
    }

    @Override
    public void onDue(Timer timer) {
        List<BackendEntry> moved = new ArrayList<>(ramping);
        for (BackendEntry entry : moved) {
            if (ramp.isOver(control.nowNanos() - entry.standing().rampNanos())) {
                end(entry);
            }
        }
        if (!ramping.isEmpty()) {
            awaitStep();
        }
        watch.onRamped(moved);
    }
}
