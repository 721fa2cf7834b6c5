package io.lbkit.core.backend;

import io.lbkit.Failover;
import io.lbkit.ProxyConfig;
import io.lbkit.Selector;
import io.lbkit.core.backend.Roster.Row;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what the table knows to the loops, as snapshots, and says when that has been done.
 *
 * <p>A small set is published at once, within the turn. A large one is published off the loops, so that no turn looks at all of
 * it: the next snapshot is drawn from the {@link Roster} every few milliseconds, if anything has changed. Where that shows
 * another set of members or weights, the selector is prepared for it, one set at a time; what changes meanwhile makes up the
 * next one. Which members are usable does not wait for that; it is mapped to the set in force. Whoever waits for a change to be
 * published is told in the order of the changes.
 *
 * <p>Owned by the control loop, but for what it hands over with an errand.
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

    /** Least time between two snapshots of a large set: each costs some passes over it. */
    private static final long PACE_NANOS = 10_000_000;

    /** How many of those who wait are told in a turn, when a set of thousands comes in. */
    private static final int MOST_TOLD = 256;

    /** What the selector was prepared for, and how many changes that has seen. */
    private record Prepared(Members members, long changes) {}

    /**
     * What came of a drawing.
     *
     * @param snapshot null if it has failed
     * @param base whose members the snapshot is of
     * @param wanted the members there should be, if they are others
     * @param changes how many that has seen
     */
    private record Drawn(
            @Nullable Snapshot snapshot,
            Prepared base,
            @Nullable Members wanted,
            long changes) {}

    private record Waiting(long changes, Runnable action) {}

    private final String proxy;
    private final EventLoop control;
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
    private final Roster roster = new Roster();
    private final Away<Drawn> drawing;
    private final Away<Prepared> preparing;
    private List<Row> news = new ArrayList<>(); // what the roster is still to be told
    private List<Row> handedOver = List.of(); // what the drawing under way tells it
    private Prepared base = new Prepared(Members.NONE, 0); // in force, or about to be
    private int small = SMALL;
    private long changes;
    private long published; // every change up to this one
    private long drawn; // the current snapshot has seen so many
    private long configured; // the last one of who is a member, and as what
    private long refreshedNanos;
    private int held;
    private boolean telling;
    private boolean ended;

    /**
     * @param entries all there are, a view of the table's own: only to be counted
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
        this.selector = config.selector();
        this.failover = config.failover();
        this.queues = config.limits().queueCapacity() > 0;
        this.full = full;
        this.entries = entries;
        this.reader = reader;
        this.refreshedNanos = control.nowNanos() - PACE_NANOS;
        this.drawing = new Away<>(control, errands);
        this.preparing = new Away<>(control, errands);
    }

    @Override
    public void onDue(Timer due) {
        if (due == soon) {
            draw();
        } else {
            tell();
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
        publishNow();
    }

    /** The next change is one of who is a member, and as what. */
    void configured() {
        configured = changes + 1;
    }

    /** Whether a snapshot names all there are, as they are configured now. */
    boolean isAllOf(Snapshot snapshot) {
        return snapshot == pool.current() && drawn >= configured;
    }

    /** The place of an entry in the order, its weight, or its state may have changed. */
    void note(BackendEntry entry) {
        news.add(Row.of(entry));
    }

    /** An entry is there no more, or comes anew. */
    void gone(BackendEntry entry) {
        news.add(Row.gone(entry));
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
            publishNow();
        } else {
            drawSoon();
        }
    }

    private boolean isSmall() {
        return entries.size() <= small
                && pool.current().size() <= small
                && !drawing.isUnderWay()
                && !preparing.isUnderWay();
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
        drawing.end();
        preparing.end();
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

    // ---- on the loop

    private void publishNow() {
        control.timers().cancel(soon);
        roster.take(takeNews());
        Members wanted = roster.members(selector);
        boolean same = wanted.isSameSet(base.members);
        base = new Prepared(same ? base.members : prepared(wanted, view, control.nowNanos()), changes);
        publish(snapshot(base.members), changes);
        published = changes;
        tell();
    }

    private List<Row> takeNews() {
        List<Row> taken = news;
        news = new ArrayList<>();
        return taken;
    }

    private void publish(Snapshot next, long upTo) {
        drawn = upTo;
        pool.publish(next);
        reader.onPublished(next.tiers());
    }

    // ---- off the loops

    private void drawSoon() {
        if (!soon.isArmed() && !drawing.isUnderWay()) {
            control.timers().arm(soon, refreshedNanos + PACE_NANOS);
        }
    }

    private void draw() {
        assert !drawing.isUnderWay();
        control.timers().cancel(soon);
        refreshedNanos = control.nowNanos();
        Prepared of = base;
        long upTo = changes;
        List<Row> told = takeNews();
        handedOver = told;
        if (!drawing.begin(() -> drawn(of, told, upTo), this::onDrawn)) {
            takeBack();
        }
    }

    /** No drawing was made, and the next one is to tell the roster what this one should have. */
    private void takeBack() {
        handedOver.addAll(news);
        news = handedOver;
        handedOver = List.of();
        drawSoon();
    }

    /** On an errand. */
    private Drawn drawn(Prepared of, List<Row> told, long upTo) {
        try {
            roster.take(told);
            Members wanted = roster.members(selector);
            return new Drawn(snapshot(of.members), of, wanted.isSameSet(of.members) ? null : wanted, upTo);
        } catch (Throwable thrown) {
            LOG.error("{}: the backends could not be published", proxy, thrown);
            return new Drawn(null, of, null, upTo);
        }
    }

    private void onDrawn(Drawn done) {
        if (done.snapshot == null) {
            takeBack();
            return;
        }
        handedOver = List.of();
        if (done.base != base) {
            draw(); // the selector was prepared for another set meanwhile
            return;
        }
        publish(done.snapshot, done.changes);
        boolean all =
                done.wanted == null && !preparing.isUnderWay(); // or it is wanted again, while another is prepared
        published = Math.max(published, all ? done.changes : base.changes);
        boolean refused = done.wanted != null && !preparing.isUnderWay() && !prepareAway(done.wanted, done.changes);
        if (refused || changes > done.changes) {
            drawSoon();
        }
        tell();
    }

    private boolean prepareAway(Members wanted, long upTo) {
        long nowNanos = control.nowNanos();
        return preparing.begin(
                () -> new Prepared(prepared(wanted, new CandidateView(), nowNanos), upTo), this::onPrepared);
    }

    private void onPrepared(Prepared prepared) {
        base = prepared;
        if (!drawing.isUnderWay()) {
            draw();
        }
    }

    // ---- on any thread

    private Snapshot snapshot(Members members) {
        List<BackendEntry> all = roster.all();
        return new Snapshot(all, members, Tiers.of(all, members, failover), full, queues);
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
