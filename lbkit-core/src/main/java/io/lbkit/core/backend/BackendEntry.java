package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
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

    // Written by the control loop. Readers take what a pick saw in its snapshot where that matters.
    private volatile Backend backend;
    private volatile BackendState state = BackendState.UP;
    // Written by every loop at the rate of connections.
    private final AtomicInteger active = new AtomicInteger();
    private final AtomicLong sessions = new AtomicLong();
    private final AtomicLong picks = new AtomicLong();
    private final AtomicLong connectFailures = new AtomicLong();
    private final AtomicLong connectTimeouts = new AtomicLong();
    private final AtomicLong cut = new AtomicLong();
    private final RecentPicks recent;
    private final ResponseTime connectTime;
    private final ResponseTime firstByteTime;
    // Written by every loop at the rate of reads and writes, each in its own stripe.
    private final AtomicLongArray bytes;

    public BackendEntry(Backend backend, int loops, long nowNanos) {
        this.backend = backend;
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

    void configure(Backend backend) {
        this.backend = backend;
    }

    void moveTo(BackendState state) {
        this.state = state;
    }

    /**
     * Takes a place, before the connect; false if the backend is full. Whoever has taken one asks {@link #isOpen()} next: a
     * drain moves the state and then looks for places taken. So either we see the drain, or the drain sees us.
     */
    public boolean tryReserve() {
        int most = backend.maxConnections();
        int now;
        do {
            now = active.get();
            if (now >= most) {
                return false;
            }
        } while (!active.compareAndSet(now, now + 1));
        return true;
    }

    /** Whether it gets new sessions. */
    public boolean isOpen() {
        return state == BackendState.UP;
    }

    /** A session has its place here and connects now. */
    public void onPick(long nowNanos) {
        picks.incrementAndGet();
        recent.onPick(nowNanos);
    }

    /** Gives a place back; true if somebody waits for the last one. */
    public boolean release() {
        int left = active.decrementAndGet();
        assert left >= 0 : "released more often than reserved: " + backend;
        return left == 0 && state != BackendState.UP;
    }

    public boolean isFull() {
        return active.get() >= backend.maxConnections();
    }

    /** Whether it has more sessions than it may have since its limit was lowered. */
    public boolean isOverfull() {
        return active.get() > backend.maxConnections();
    }

    public int active() {
        return active.get();
    }

    public double recentPicks(long nowNanos) {
        return recent.rate(nowNanos);
    }

    public ResponseTime connectTime() {
        return connectTime;
    }

    public ResponseTime firstByteTime() {
        return firstByteTime;
    }

    public void onConnected() {
        sessions.incrementAndGet();
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

    long cut() {
        return cut.get();
    }

    /** Counts bytes delivered, on the loop whose stripe it is. */
    public void onBytes(int loop, long toBackend, long toClient) {
        int at = loop * LINE;
        bytes.setOpaque(at, bytes.getPlain(at) + toBackend);
        bytes.setOpaque(at + 1, bytes.getPlain(at + 1) + toClient);
    }

    BackendStats stats(long nowNanos) {
        long toBackend = 0;
        long toClient = 0;
        for (int at = 0; at < bytes.length(); at += LINE) {
            toBackend += bytes.getOpaque(at);
            toClient += bytes.getOpaque(at + 1);
        }
        return new BackendStats(
                backend,
                state,
                active.get(),
                sessions.get(),
                picks.get(),
                connectFailures.get(),
                connectTimeouts.get(),
                toBackend,
                toClient,
                time(connectTime.nanos(nowNanos)),
                time(firstByteTime.nanos(nowNanos)));
    }

    private static @Nullable Duration time(long nanos) {
        return nanos == 0 ? null : Duration.ofNanos(nanos);
    }
}
