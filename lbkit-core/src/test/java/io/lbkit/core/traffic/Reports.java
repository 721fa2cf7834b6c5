package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.CloseReason;
import io.lbkit.ConnectFailure;
import io.lbkit.ConnectionInfo;
import io.lbkit.ProxyObserver;
import io.lbkit.SessionReport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Writes down what an observer is told.
 *
 * <p>Shared; the collections are concurrent.
 */
public final class Reports implements ProxyObserver {

    private final Queue<SessionReport> closed = new ConcurrentLinkedQueue<>();
    private final Queue<ConnectFailure> failures = new ConcurrentLinkedQueue<>();
    private final Queue<String> changes = new ConcurrentLinkedQueue<>();
    private final Map<Long, String> connected = new ConcurrentHashMap<>();

    @Override
    public void onConnected(ConnectionInfo client, Backend backend) {
        connected.put(client.sessionId(), backend.id());
    }

    @Override
    public void onConnectFailed(ConnectFailure failure) {
        failures.add(failure);
    }

    @Override
    public void onClosed(SessionReport report) {
        closed.add(report);
    }

    @Override
    public void onBackendChanged(Backend backend, BackendState state) {
        changes.add(backend.id() + " " + state);
    }

    public List<SessionReport> closed() {
        return List.copyOf(closed);
    }

    /** Waits for the only session to end. */
    public SessionReport only() {
        return awaitClosed(1).get(0);
    }

    /** Waits for that many sessions to end, and for no more. */
    public List<SessionReport> awaitClosed(int count) {
        Lab.patiently().until(() -> closed.size() >= count);
        assertEquals(count, closed.size(), () -> "sessions closed: " + closed);
        return closed();
    }

    public List<ConnectFailure> failures() {
        return List.copyOf(failures);
    }

    public List<String> changes() {
        return List.copyOf(changes);
    }

    public Map<Long, String> connected() {
        return Map.copyOf(connected);
    }

    /** Waits for so many in all; of these, so many were too late with what had to come first, by two seconds at most. */
    void awaitTooLate(int all, int late, Duration limit) {
        List<SessionReport> found = awaitClosed(all).stream()
                .filter(report -> report.reason() == CloseReason.PRELUDE_TIMEOUT)
                .toList();
        assertEquals(late, found.size());
        for (SessionReport report : found) {
            assertTrue(report.duration().compareTo(limit) >= 0, report.toString());
            assertTrue(report.duration().compareTo(limit.plusSeconds(2)) < 0, report.toString());
        }
    }
}
