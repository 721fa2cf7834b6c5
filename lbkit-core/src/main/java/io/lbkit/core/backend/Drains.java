package io.lbkit.core.backend;

import io.lbkit.DrainReport;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for the last session of a backend.
 *
 * <p>Owned by the control loop.
 */
final class Drains {

    private final EventLoop control;
    private final Consumer<BackendEntry> cutSessions;
    private final List<Drain> drains = new ArrayList<>();

    private final class Drain {
        final BackendEntry entry;
        final CompletableFuture<DrainReport> report;
        final long begunNanos = control.nowNanos();
        final long sessions;
        final long cutBefore;
        final Timer deadline;

        Drain(BackendEntry entry, CompletableFuture<DrainReport> report) {
            this.entry = entry;
            this.report = report;
            this.sessions = entry.active();
            this.cutBefore = entry.cut();
            this.deadline = new Timer(() -> cutSessions.accept(entry));
        }

        void end(long left) {
            control.timers().cancel(deadline);
            long cut = entry.cut() - cutBefore;
            report.complete(new DrainReport(
                    Math.max(0, sessions - cut - left), cut, Duration.ofNanos(control.nowNanos() - begunNanos)));
        }
    }

    /** @param cutSessions resets the sessions of a backend, on all loops */
    Drains(EventLoop control, Consumer<BackendEntry> cutSessions) {
        this.control = control;
        this.cutSessions = cutSessions;
    }

    /** @param deadline after which the sessions that are left are cut, null for never */
    void begin(BackendEntry entry, @Nullable Duration deadline, CompletableFuture<DrainReport> report) {
        Drain drain = new Drain(entry, report);
        drains.add(drain);
        if (deadline != null) {
            control.timers().arm(drain.deadline, control.nowNanos() + deadline.toNanos());
        }
    }

    /** Nobody waits any more: the last session has ended, or sessions may come again. */
    void end(BackendEntry entry) {
        if (drains.isEmpty()) {
            return;
        }
        for (Drain drain : List.copyOf(drains)) {
            if (drain.entry == entry) {
                drains.remove(drain);
                drain.end(entry.active());
            }
        }
    }
}
