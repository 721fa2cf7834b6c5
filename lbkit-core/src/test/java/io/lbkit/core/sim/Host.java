package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.Candidates;
import io.lbkit.ConnectFailure;
import io.lbkit.ConnectionInfo;
import io.lbkit.PoolMode;
import io.lbkit.ProxyObserver;
import io.lbkit.Selector;
import io.lbkit.SessionReport;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** The application around the proxy: observes, and misbehaves if the seed says so. */
final class Host implements ProxyObserver {

    private final SplittableRandom random;
    private final boolean throwing;
    private final Consumer<SessionReport> reports;
    private final BiConsumer<Backend, BackendState> changes;
    private final Map<String, BackendState> states = new HashMap<>();
    private PoolMode mode;
    private int priority;
    private long thrown;
    private long connected;
    private final Map<ConnectFailure.Cause, Long> failures = new EnumMap<>(ConnectFailure.Cause.class);

    Host(
            SplittableRandom random,
            boolean throwing,
            Consumer<SessionReport> reports,
            BiConsumer<Backend, BackendState> changes) {
        this.random = random;
        this.throwing = throwing;
        this.reports = reports;
        this.changes = changes;
    }

    /** A selector that throws and answers nonsense now and then. */
    static Selector nasty(Selector sane, SplittableRandom random) {
        return new Selector() {
            @Override
            public int select(Candidates candidates, ConnectionInfo client) {
                return switch (random.nextInt(20)) {
                    case 0 -> throw new IllegalStateException("a selector's bug");
                    case 1 -> candidates.size();
                    case 2 -> Integer.MIN_VALUE;
                    case 3 -> Selector.NONE;
                    default -> sane.select(candidates, client);
                };
            }

            @Override
            public Selector prepare(Candidates all) {
                return nasty(sane.prepare(all), random);
            }
        };
    }

    long thrown() {
        return thrown;
    }

    /** How many sessions were connected, as it was told. */
    long connected() {
        return connected;
    }

    /** How many connects failed so, as it was told. */
    long failures(ConnectFailure.Cause cause) {
        return failures.getOrDefault(cause, 0L);
    }

    private void maybeThrow() {
        if (throwing && random.nextInt(3) == 0) {
            thrown++;
            throw new IllegalStateException("an observer's bug");
        }
    }

    @Override
    public void onConnected(ConnectionInfo client, Backend backend) {
        connected++;
        maybeThrow();
    }

    @Override
    public void onConnectFailed(ConnectFailure failure) {
        failures.merge(failure.cause(), 1L, Long::sum);
        maybeThrow();
    }

    @Override
    public void onClosed(SessionReport report) {
        reports.accept(report);
        maybeThrow();
    }

    @Override
    public void onBackendChanged(Backend backend, BackendState state) {
        changes.accept(backend, state);
        assert state == BackendState.UP || state != states.get(backend.id()) : "told again: " + backend + " " + state;
        states.put(backend.id(), state);
        maybeThrow();
    }

    /** The pools of routes have one backend each, and nothing to tell. */
    @Override
    public void onPoolChanged(String route, PoolMode mode, int priority) {
        if (route == null) {
            onPoolChanged(mode, priority);
        }
    }

    @Override
    public void onPoolChanged(PoolMode mode, int priority) {
        assert mode != this.mode || priority != this.priority : "told again: " + mode + " " + priority;
        this.mode = mode;
        this.priority = priority;
        maybeThrow();
    }

    /** What was told last, or null. */
    PoolMode mode() {
        return mode;
    }
}
