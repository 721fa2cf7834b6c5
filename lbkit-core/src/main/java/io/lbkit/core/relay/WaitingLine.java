package io.lbkit.core.relay;

import io.lbkit.BackendState;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendWatch;
import io.lbkit.core.backend.CandidateView;
import io.lbkit.core.backend.Place;
import io.lbkit.core.backend.Pool;
import io.lbkit.core.backend.Snapshot;
import io.lbkit.core.loop.Command;
import io.lbkit.core.loop.EventLoop;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a pool that found every backend full, first come, first served. While anybody waits, newcomers go to the
 * end, and a place that becomes free is not given back but handed over to the first one who has a use for it. So nobody
 * is overtaken, and a limit holds exactly. The model is HAProxy's queue, of which there is one for each process.
 *
 * <p>Nobody is forgotten between "all are full" and "a place became free": a session is counted as waiting before the line
 * looks for room for it, and whoever gives a place back looks at that count afterwards.
 *
 * <p>Owned by the control loop, but for the three counts, which are shared, and the methods that say so.
 */
public final class WaitingLine implements BackendWatch {

    private final EventLoop control;
    private final int capacity;
    private final Pool pool;
    private final Lane.Owner owner;
    private final CandidateView view = new CandidateView();
    // Raised by a session's loop before it asks for room; lowered by whoever ends its wait.
    private final AtomicInteger waiting = new AtomicInteger();
    // Places on their way here: raised by the loop of the session that had one, lowered here.
    private final AtomicInteger handedOver = new AtomicInteger();
    private final AtomicBoolean lookWanted = new AtomicBoolean(); // set by any loop, cleared here
    private int
            choosy; // those in the line who have tried some backends: what is of use to others may be of none to them
    private @Nullable Ticket first;
    private @Nullable Ticket last;

    /**
     * @param capacity how many may wait; 0 if nobody does
     * @param owner told when a backend is idle, and when no place is on its way here any more
     */
    public WaitingLine(EventLoop control, int capacity, Pool pool, Lane.Owner owner) {
        this.control = control;
        this.capacity = capacity;
        this.pool = pool;
        this.owner = owner;
    }

    // ---- for every loop

    boolean isOff() {
        return capacity == 0;
    }

    /** Whether anybody waits. */
    boolean isBusy() {
        return waiting.get() > 0;
    }

    /** How many wait. Any thread. */
    public int size() {
        return waiting.get();
    }

    /** How many places are on their way here. Any thread. */
    public int handedOver() {
        return handedOver.get();
    }

    /** Counts one more who waits, before it looks for room for the last time; false if the line is full. */
    boolean tryEnter() {
        int now;
        do {
            now = waiting.get();
            if (now >= capacity) {
                return false;
            }
        } while (!waiting.compareAndSet(now, now + 1));
        return true;
    }

    /** Lines up, after {@link #tryEnter}. */
    void join(Ticket ticket) {
        send(ticket.loop(), () -> onJoin(ticket));
    }

    /** Called by the session that has left. */
    void onLeft(Ticket ticket) {
        waiting.decrementAndGet();
        send(ticket.loop(), () -> unlink(ticket));
    }

    /** Gives a place back: to the line, if that can use it. */
    void release(BackendEntry entry, EventLoop loop) {
        if (isBusy() && canPassOn(entry)) {
            handedOver.incrementAndGet();
            send(loop, () -> onHandedOver(entry));
            return;
        }
        if (entry.release()) {
            loop.send(control, () -> owner.onIdle(entry));
        }
        if (isBusy()) {
            lookAgain(loop);
        }
    }

    private boolean canPassOn(BackendEntry entry) {
        return entry.active() == entry.most() && pool.current().admits(entry);
    }

    private void lookAgain(EventLoop loop) {
        if (lookWanted.compareAndSet(false, true)) {
            send(loop, this::look);
        }
    }

    /** Never at once: whoever calls is in the middle of something. */
    private void send(EventLoop from, Command command) {
        from.sendLater(control, command);
    }

    // ---- on the control loop

    /** There may be room that was not there before. */
    @Override
    public void onNews() {
        if (isBusy()) {
            lookAgain(control);
        }
    }

    private void onJoin(Ticket ticket) {
        Ticket before = last;
        while (before != null && ticket.comesBefore(before)) {
            before = before.previous;
        }
        insert(ticket, before);
        look();
    }

