package io.lbkit.core.backend;

import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One kind of work for the control loop that is done off the loops, one piece at a time.
 *
 * <p>Owned by the control loop, but for the outcome, which an errand sets and the control loop takes.
 */
final class Away<T> implements TimerOwner {

    /** How often to look for an outcome, in case the inbox had no room for word of it. */
    private static final long LOOK_NANOS = 10_000_000;

    private final EventLoop control;
    private final Errands errands;
    private @Nullable Consumer<T> whenDone; // null while nothing is under way
    private final Timer look = new Timer(this);
    private final AtomicReference<@Nullable T> outcome = new AtomicReference<>();

    Away(EventLoop control, Errands errands) {
        this.control = control;
        this.errands = errands;
    }

    boolean isUnderWay() {
        return whenDone != null;
    }

    /**
     * Has a piece of work done, which must not throw. What the loop hands over with it, it is not to touch until it has the outcome.
     *
     * @param whenDone is given the outcome, on the control loop
     * @return false if there is no room for it now
     */
    boolean begin(Supplier<T> work, Consumer<T> whenDone) {
        assert !isUnderWay();
        boolean begun = errands.run(() -> {
            outcome.set(work.get());
            control.post(this::take); // if that is refused, the timer looks
        });
        if (begun) {
            this.whenDone = whenDone;
            control.timers().arm(look, control.nowNanos() + LOOK_NANOS);
        }
        return begun;
    }

    @Override
    public void onDue(Timer timer) {
        take();
    }

    private void take() {
        Consumer<T> then = whenDone;
        if (then == null) {
            return;
        }
        T done = outcome.getAndSet(null);
        if (done == null) {
            control.timers().arm(look, control.nowNanos() + LOOK_NANOS);
            return;
        }
        control.timers().cancel(look);
        whenDone = null;
        then.accept(done);
    }

    /** What is done is of interest to nobody any more. */
    void end() {
        control.timers().cancel(look);
        whenDone = null;
    }
}
