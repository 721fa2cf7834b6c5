package io.lbkit.core.relay;

import io.lbkit.CloseReason;
import io.lbkit.ConnectFailure.Cause;
import io.lbkit.Selector;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.CandidateView;
import io.lbkit.core.backend.Place;
import io.lbkit.core.backend.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The search of one session for a backend: chooses, remembers what was tried, and knows when to give up. Lives as long as
 * the session is not sure of its backend.
 *
 * <p>Owned by one event loop.
 */
final class Connector {

    /** How long to wait when this process could not open a connection, for want of descriptors most likely. */
    static final long SHORTAGE_PAUSE_NANOS = 50_000_000;

    private final Relay relay;
    private final Lane lane;
    private long giveUpNanos;
    private final List<BackendEntry> tried = new ArrayList<>(2);
    private long attemptNanos;
    private Place place = Place.NONE;
    private boolean paused;
    private boolean mustWait;
    private boolean blamed; // a backend, for a try that failed
    private CloseReason failure = CloseReason.CONNECT_FAILED;

    Connector(Relay relay, Lane lane, long nowNanos) {
        this.relay = relay;
        this.lane = lane;
        this.giveUpNanos = nowNanos + relay.limits().connectDeadlineNanos();
    }

    /**
     * A backend with a place reserved for the session, or null; then {@link #mustWait()} or {@link #failure()} says what
     * comes next.
     */
    @Nullable
    BackendEntry choose(Session session, long nowNanos) {
        paused = false;
        if (isUsedUp(nowNanos)) {
            return null;
        }
        place = Place.NONE;
        BackendEntry entry = pick(session, false, nowNanos);
        while (entry != null && !isReserved(entry)) {
            entry = pick(session, true, nowNanos); // filled up or drained since we looked: look again, and closely
        }
        begin(entry, nowNanos);
        return entry;
    }

    /** Whether the session takes the place that the line has for it; if not, the same two say what comes next. */
    boolean accepts(BackendEntry granted, Session session, long nowNanos) {
        BackendEntry entry = isUsedUp(nowNanos) ? null : asked(granted, session, nowNanos);
        begin(entry, nowNanos);
        if (entry == null) {
            onNothing(granted);
        }
        return entry != null;
    }

    private @Nullable BackendEntry asked(BackendEntry granted, Session session, long nowNanos) {
        Snapshot snapshot = lane.pool().current();
        CandidateView candidates = relay.candidates().showOnly(snapshot, granted, tried, nowNanos);
        if (candidates.size() == 0) {
            nothingFor(candidates.show(snapshot, tried, true, relay.random(), nowNanos));
            mustWait = true; // as those behind it do, whatever has become of the backend on the way
            return null;
        }
        return ask(session, snapshot, candidates);
    }

    private void begin(@Nullable BackendEntry entry, long nowNanos) {
        attemptNanos = nowNanos;
        if (entry != null) {
            entry.onPick(nowNanos);
            if (relay.candidates().failsOpen()) {
                lane.failOpenPicks().increment();
            }
        }
    }

    private boolean isUsedUp(long nowNanos) {
        mustWait = false;
        failure = CloseReason.CONNECT_FAILED;
        return tried.size() >= relay.limits().connectAttempts()
                || nowNanos - giveUpNanos >= 0
                || !tried.isEmpty() && !relay.mayRetry(lane, nowNanos);
    }

    private boolean isReserved(BackendEntry entry) {
        place = entry.tryReserve();
        if (place == Place.NONE) {
            return false;
        }
        if (!relay.candidates().admits(entry)) {
            entry.onNothing(place);
            relay.release(lane, entry);
            return false;
        }
        return true;
    }

    private @Nullable BackendEntry pick(Session session, boolean closely, long nowNanos) {
        Snapshot snapshot = lane.pool().current();
        boolean behind = lane.line().isBusy(); // who wait must not be overtaken
        CandidateView candidates = relay.candidates().show(snapshot, tried, closely, relay.random(), nowNanos);
        if (behind || candidates.size() == 0) {
            return nothingFor(candidates);
        }
        return ask(session, snapshot, candidates);
    }

