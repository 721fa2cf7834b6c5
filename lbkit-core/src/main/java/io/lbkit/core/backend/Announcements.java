package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.PoolMode;
import io.lbkit.ProxyObserver;
import io.lbkit.Replacement;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is told of what becomes of backends, and how: the log, the host's observer, and those in the engine who watch.
 *
 * <p>Owned by the control loop.
 */
final class Announcements {

    private static final Logger LOG = LoggerFactory.getLogger(BackendTable.class);

    private final String proxy;
    private final ProxyObserver observer;
    private final List<BackendWatch> watches = new ArrayList<>();
    private boolean many; // changes are made at a time, and not worth a line each
    private PoolMode toldMode = PoolMode.EMPTY;
    private int toldPriority;

    Announcements(String proxy, ProxyObserver observer) {
        this.proxy = proxy;
        this.observer = observer;
    }

    void watch(BackendWatch watch) {
        watches.add(watch);
    }

    /** What is said from now on is one of many things, or no longer. */
    void many(boolean many) {
        this.many = many;
    }

    // ---- each returns what is to be run once the change is published

    Runnable added(BackendEntry entry) {
        BackendState state = entry.state();
        boolean quietly = many;
        return () -> {
            announce(entry, state, "", quietly);
            tellAdded(entry);
        };
    }

    Runnable settled(BackendEntry entry, BackendState was) {
        BackendState is = entry.state();
        String why = entry.condition().why();
        boolean quietly = many;
        return () -> {
            if (is != was) {
                announce(entry, is, why, quietly);
            }
            tell(entry, was, is);
        };
    }

    /** To be run at once: nobody acts on it. */
    void changed(Backend backend) {
        log("changed", backend, many);
    }

    void tellAdded(BackendEntry entry) {
        for (BackendWatch watch : watches) {
            watch.onAdded(entry);
        }
    }

    void replaced(Replacement done) {
        LOG.info(
                "{}: the set was replaced: {} added, {} changed, {} removed",
                proxy,
                done.added().size(),
                done.updated().size(),
                done.removed().size());
    }

    void tellNews() {
        for (BackendWatch watch : watches) {
            watch.onNews();
        }
    }

    /** Takes note of how the pool stands; returns whether that is news. */
    boolean isNews(Tiers tiers) {
        boolean news = tiers.mode() != toldMode || tiers.priority() != toldPriority;
        toldMode = tiers.mode();
        toldPriority = tiers.priority();
        return news;
    }

    Runnable poolChanged(Tiers tiers) {
        PoolMode mode = tiers.mode();
        int priority = tiers.priority();
        return () -> {
            if (mode == PoolMode.FAIL_OPEN) {
                LOG.warn("{}: too few backends are usable, all of them are tried", proxy);
            } else {
                LOG.info("{}: the pool is {}, tier {}", proxy, mode, priority);
            }
            observer.onPoolChanged(mode, priority);
        };
    }

    private void announce(BackendEntry entry, BackendState state, String why, boolean quietly) {
        log("is " + state + (why.isEmpty() ? "" : ": " + why), entry.backend(), quietly);
        observer.onBackendChanged(entry.backend(), state);
    }

    private void log(String what, Backend backend, boolean quietly) {
        if (quietly) {
            LOG.debug("{}: backend {} {}", proxy, backend, what);
        } else {
            LOG.info("{}: backend {} {}", proxy, backend, what);
        }
    }

    private void tell(BackendEntry entry, BackendState was, BackendState is) {
        for (BackendWatch watch : watches) {
            if (is.isOpen() && !was.isOpen()) {
                watch.onUp(entry);
            } else if (!is.isOpen() && was.isOpen()) {
                watch.onDown(entry);
            } else {
                watch.onUpdated(entry);
            }
            if (is == BackendState.REMOVED && was != BackendState.REMOVED) {
                watch.onRemoved(entry);
            }
        }
    }
}
