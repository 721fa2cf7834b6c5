package io.lbkit.core.health;

import io.lbkit.Backend;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call of the host's own check. The time it waits for a thread does not count; from then on its timeout does.
 *
 * <p>Shared; {@code begun}, {@code returned} and {@code answer} are written by the thread that calls, or by whoever completes
 * the host's stage, and read by the control loop, which owns the rest. A message to the loop says that there is something to
 * read; should the inbox be full, a timer will see it.
 */
final class HostCheck implements Inquiry {

    private final HostChecks checks;
    private final EventLoop control;
    private final BackendEntry entry;
    private final long timeoutNanos;
    private final Report report;
    private final FutureTask<?> task;
    private final Timer timer = new Timer(this::onTimer);
    private final AtomicReference<@Nullable Outcome> answer = new AtomicReference<>();
    private volatile boolean begun;
    private volatile boolean returned;
    private @Nullable Patience patience; // once the loop knows that the call has begun
    private boolean called;
    private boolean freed;
    private boolean over;

    HostCheck(
            HostChecks checks,
            BackendEntry entry,
            Function<Backend, ? extends CompletionStage<Boolean>> test,
            long timeoutNanos,
            Report report) {
        this.checks = checks;
        this.control = checks.control();
        this.entry = entry;
        this.timeoutNanos = timeoutNanos;
        this.report = report;
        Backend backend = entry.backend();
        this.task = new FutureTask<>(() -> ask(test, backend), null);
    }

    BackendEntry entry() {
        return entry;
    }

    // ---- on the control loop

    @Override
    public void begin() {
        if (checks.isHanging(entry)) {
            end(Outcome.failed("the last call has not returned"));
        } else {
            checks.enter(this);
        }
    }

    /** A thread may be taken for it now; false if none was. */
    boolean call() {
        called = checks.errands().run(this::run);
        if (called) {
            arm();
        } else {
            end(Outcome.spoilt("too much is waiting for a thread"));
        }
        return called;
    }

    @Override
    public void abandon() {
        if (!over) {
            over = true;
            task.cancel(true);
            checks.leaveQueue(this);
            arm();
            report.onGone();
        }
    }

    /** Sees what the other threads have written meanwhile. */
    void look() {
        Outcome outcome = answer.get();
        if (outcome != null && !over) {
            boolean doubtful = patience != null && patience.wasLate(control.nowNanos());
            boolean failed = outcome.verdict() == Outcome.Verdict.FAILED;
            end(doubtful && failed ? Outcome.spoilt(Outcome.PAUSED) : outcome);
        }
        if (begun && patience == null) {
            patience = new Patience(timeoutNanos, control.nowNanos());
        }
        if (returned && !freed) {
            freed = true;
            checks.onReturned(this);
        }
        arm();
    }

    private void onTimer() {
        look();
        if (patience != null && !over) {
            patience.onLook(control.nowNanos());
            if (patience.isLost()) {
                task.cancel(true);
                end(Outcome.spoilt(Outcome.PAUSED));
            } else if (patience.isOver()) {
                task.cancel(true);
                end(Outcome.failed("no answer within " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms"));
            }
            arm();
        }
    }

    private void arm() {
        if (!over && patience != null) {
            control.timers().arm(timer, patience.nextLookNanos());
        } else if (called && !freed) {
            control.timers().arm(timer, control.nowNanos() + timeoutNanos);
        } else {
            control.timers().cancel(timer);
        }
    }

    private void end(Outcome outcome) {
        over = true;
        report.onOutcome(outcome);
        report.onGone();
    }

    // ---- on another thread

    private void run() {
        try {
            task.run(); // does nothing if it was cancelled before
        } finally {
            returned = true;
            control.post(this::look);
        }
    }

    private void ask(Function<Backend, ? extends CompletionStage<Boolean>> test, Backend backend) {
        begun = true;
        control.post(this::look);
        try {
            test.apply(backend).whenComplete((passed, thrown) -> {
                answer.compareAndSet(null, outcomeOf(passed, thrown));
                control.post(this::look);
            });
        } catch (Throwable thrown) {
            answer.compareAndSet(null, outcomeOf(null, thrown));
        }
    }

    private static Outcome outcomeOf(@Nullable Boolean passed, @Nullable Throwable thrown) {
        if (thrown != null) {
            boolean wrapped = thrown instanceof CompletionException && thrown.getCause() != null;
            return Outcome.failed("the host's check threw " + (wrapped ? thrown.getCause() : thrown));
        }
        return Boolean.TRUE.equals(passed) ? Outcome.passed("well") : Outcome.failed("not well");
    }
}
