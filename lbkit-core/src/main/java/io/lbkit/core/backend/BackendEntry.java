package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The run-time record of one backend. It lives as long as its id is in the pool or has sessions, whatever else about the
 * backend changes.
 *
 * <p>Shared; each field says who writes.
 */
public final class BackendEntry {

    private static final int LINE = 16; // longs to a stripe of bytes, so that loops do not share a cache line
    private static final VarHandle ACTIVE;

    static {
        try {
            ACTIVE = MethodHandles.lookup().findVarHandle(BackendEntry.class, "active", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Written by the control loop. Readers take what a pick saw in its snapshot where that matters.
    private volatile Backend backend;
    private volatile BackendState state = BackendState.UP;
    private volatile Condition condition;
    private volatile int most; // sessions, by the configuration or by less
    // Owned by the control loop.
    private final Standing standing = new Standing();
    // Written by the control loop, for readers of the stats.
    private volatile @Nullable CheckRecord check;
    private volatile @Nullable AgentRecord agent;
    // Written by every loop at the rate of connections.
    private volatile int active; // changed by ACTIVE
    private final AtomicLong sessions = new AtomicLong();
    private final AtomicLong picks = new AtomicLong();
    private final AtomicLong connectFailures = new AtomicLong();
    private final AtomicLong connectTimeouts = new AtomicLong();
    private final AtomicLong cut = new AtomicLong();
    private final Faults faults = new Faults();
    private final Probation probation = new Probation();
    private final FullCount full;
    private final AtomicBoolean countedFull = new AtomicBoolean();
    private final RecentPicks recent;
    private final ResponseTime connectTime;
    private final ResponseTime firstByteTime;
    // Written by every loop at the rate of reads and writes, each in its own stripe.
    private final AtomicLongArray bytes;

    /** @param full counts the backends of the pool that are full */
    public BackendEntry(Backend backend, int loops, FullCount full, long nowNanos) {
        this.backend = backend;
        this.most = backend.maxConnections();
        this.full = full;
        this.condition = new Condition(nowNanos, "", backend.weight(), 0, 0);
        recent = new RecentPicks(nowNanos);
        connectTime = new ResponseTime(nowNanos);
        firstByteTime = new ResponseTime(nowNanos);
        bytes = new AtomicLongArray(loops * LINE);
    }

    public Backend backend() {
        return backend;
    }

    public BackendState state() {
        return state;
    }

    // ---- for the control loop

    Standing standing() {
        return standing;
    }

    Condition condition() {
        return condition;
    }

    void configure(Backend backend) {
        this.backend = backend;
    }

    void moveTo(BackendState state, Condition condition) {
        if (state == BackendState.PROBING && this.state != BackendState.PROBING) {
            probation.open();
        }
        this.condition = condition;
        this.state = state;
        countFull();
    }

    /** At most so many sessions from now on; those it has are not touched. */
    void limit(int most) {
        this.most = most;
        countFull();
    }

    /** Whether it is one of some entries, or has the id of one that was taken out of the pool meanwhile. */
    boolean isAmong(List<BackendEntry> entries) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i) == this || entries.get(i).backend.equals(backend)) {
                return true;
            }
        }
        return false;
    }

    // ---- places

    /**
     * Takes a place, before the connect, or none if the backend is full. Whoever has taken one asks
     * {@link CandidateView#admits} next: a drain moves the state and then looks for places taken. So either we see the drain, or the drain sees us.
     */
    public Place tryReserve() {
        boolean probing = state == BackendState.PROBING;
        if (probing && !probation.tryTake()) {
            return Place.NONE;
        }
        int limit = most;
        int now;
        do {
            now = active;
            if (now >= limit) {
                if (probing) {
                    probation.giveBack();
                }
                return Place.NONE;
            }
        } while (!ACTIVE.compareAndSet(this, now, now + 1));
        if (probing || now + 1 >= limit) {
            countFull();
        }
        return probing ? Place.PROBE : Place.ORDINARY;
    }

    /** Gives a place back; true if somebody waits for the last one. */
    public boolean release() {
        int left = (int) ACTIVE.getAndAdd(this, -1) - 1;
        assert left >= 0 : "released more often than reserved: " + backend;
        if (left + 1 >= most) {
            countFull();
        }
        return left == 0 && isLeaving();
    }

    /** After a change that may have filled it or made room: whoever changed it last sees it as it is. */
    private void countFull() {
        for (boolean is = isFull(); countedFull.get() != is; is = isFull()) {
            if (countedFull.compareAndSet(!is, is)) {
                full.add(is ? 1 : -1);
            }
        }
    }

    /** Whether it takes no session now although its state would allow it. */
    public boolean isFull() {
        return active >= most || isProbed();
    }

    /** Whether it has more sessions than it may have since its limit was lowered. */
    public boolean isOverfull() {
        return active > most;
    }

    /** Whether it has the one session that it may have on probation. */
    boolean isProbed() {
        return state == BackendState.PROBING && !probation.isFree();
    }

    /** Whether it gets new sessions. */
    public boolean isOpen() {
        return state.isOpen();
    }

    /** Whether it gives up its sessions one by one, and somebody may wait for the last one. */
    boolean isLeaving() {
        return state.compareTo(BackendState.DRAINING) >= 0;
    }

    /** How many sessions it may have now. */
    public int most() {
        return most;
    }

    public int active() {
        return active;
    }

    /** As {@link #active()}, for a pick: ordered with nothing else, and not read again where it was read already. */
    int glimpseActive() {
        return (int) ACTIVE.get(this);
    }

    // ---- what became of a place; each says whether the control loop must be told

    /** The session connects now. */
    public void onPick(long nowNanos) {
        picks.incrementAndGet();
        recent.onPick(nowNanos);
    }

    public boolean onConnected(Place place) {
        sessions.incrementAndGet();
        return place == Place.PROBE && probation.pass();
    }

    /** The backend did its part: bytes have moved. */
    public void onSound() {
        faults.clearRow();
    }

    /**
     * The connect failed, or the connection was reset before a byte had moved.
     *
     * @param row how many failures in a row are told of, 0 for none
     */
    public boolean onFault(Place place, boolean connected, int row) {
        boolean rowIsLong = faults.onFault(connected, row);
        boolean probeFailed = place == Place.PROBE && probation.fail(connected);
        return rowIsLong || probeFailed;
    }

    /** The session has left without anything to be learned about the backend. */
    public void onNothing(Place place) {
        if (place == Place.PROBE) {
            probation.giveBack();
            countFull();
        }
    }

    public void onConnectFailed(boolean timeout) {
        connectFailures.incrementAndGet();
        if (timeout) {
            connectTimeouts.incrementAndGet();
        }
    }

    /** A session was reset because of a drain or removal. */
    public void onCut() {
        cut.incrementAndGet();
    }

    Faults faults() {
        return faults;
    }

    Probation probation() {
        return probation;
    }

    // ---- numbers

    public double recentPicks(long nowNanos) {
        return recent.rate(nowNanos);
    }

    public ResponseTime connectTime() {
        return connectTime;
    }

    public ResponseTime firstByteTime() {
        return firstByteTime;
    }

    long sessions() {
        return sessions.get();
    }

    long cut() {
        return cut.get();
    }

    /** Counts bytes delivered, on the loop whose stripe it is. */
    public void onBytes(int loop, long toBackend, long toClient) {
        int at = loop * LINE;
        bytes.setOpaque(at, bytes.getPlain(at) + toBackend);
        bytes.setOpaque(at + 1, bytes.getPlain(at + 1) + toClient);
    }

    /** What health checks have found; null if there are none. */
    public @Nullable CheckRecord check() {
        return check;
    }

    public void onCheck(CheckRecord check) {
        this.check = check;
    }

    /** What its agent has said; null if it has none. */
    public @Nullable AgentRecord agent() {
        return agent;
    }

    public void onAgent(AgentRecord agent) {
        this.agent = agent;
    }

    BackendStats stats(long nowNanos) {
        CheckRecord check = this.check;
        AgentRecord agent = this.agent;
        long toBackend = 0;
        long toClient = 0;
        for (int at = 0; at < bytes.length(); at += LINE) {
            toBackend += bytes.getOpaque(at);
            toClient += bytes.getOpaque(at + 1);
        }
        Condition is = condition;
        BackendState now = state;
        return new BackendStats(
                backend,
                now,
                Duration.ofNanos(Math.max(0, nowNanos - is.sinceNanos())),
                is.why(),
                is.weight(),
                is.ejections(),
                now == BackendState.EJECTED ? Duration.ofNanos(Math.max(0, is.ejectedUntilNanos() - nowNanos)) : null,
                active,
                sessions.get(),
                picks.get(),
                connectFailures.get(),
                connectTimeouts.get(),
                toBackend,
                toClient,
                time(connectTime.nanos(nowNanos)),
                time(firstByteTime.nanos(nowNanos)),
                check == null ? null : check.stats(nowNanos),
                agent == null ? null : agent.stats());
    }

    private static @Nullable Duration time(long nanos) {
        return nanos == 0 ? null : Duration.ofNanos(nanos);
    }
}
