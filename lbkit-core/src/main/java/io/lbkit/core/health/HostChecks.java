package io.lbkit.core.health;

import io.lbkit.Backend;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Checks by the host's own code, called on threads that may block. Not more than a few calls at once, and never two for one
 * backend: while a call hangs beyond its timeout, further checks of its backend fail without a call.
 *
 * <p>Owned by the control loop.
 */
final class HostChecks implements Rounds.Asker {

    /** One fewer than there are threads for errands, so that other errands do not wait for a host that hangs. */
    static final int MOST_CALLS = 3;

    private final EventLoop control;
    private final Errands errands;
    private final Function<Backend, ? extends CompletionStage<Boolean>> test;
    private final long timeoutNanos;
    private final Map<BackendEntry, HostCheck> calls = new LinkedHashMap<>();
    private final ArrayDeque<HostCheck> waiting = new ArrayDeque<>();

    HostChecks(
            EventLoop control,
            Errands errands,
            Function<Backend, ? extends CompletionStage<Boolean>> test,
            long timeoutNanos) {
        this.control = control;
        this.errands = errands;
        this.test = test;
        this.timeoutNanos = timeoutNanos;
    }

    @Override
    public Inquiry prepare(BackendEntry entry, Inquiry.Report report) {
        return new HostCheck(this, entry, test, timeoutNanos, report);
    }

    /** How many calls of the host's code have not returned. */
    int calls() {
        return calls.size();
    }

    EventLoop control() {
        return control;
    }

    Errands errands() {
        return errands;
    }

    /** Whether the last call for a backend hangs. */
    boolean isHanging(BackendEntry entry) {
        HostCheck last = calls.get(entry);
        if (last != null) {
            last.look(); // its message may have found the inbox full
        }
        return calls.containsKey(entry);
    }

    /** Calls now, or when another call has returned. */
    void enter(HostCheck check) {
        waiting.add(check);
        callWaiting();
    }

    void leaveQueue(HostCheck check) {
        waiting.remove(check);
    }

    void onReturned(HostCheck check) {
        calls.remove(check.entry(), check);
        callWaiting();
    }

    private void callWaiting() {
        while (calls.size() < MOST_CALLS && !waiting.isEmpty()) {
            HostCheck next = waiting.remove();
            if (next.call()) {
                calls.put(next.entry(), next);
            }
        }
    }
}
