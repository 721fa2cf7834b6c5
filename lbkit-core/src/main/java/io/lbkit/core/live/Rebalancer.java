package io.lbkit.core.live;

import io.lbkit.BackendState;
import io.lbkit.Rebalance;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendWatch;
import io.lbkit.core.backend.CandidateView;
import io.lbkit.core.backend.Pool;
import io.lbkit.core.backend.Snapshot;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import io.lbkit.core.relay.Relay;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes sessions of backends that have more than their share, after another one has joined, until none has; what counts
 * and which go is explained at {@link Rebalance}. A handful takes two rounds over the loops: each says how long its
 * sessions of the backend have been silent, and then each closes those that are among the longest silent of all.
 *
 * <p>Owned by the control loop.
 */
public final class Rebalancer implements BackendWatch, TimerOwner {

    private static final Logger LOG = LoggerFactory.getLogger(Rebalancer.class);

    /** How soon to look again when nobody is to be closed now, and how often in a row before it is over. */
    private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int LOOKS = 10;

    private final String proxy;
    private final EventLoop control;
    private final List<Relay> relays;
    private final Pool pool;
    private final Rebalance rule;
    private final Handfuls handfuls;
    private final CandidateView view = new CandidateView();
    private final Timer turn = new Timer(this);
    private final Set<BackendEntry> serving = new HashSet<>();
    private final Set<BackendEntry> spent = new HashSet<>(); // no session of theirs may be closed any more
    private @Nullable Snapshot begunFor;
    private boolean stopped;
    private boolean on;
    private long begunNanos;
    private long base;
    private int looksLeft;
    private long closed;
    private @Nullable Survey current;

    public Rebalancer(String proxy, EventLoop control, List<Relay> relays, Pool pool, Rebalance rule) {
        this.proxy = proxy;
        this.control = control;
        this.relays = relays;
        this.pool = pool;
        this.rule = rule;
        this.handfuls = new Handfuls(Math.max(1, rule.sessionsPerSecond()));
    }

    /** A backend on probation is open, but has not joined yet. */
    @Override
    public void onUpdated(BackendEntry entry) {
        boolean serves = (entry.state() == BackendState.UP || entry.state() == BackendState.RAMPING)
                && entry.backend().weight() > 0;
        if (!serves) {
            serving.remove(entry);
        } else if (serving.add(entry)) {
            begin(entry);
        }
    }

    private void begin(BackendEntry joined) {
        if (stopped || !rule.isOn() || begunFor == pool.current()) {
            return; // of thousands that join together the first one has counted for all
        }
        begunFor = pool.current();
        long total = 0;
        int size = show().size();
        for (int i = 0; i < size; i++) {
            total += view.connections(i);
        }
        if (total == 0) {
            return;
        }
        base = on ? Math.max(base, total) : total;
        begunNanos = control.freshNanos();
        spent.clear();
        looksLeft = LOOKS;
        if (!on) {
            on = true;
            closed = 0;
            LOG.info("{}: rebalancing {} sessions, because {} has joined", proxy, total, joined.backend());
            control.timers().arm(turn, control.nowNanos());
        }
    }

    /** Closes no more sessions, whoever joins. */
    public void stop() {
        stopped = true;
        end();
    }

    private void end() {
        on = false;
        current = null;
        control.timers().cancel(turn);
    }

    private CandidateView show() {
        return view.showServing(pool.current(), control.nowNanos());
    }

    @Override
    public void onDue(Timer timer) {
        closeSome();
    }

    private void closeSome() {
        int size = show().size();
        int[] sessions = new int[size];
        int[] weights = new int[size];
        int[] most = new int[size];
        long total = 0;
        boolean ramping = false;
        for (int i = 0; i < size; i++) {
            BackendEntry entry = view.entry(i);
            int now = entry.active();
            total += now;
            sessions[i] = spent.contains(entry) ? 0 : now;
            weights[i] = view.weight(i);
            most[i] = entry.most();
            ramping |= entry.state() == BackendState.RAMPING;
        }
        Shares shares = new Shares(Math.max(base, total), weights, most, rule.tolerancePercent());
        int above = shares.mostAbove(sessions);
        if (above >= 0) {
            looksLeft = LOOKS;
            survey(view.entry(above), shares.excess(above, sessions[above]), shares.share(above));
        } else if (!ramping && --looksLeft == 0) {
            end();
            LOG.info("{}: rebalanced, {} sessions closed", proxy, closed);
        } else {
            // A ramp will raise somebody's share, and closed clients may come back to where they were.
            control.timers().arm(turn, control.nowNanos() + LOOK_AGAIN_NANOS);
        }
    }

    private void survey(BackendEntry entry, int excess, double share) {
        int most = Math.min(excess, handfuls.take(control.nowNanos()));
        if (most == 0) {
            control.timers().arm(turn, handfuls.nextNanos());
            return;
        }
        Survey survey = new Survey(entry, begunNanos, most, (int) Math.ceil(share), relays.size());
        current = survey;
        for (int i = 0; i < relays.size(); i++) {
            ask(i, relays.get(i), survey);
        }
    }

    private void ask(int index, Relay relay, Survey survey) {
        control.send(relay.loop(), () -> {
            long[] activity = relay.sessions().longestSilent(survey.entry, survey.begunNanos, survey.most);
            relay.loop().send(control, () -> onTold(index, activity, survey));
        });
    }

    private void onTold(int index, long[] activity, Survey survey) {
        survey.onTold(index, activity);
        if (survey == current && survey.isComplete()) {
            int[] counts = survey.counts();
            if (Arrays.stream(counts).sum() == 0) {
                spent.add(survey.entry);
            }
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] > 0) {
                    close(relays.get(i), counts[i], survey);
                }
            }
            control.timers().arm(turn, handfuls.nextNanos());
        }
    }

    private void close(Relay relay, int count, Survey survey) {
        long limit = survey.limit();
        control.send(relay.loop(), () -> {
            int done = relay.sessions().closeSilent(survey.entry, survey.begunNanos, limit, count, survey.least);
            relay.loop().send(control, () -> closed += done);
        });
    }
}
