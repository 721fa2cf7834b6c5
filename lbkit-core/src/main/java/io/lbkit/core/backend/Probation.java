package io.lbkit.core.backend;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The single session that a backend may have when its ejection is over, and what became of it.
 *
 * <p>Shared; opened by the control loop, taken by any loop, moved on by the loop whose session has it.
 */
final class Probation {

    private enum Step {
        FREE,
        TAKEN,
        PASSED,
        FAILED
    }

    private final AtomicReference<Step> step = new AtomicReference<>(Step.FREE);

    /** Begins; a session that has it from an earlier time still has it. */
    void open() {
        step.updateAndGet(old -> old == Step.TAKEN ? old : Step.FREE);
    }

    boolean tryTake() {
        return step.compareAndSet(Step.FREE, Step.TAKEN);
    }

    void giveBack() {
        step.compareAndSet(Step.TAKEN, Step.FREE);
    }

    boolean pass() {
        return step.compareAndSet(Step.TAKEN, Step.PASSED);
    }

    /** It did not connect, or was reset before a byte had moved. */
    boolean fail(boolean connected) {
        return step.compareAndSet(connected ? Step.PASSED : Step.TAKEN, Step.FAILED);
    }

    boolean isFree() {
        return step.get() == Step.FREE;
    }

    boolean isPassed() {
        return step.get() == Step.PASSED;
    }

    boolean isFailed() {
        return step.get() == Step.FAILED;
    }

    /** Forgets a failure; true if there was one. */
    boolean clearFailure() {
        return step.compareAndSet(Step.FAILED, Step.FREE);
    }
}