    private void onHandedOver(BackendEntry entry) {
        Ticket taker = firstFor(entry);
        while (taker != null && !grant(taker, entry, Place.ORDINARY)) {
            taker = firstFor(entry);
        }
        if (taker == null) {
            giveBack(entry, Place.ORDINARY);
            look(); // what it is to others has changed on the way
        }
        if (handedOver.decrementAndGet() == 0) {
            owner.onSettled();
        }
    }

    /**
     * Nobody for a backend on probation, whose limit alone does not say whether there is a place. Asked here and not by whoever
     * gave the place back: probation may have begun on the way.
     */
    private @Nullable Ticket firstFor(BackendEntry entry) {
        if (entry.active() > entry.most() || entry.state() == BackendState.PROBING) {
            return null;
        }
        Snapshot snapshot = pool.current();
        boolean ofUse = snapshot.offers(entry, List.of());
        for (Ticket ticket = first; ticket != null && (ofUse || choosy > 0); ticket = ticket.next) {
            if (ticket.tried().isEmpty() ? ofUse : snapshot.offers(entry, ticket.tried())) {
                return ticket;
            }
        }
        return null;
    }

    /** Looks for room for those who wait, in their order. */
    private void look() {
        lookWanted.set(false);
        boolean isRoom = true; // for those who have tried none
        for (Ticket ticket = first; ticket != null && (isRoom || choosy > 0); ) {
            Ticket following = ticket.next;
            if (ticket.tried().isEmpty()) {
                isRoom = isRoom && serve(ticket);
            } else {
                serve(ticket);
            }
            ticket = following;
        }
    }

    /** False if there is no room for it. */
    private boolean serve(Ticket ticket) {
        while (isRoomFor(ticket)) {
            BackendEntry entry = view.entry(roomiest(view));
            Place place = entry.tryReserve();
            if (place != Place.NONE) {
                if (!grant(ticket, entry, place)) {
                    giveBack(entry, place);
                }
                return true;
            }
        }
        return false;
    }

    private boolean isRoomFor(Ticket ticket) {
        return view.show(pool.current(), ticket.tried(), true, control.random(), control.nowNanos())
                        .size()
                > 0;
    }

    /** The one with the fewest sessions for its weight: whoever waits takes what there is, no selector is asked to rank. */
    private static int roomiest(CandidateView candidates) {
        int best = 0;
        for (int i = 1; i < candidates.size(); i++) {
            long here = (candidates.connections(i) + 1L) * candidates.weight(best);
            long there = (candidates.connections(best) + 1L) * candidates.weight(i);
            if (here < there) {
                best = i;
            }
        }
        return best;
    }

    /** Ends a wait with a place that is held; false if the session has left meanwhile. */
    private boolean grant(Ticket ticket, BackendEntry entry, Place place) {
        unlink(ticket);
        if (!ticket.grant(entry, place)) {
            return false;
        }
        waiting.decrementAndGet();
        control.send(ticket.loop(), () -> ticket.session().onGranted(ticket));
        return true;
    }

    private void giveBack(BackendEntry entry, Place place) {
        entry.onNothing(place);
        if (entry.release()) {
            owner.onIdle(entry);
        }
    }

    private void insert(Ticket ticket, @Nullable Ticket before) {
        Ticket after = before == null ? first : before.next;
        ticket.previous = before;
        ticket.next = after;
        if (before == null) {
            first = ticket;
        } else {
            before.next = ticket;
        }
        if (after == null) {
            last = ticket;
        } else {
            after.previous = ticket;
        }
        ticket.isListed = true;
        choosy += ticket.tried().isEmpty() ? 0 : 1;
    }

    private void unlink(Ticket ticket) {
        if (!ticket.isListed) {
            return;
        }
        if (ticket.previous == null) {
            first = ticket.next;
        } else {
            ticket.previous.next = ticket.next;
        }
        if (ticket.next == null) {
            last = ticket.previous;
        } else {
            ticket.next.previous = ticket.previous;
        }
        ticket.isListed = false;
        choosy -= ticket.tried().isEmpty() ? 0 : 1;
    }

    /** The first in the line, which has the others behind it; null if it is empty. */
    @Nullable
    Ticket first() {
        return first;
    }
}
