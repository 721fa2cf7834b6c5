package io.lbkit.core.backend;

import io.lbkit.SlowStart;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The backends that ramp, each by a clock of its own, and the timer that moves them all on.
 *
 * <p>Owned by the control loop.
 */
final class SlowStarts {

    private final EventLoop control;
    private final Ramp ramp;
    private final Consumer<List<BackendEntry>> whenMoved;
    private final Set<BackendEntry> ramping = new LinkedHashSet<>();
    private final Timer step = new Timer(this::step);
    private long stepNanos; // when the next one is due

    /** @param whenMoved takes those whose share has grown */
    SlowStarts(SlowStart slowStart, EventLoop control, Consumer<List<BackendEntry>> whenMoved) {
        this.ramp = new Ramp(slowStart);
        this.control = control;
        this.whenMoved = whenMoved;
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

    private void step() {
        List<BackendEntry> moved = new ArrayList<>(ramping);
        for (BackendEntry entry : moved) {
            if (ramp.isOver(control.nowNanos() - entry.standing().rampNanos())) {
                end(entry);
            }
        }
        if (!ramping.isEmpty()) {
            awaitStep();
        }
        whenMoved.accept(moved);
    }
}
