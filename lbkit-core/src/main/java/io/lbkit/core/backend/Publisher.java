package io.lbkit.core.backend;

import io.lbkit.Failover;
import io.lbkit.ProxyConfig;
import io.lbkit.Selector;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what the table knows to the loops, as snapshots, and says when that has been done.
 *
 * <p>A small set is published at once, within the turn. For a large one the selector is prepared off the loops, one set at
 * a time: what changes meanwhile makes up the next one. Which members are usable does not wait for that; it is mapped to the
 * set in force every few milliseconds. Whoever waits for a change to be published is told in the order of the changes.
 *
 * <p>Owned by the control loop, but for {@code finished}, which an errand sets and the control loop takes.
 */
final class Publisher implements TimerOwner {

    /** Who reads first what is published. */
    interface Reader {

        /** Called with the tiers of each new snapshot, before those who wait for it are told. */
        void onPublished(Tiers tiers);
    }

    /** Sets of up to this size are prepared for within a turn, which takes some tens of microseconds. */
    static final int SMALL = 512;

    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    /** Least time between two snapshots of a large set: each costs a pass over it. */
    private static final long PACE_NANOS = 10_000_000;

    /** How many of those who wait are told in a turn, when a set of thousands comes in. */
    private static final int MOST_TOLD = 256;

    /** What the selector was prepared for, and how many changes that has seen. */
    private record Prepared(Members members, long changes) {}

    private record Waiting(long changes, Runnable action) {}

    private final String proxy;
    private final EventLoop control;
    private final Errands errands;
    private final Selector selector;
    private final Failover failover;
    private final boolean queues;
    private final FullCount full;
    private final Collection<BackendEntry> entries;
    private final Reader reader;
    private final Pool pool = new Pool();
    private final CandidateView view = new CandidateView();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final Timer soon = new Timer(this); // to publish
    private final Timer rest = new Timer(this); // to tell
    private final Timer look = new Timer(this); // whether an errand is done
    private final AtomicReference<@Nullable Prepared> finished = new AtomicReference<>();
    private int small = SMALL;
    private long changes;
    private long published; // every change up to this one
    private long refreshedNanos;
    private int held;
    private boolean preparing;
    private boolean telling;
    private boolean ended;

    /**
     * @param entries all there are, a view of the table's own
     */
    Publisher(
            ProxyConfig config,
            EventLoop control,
            Errands errands,
            FullCount full,
            Collection<BackendEntry> entries,
            Reader reader) {
        this.proxy = config.name();
        this.control = control;
        this.errands = errands;
        this.selector = config.selector();
        this.failover = config.failover();
        this.queues = config.limits().queueCapacity() > 0;
        this.full = full;
        this.entries = entries;
        this.reader = reader;
        this.refreshedNanos = control.nowNanos() - PACE_NANOS;
    }

    @Override
    public void onDue(Timer due) {
        if (due == soon) {
            refresh();
        } else if (due == rest) {
            tell();
        } else {
            onPrepared();
        }
    }

    Pool pool() {
        return pool;
    }

    /** Up to which size a set counts as small. */
    void small(int small) {
        this.small = small;
    }

    /** Publishes what there is, whatever its size; before the loops run. */
    void now() {
        changes++;
        control.timers().cancel(soon);
        publish(List.copyOf(entries), prepared(Members.of(entries, selector)));
        published = changes;
        tell();
    }

    /** Something has changed. Small sets are published before this returns. */
    void changed() {
        changed(() -> {});
    }

    /** Something has changed; runs an action when that is published and the actions before have run. */
    void changed(Runnable whenPublished) {
        changes++;
        waiting.add(new Waiting(changes, whenPublished));
        if (held > 0) {
            return;
        }
        if (ended) {
            tell();
        } else if (isSmall()) {
            refresh();
        } else if (!soon.isArmed()) {
            control.timers().arm(soon, refreshedNanos + PACE_NANOS);
        }
    }

    private boolean isSmall() {
        return entries.size() <= small && pool.current().size() <= small && !preparing;
    }

    /** Publishes some changes in one step. */
    void together(Runnable several) {
        held++;
        try {
            several.run();
        } finally {
            held--;
            changed();
        }
    }

    /** Runs an action once all changes made so far are published, and the actions before it have run. */
    void then(Runnable action) {
        waiting.add(new Waiting(changes, action));
        tell();
    }

    /** Nothing will be published any more: nobody is to wait for it. */
    void end() {
        published = Long.MAX_VALUE;
        ended = true;
        control.timers().cancel(rest);
        control.timers().cancel(soon);
        control.timers().cancel(look);
        tell();
    }

    private void tell() {
        if (telling || rest.isArmed()) {
            return; // what an action has changed the loop below goes on with; what was left is for the next turn
        }
        telling = true;
        try {
            for (int told = 0; isAnyToTell(); told++) {
                if (told == MOST_TOLD && !ended) {
                    control.timers().arm(rest, control.nowNanos());
                    return;
                }
                waiting.remove().action.run();
            }
        } finally {
            telling = false;
        }
    }

    private boolean isAnyToTell() {
        Waiting next = waiting.peek();
        return next != null && next.changes <= published;
    }

    /** Publishes what can be published now, and sees to it that the rest will be. */
    private void refresh() {
        refresh(pool.current().members());
    }

    private void refresh(Members inForce) {
        control.timers().cancel(soon);
        refreshedNanos = control.nowNanos();
        List<BackendEntry> all = List.copyOf(entries);
        Members wanted = Members.of(all, selector);
        if (wanted.isSameSet(inForce)) {
            publish(all, inForce);
            published = preparing ? published : changes;
        } else if (wanted.size() <= small && !preparing) {
            publish(all, prepared(wanted));
            published = changes;
        } else {
            publish(all, inForce);
            if (!preparing) {
                prepareAway(wanted);
            }
        }
        tell();
    }

    private void publish(List<BackendEntry> all, Members members) {
        Tiers tiers = Tiers.of(all, members, failover);
        pool.publish(new Snapshot(all, members, tiers, full, queues));
        reader.onPublished(tiers);
    }

    // ---- off the loops

    private void prepareAway(Members wanted) {
        long upTo = changes;
        long nowNanos = control.nowNanos();
        preparing = errands.run(() -> {
            finished.set(new Prepared(prepared(wanted, new CandidateView(), nowNanos), upTo));
            control.post(this::onPrepared); // if that is refused, the timer looks
        });
        if (preparing) {
            control.timers().arm(look, nowNanos + PACE_NANOS);
        } else {
            control.timers().arm(soon, nowNanos + PACE_NANOS);
        }
    }

    private void onPrepared() {
        if (!preparing || ended) {
            return;
        }
        Prepared prepared = finished.getAndSet(null);
        if (prepared == null) {
            control.timers().arm(look, control.nowNanos() + PACE_NANOS);
            return;
        }
        control.timers().cancel(look);
        preparing = false;
        published = prepared.changes;
        refresh(prepared.members); // and again, if something has changed since
    }

    private Members prepared(Members members) {
        return prepared(members, view, control.nowNanos());
    }

    private Members prepared(Members members, CandidateView shown, long nowNanos) {
        try {
            return members.with(selector.prepare(shown.show(members, nowNanos)));
        } catch (Throwable thrown) {
            LOG.error("{}: the selector could not be prepared for {} backends", proxy, members.size(), thrown);
            return members;
        }
    }
}
