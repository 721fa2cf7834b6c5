package io.lbkit.core.live;

import io.lbkit.BackendState;
import io.lbkit.CloseReason;
import io.lbkit.SessionPolicy;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendWatch;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import io.lbkit.core.relay.Relay;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts the sessions of backends that get no new ones, as many in a second as the limits say and one backend after the other.
 * An order to cut travels from loop to loop until its number is used up, and comes back with what is left of it.
 *
 * <p>Owned by the control loop.
 */
public final class Cuts implements BackendWatch, TimerOwner {

    /**
     * @param begunNanos sessions that began later are none of its business: where all backends are down, some are served all
     *     the same
     */
    private record Cut(BackendEntry entry, CloseReason reason, long begunNanos) {

        /** Whether its cause has not passed. Any loop. */
        boolean holds() {
            return reason == CloseReason.BACKEND_DOWN ? entry.state() == BackendState.DOWN : !entry.isOpen();
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Cuts.class);

    private final String proxy;
    private final EventLoop control;
    private final List<Relay> relays;
    private final SessionPolicy whenDown;
    private final Handfuls handfuls;
    private final Map<BackendEntry, Cut> cuts = new LinkedHashMap<>();
    private final Map<BackendEntry, Timer> deadlines = new HashMap<>(); // of those that are down, over or not
    private final Timer turn = new Timer(this);
    private boolean onTheWay;
    private int firstVisited;

    /**
     * @param perSecond how many sessions in a second at most
     * @param whenDown what becomes of the sessions of a backend that is down
     */
    public Cuts(String proxy, EventLoop control, List<Relay> relays, int perSecond, SessionPolicy whenDown) {
        this.proxy = proxy;
        this.control = control;
        this.relays = relays;
        this.handfuls = new Handfuls(perSecond);
        this.whenDown = whenDown;
    }

    /** Begins to cut the sessions of a backend that gets no new ones. */
    public void begin(BackendEntry entry, CloseReason reason) {
        assert control.isCurrent();
        LOG.info("{}: cutting {} sessions of {}: {}", proxy, entry.active(), entry.backend(), reason);
        cuts.put(entry, new Cut(entry, reason, control.freshNanos()));
        if (!onTheWay && !turn.isArmed()) {
            cutSome();
        }
    }

    /**
     * It may have been ejected when it went down, or be drained now. Of one that was added: down until it was checked, perhaps;
     * then it serves while all are down, and its sessions are as those of any other.
     */
    @Override
    public void onUpdated(BackendEntry entry) {
        Duration deadline = whenDown.deadline();
        Cut cut = cuts.get(entry);
        if (cut != null && !cut.holds()) {
            cuts.remove(entry); // should its cause come again, the time counts anew
        }
        if (entry.state() != BackendState.DOWN) {
            forget(entry);
        } else if (deadline != null && !deadlines.containsKey(entry)) {
            Timer timer = new Timer(() -> onDeadline(entry));
            deadlines.put(entry, timer);
            control.timers().arm(timer, control.nowNanos() + deadline.toNanos());
        }
    }

    @Override
    public void onUp(BackendEntry entry) {
        forget(entry);
        cuts.remove(entry);
    }

    private void forget(BackendEntry entry) {
        Timer timer = deadlines.remove(entry);
        if (timer != null) {
            control.timers().cancel(timer);
        }
    }

    private void onDeadline(BackendEntry entry) {
        if (entry.state() == BackendState.DOWN) {
            begin(entry, CloseReason.BACKEND_DOWN);
        }
    }

    @Override
    public void onDue(Timer timer) {
        cutSome();
    }

    private void cutSome() {
        Cut next = next();
        if (next == null) {
            return;
        }
        int most = handfuls.take(control.nowNanos());
        if (most == 0) {
            control.timers().arm(turn, handfuls.nextNanos());
        } else {
            onTheWay = true;
            firstVisited = firstVisited + 1 == relays.size() ? 0 : firstVisited + 1;
            send(control, firstVisited, 1, next, most);
        }
    }

    /** The first one of which anything is left to do; those before it are dropped. */
    private @Nullable Cut next() {
        for (Iterator<Cut> each = cuts.values().iterator(); each.hasNext(); ) {
            Cut cut = each.next();
            if (cut.holds() && cut.entry.active() > 0) {
                return cut;
            }
            each.remove();
        }
        return null;
    }

    private void send(EventLoop from, int index, int visit, Cut cut, int most) {
        from.send(relays.get(index).loop(), () -> visit(index, visit, cut, most));
    }

    /** On the loop that is visited. */
    private void visit(int index, int visit, Cut cut, int most) {
        Relay relay = relays.get(index);
        int done = cut.holds() ? relay.sessions().cut(cut.entry, cut.reason, cut.begunNanos, most) : 0;
        int left = most - done;
        if (left > 0 && visit < relays.size()) {
            send(relay.loop(), index + 1 == relays.size() ? 0 : index + 1, visit + 1, cut, left);
        } else {
            relay.loop().sendLater(control, () -> onReturn(cut, left)); // not at once: it begins the next one
        }
    }

    private void onReturn(Cut cut, int left) {
        onTheWay = false;
        if (left > 0) {
            cuts.remove(cut.entry, cut); // all loops were visited: there are no more
            handfuls.putBack(left); // where there was none, the next backend need not wait
        }
        cutSome();
    }
}
