package io.lbkit.core.observe;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.ConnectFailure;
import io.lbkit.ConnectionInfo;
import io.lbkit.PoolMode;
import io.lbkit.ProxyObserver;
import io.lbkit.SessionReport;
import io.lbkit.core.observe.LoopCounters.Count;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's observer, whose exceptions must not reach a loop: they are counted, and the first one of a proxy is logged.
 *
 * <p>Owned by one event loop, but for {@code logged}, which the loops of a proxy share.
 */
public final class GuardedObserver implements ProxyObserver {

    private static final Logger LOG = LoggerFactory.getLogger(GuardedObserver.class);

    private final ProxyObserver host;
    private final LoopCounters counters;
    private final AtomicBoolean logged;

    public GuardedObserver(ProxyObserver host, LoopCounters counters, AtomicBoolean logged) {
        this.host = host;
        this.counters = counters;
        this.logged = logged;
    }

    @Override
    public void onConnected(ConnectionInfo client, Backend backend) {
        try {
            host.onConnected(client, backend);
        } catch (Throwable thrown) {
            failed(thrown);
        }
    }

    @Override
    public void onConnectFailed(ConnectFailure failure) {
        try {
            host.onConnectFailed(failure);
        } catch (Throwable thrown) {
            failed(thrown);
        }
    }

    @Override
    public void onClosed(SessionReport report) {
        try {
            host.onClosed(report);
        } catch (Throwable thrown) {
            failed(thrown);
        }
    }

    @Override
    public void onBackendChanged(@Nullable String route, Backend backend, BackendState state) {
        try {
            host.onBackendChanged(route, backend, state);
        } catch (Throwable thrown) {
            failed(thrown);
        }
    }

    @Override
    public void onPoolChanged(@Nullable String route, PoolMode mode, int priority) {
        try {
            host.onPoolChanged(route, mode, priority);
        } catch (Throwable thrown) {
            failed(thrown);
        }
    }

    private void failed(Throwable thrown) {
        counters.add(Count.OBSERVER_FAILURES, 1);
        if (logged.compareAndSet(false, true)) {
            LOG.warn("the observer threw; further exceptions of it are counted but not logged", thrown);
        }
    }
}