    private @Nullable BackendEntry ask(Session session, Snapshot snapshot, CandidateView candidates) {
        int index;
        try {
            index = snapshot.selector().select(candidates, relay.caller(session));
        } catch (VirtualMachineError notItsDoing) {
            throw notItsDoing;
        } catch (Throwable thrown) {
            // Of the host: an assertion of its own, or a class that it lacks, is no defect here.
            relay.onSelectorFailed(thrown);
            failure = CloseReason.SELECTOR_FAILED;
            return null;
        }
        if (index < 0 || index >= candidates.size()) {
            failure = index == Selector.NONE ? CloseReason.NO_BACKEND : CloseReason.SELECTOR_FAILED;
            return null;
        }
        return candidates.entry(index);
    }

    private @Nullable BackendEntry nothingFor(CandidateView candidates) {
        boolean isAny = candidates.size() > 0 || candidates.isAnyFull();
        mustWait = isAny && !lane.line().isOff();
        if (!tried.isEmpty()) {
            failure = CloseReason.CONNECT_FAILED;
        } else {
            failure = isAny ? CloseReason.BACKENDS_FULL : CloseReason.NO_BACKEND;
        }
        return null;
    }

    /** Whether there are backends that might have room later, if there is room in the line. */
    boolean mustWait() {
        return mustWait;
    }

    List<BackendEntry> tried() {
        return tried;
    }

    /** A wait has ended, with a place perhaps. Its time does not count as time spent connecting. */
    void onWaited(long nanos, Place granted) {
        giveUpNanos += nanos;
        place = granted;
    }

    CloseReason failure() {
        return failure == CloseReason.CONNECT_FAILED && !blamed ? CloseReason.LOCAL_FAILURE : failure;
    }

    /** The backend is connected. */
    void onConnected(BackendEntry entry) {
        if (entry.onConnected(place)) {
            relay.report(lane, entry);
        }
    }

    /**
     * The backend could not be reached and is not tried again.
     *
     * @param connected whether it was reached, and reset the connection before a byte had moved
     */
    void onFailed(BackendEntry entry, Cause cause, boolean connected) {
        tried.add(entry);
        if (cause == Cause.LOCAL) {
            onNothing(entry);
            return;
        }
        blamed = true;
        if (entry.onFault(place, connected, lane.outliers().consecutiveFailures())) {
            relay.report(lane, entry);
        }
    }

    /** The attempt has ended, and nothing was learned about the backend. */
    void onNothing(BackendEntry entry) {
        entry.onNothing(place);
    }

    /** The search goes on after a connection that said nothing; the time it stood does not count. */
    void resume(long connectedNanos, long nowNanos) {
        giveUpNanos += nowNanos - connectedNanos;
    }

    /** Not the backend's fault: choose again at {@link #deadlineNanos()}. */
    void pause() {
        paused = true;
    }

    boolean isPaused() {
        return paused;
    }

    boolean hasTried(io.lbkit.Backend backend) {
        for (BackendEntry entry : tried) {
            if (entry.backend().equals(backend)) {
                return true;
            }
        }
        return false;
    }

    int attempt() {
        return tried.size() + 1;
    }

    long attemptNanos() {
        return attemptNanos;
    }

    /** When to look again: at the end of a pause, or when the attempt or the whole search has taken too long. */
    long deadlineNanos() {
        long wait = paused ? SHORTAGE_PAUSE_NANOS : relay.limits().connectNanos();
        return attemptNanos + Math.min(wait, giveUpNanos - attemptNanos);
    }

    /** What a failed connect counts as: the time after which it would have been given up. */
    long penaltyNanos() {
        return relay.limits().connectNanos();
    }
}
