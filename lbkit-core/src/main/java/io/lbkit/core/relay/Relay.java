package io.lbkit.core.relay;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.ConnectFailure;
import io.lbkit.Phase;
import io.lbkit.ProxyObserver;
import io.lbkit.SendProxy;
import io.lbkit.SessionReport;
import io.lbkit.core.admission.Rate;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.CandidateView;
import io.lbkit.core.backend.Place;
import io.lbkit.core.dial.Dial;
import io.lbkit.core.loop.Command;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import io.lbkit.core.observe.LoopCounters;
import io.lbkit.core.observe.LoopCounters.Count;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;
import io.lbkit.core.transport.Opening;
import io.lbkit.core.transport.Transport;
import io.lbkit.core.wire.LogText;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of one event loop, and what they share.
 *
 * <p>Owned by one event loop, but for {@link #assigned()}.
 */
public final class Relay implements TimerOwner {

    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final long COMPLAIN_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long TRIM_EVERY_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long BRISK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int BRISK_BYTES = 384 << 10; // of a stream in one go, while somebody waits for a short answer
    private static final int MUCH_BYTES = 64 << 10; // in one go are a stream's, or a quarter of a smaller buffer

    /**
     * What the relays of a proxy have in common.
     *
     * @param control the control loop
     * @param whenPermitted sent there when somebody waits for the permit that has come back
     */
    public record Shared(
            String proxy,
            RelayLimits limits,
            Permits permits,
            ProxyObserver host,
            Gate gate,
            Dialer dialer,
            Routes routes,
            EventLoop control,
            Command whenPermitted) {}

    private final EventLoop loop;
    private final Shared shared;
    private final LoopCounters counters;
    private final ProxyObserver observer;
    private final BufferPool buffers;
    private final CandidateView candidates = new CandidateView();
    private final Caller caller;
    private final Dial dial;
    private final Timer trim = new Timer(this);
    // Written by the acceptor's loop when it hands a connection over and by this loop when a session ends.
    private final AtomicInteger assigned = new AtomicInteger();
    private final int muchBytes;
    private final SessionList sessions = new SessionList();
    private long turn;
    private long turnBytes; // moved since the last poll
    private long briskUntilNanos; // until then somebody who waits for a short answer may be about
    private long opened;
    private long complainAtNanos;

    /** @param observer the host's, guarded */
    public Relay(EventLoop loop, Shared shared, LoopCounters counters, ProxyObserver observer) {
        this.loop = loop;
        this.shared = shared;
        this.counters = counters;
        this.observer = observer;
        this.buffers = new BufferPool(shared.limits().bufferBytes(), counters);
        this.caller = new Caller(loop);
        this.dial = new Dial(loop, shared.limits().addressDelayNanos());
        this.muchBytes = Math.min(MUCH_BYTES, shared.limits().bufferBytes() / 4);
        this.briskUntilNanos = loop.nowNanos();
        this.complainAtNanos = loop.nowNanos();
        loop.timers().arm(trim, loop.nowNanos() + TRIM_EVERY_NANOS);
    }

    /**
     * Begins a session with a client whose permit is taken.
     *
     * @param tooFast whether it came faster than the proxy accepts connections, and is to be turned away
     */
    public void open(Endpoint client, Entrance entrance, boolean tooFast) {
        assert isCurrent();
        // Unique in the proxy without a shared counter: the loop in the low bits.
        Session session = new Session(this, opened++ << 6 | loop.index(), client, entrance);
        sessions.add(session);
        counters.add(Count.SESSIONS, 1);
        session.open(tooFast);
    }

    /** How many connections were handed to this loop and have not ended. Any loop. */
    public AtomicInteger assigned() {
        return assigned;
    }

    public EventLoop loop() {
        return loop;
    }

    /** Those that live. On this loop only. */
    public SessionList sessions() {
        assert isCurrent();
        return sessions;
    }

    /** Asserts what must hold between any two turns; returns how many sessions there are, and those of each backend. */
    public int assertSound(Consumer<BackendEntry> places) {
        int live = 0;
        int buffersOut = 0;
        for (Session session = sessions.first(); session != null; session = session.next) {
            live++;
            buffersOut += session.assertSound();
            session.reserved(places);
        }
        assert counters.get(Count.BUFFERS_IN_USE) == buffersOut
                : counters.get(Count.BUFFERS_IN_USE) + " buffers out, " + buffersOut + " in use";
        return live;
    }

    // ---- for sessions

    /** Counted before the endpoints are closed: whoever sees the end of a connection finds it in the counters. */
    void onClosing(CloseReason reason) {
        counters.addClosed(reason);
    }

    void onClosed(Session session, @Nullable BackendEntry entry, CloseReason reason, Phase reached) {
        sessions.remove(session);
        if (shared.host() != ProxyObserver.NONE || LOG.isDebugEnabled()) {
            SessionReport report = session.report(reason, reached);
            LOG.debug("{}", report);
            observer.onClosed(report);
        }
        // Last, because it may set off the end of a drain, which must find the session counted and reported.
        if (entry != null) {
            release(session.lane(), entry);
        }
        assigned.decrementAndGet();
        if (shared.permits().giveBack()) {
            loop.send(shared.control(), shared.whenPermitted());
        }
    }

    void release(Lane lane, BackendEntry entry) {
        lane.line().release(entry, loop);
    }

    /** The control loop may want to know something about a backend. */
    void report(Lane lane, BackendEntry entry) {
        lane.owner().onNews(loop, entry);
    }

    /** A byte has gone to the backend or come from it, or an end. */
    void onSure(Lane lane, BackendEntry entry) {
        if (!lane.outliers().firstByteTimeouts()) {
            entry.onSound();
        }
    }

    void onFirstByteTimeout(Lane lane, BackendEntry entry) {
        if (lane.outliers().firstByteTimeouts()
                && entry.onFault(Place.ORDINARY, true, lane.outliers().consecutiveFailures())) {
            report(lane, entry);
        }
    }

    /** It would have been refused. */
    void onDryRun(CloseReason reason) {
        counters.addDryRun(reason);
    }

    void onQueued() {
        counters.add(Count.QUEUED, 1);
    }

    /** The session's first backend is tried. */
    void onFirstTry(Lane lane) {
        lane.retries().onSession(loop.nowNanos());
    }

    /** Another one is tried, because the first one failed. */
    void onRetry() {
        counters.add(Count.RETRIES, 1);
    }

    void onRetryFailed(Lane lane) {
        lane.retries().onRetryFailed(loop.nowNanos());
    }

    boolean mayRetry(Lane lane, long nowNanos) {
        boolean may = lane.retries().allows(nowNanos);
        if (!may) {
            counters.add(Count.RETRIES_DENIED, 1);
        }
        return may;
    }

    void onConnected(Session session, Backend backend) {
        observer.onConnected(caller.of(session), backend);
    }

    void onConnectFailed(
            Session session, Backend backend, ConnectFailure.Cause cause, String complaint, long tookNanos) {
        boolean ours = cause == ConnectFailure.Cause.LOCAL;
        counters.add(ours ? Count.LOCAL_FAILURES : Count.CONNECT_FAILURES, 1);
        ConnectFailure failure = new ConnectFailure(
                session.id(),
                session.lane().route(),
                backend,
                session.attempt(),
                cause,
                Duration.ofNanos(tookNanos),
                LogText.of(complaint));
        LOG.debug("{}: {}", shared.proxy(), failure);
        observer.onConnectFailed(failure);
    }

    void onBytes(BackendEntry entry, long toBackend, long toClient) {
        long bytes = toBackend + toClient;
        if (turn != loop.turns()) {
            turn = loop.turns();
            turnBytes = 0;
        }
        turnBytes += bytes;
        if (!isMuch(bytes)) {
            briskUntilNanos = loop.nowNanos() + BRISK_NANOS;
        }
        counters.add(Count.BYTES_TO_BACKENDS, toBackend);
        counters.add(Count.BYTES_TO_CLIENTS, toClient);
        entry.onBytes(loop.index(), toBackend, toClient);
    }

    // ---- fairness: see "Streams wait for short messages" in docs/decisions.md

    /** Whether so many bytes in one go are a stream's, and not a message's. */
    boolean isMuch(long bytes) {
        return bytes >= muchBytes;
    }

    private boolean isBrisk() {
        return loop.nowNanos() - briskUntilNanos < 0;
    }

    /** How many bytes a direction may move in one go. */
    long turnBytes() {
        int most = shared.limits().turnBytes();
        return isBrisk() ? Math.min(BRISK_BYTES, most) : most;
    }

    /** Whether a stream has to wait until the network was asked again for those with short messages. */
    boolean mustWait() {
        return isBrisk() && (loop.hasDeferred() || turn == loop.turns() && turnBytes >= muchBytes);
    }

    void defer(Exchange waits) {
        loop.defer(waits);
    }

    void onSelectorFailed(Throwable thrown) {
        if (mayComplain()) {
            LOG.warn("{}: the selector threw; the session is reset", shared.proxy(), thrown);
        }
    }

    void onMatcherFailed(RuntimeException thrown) {
        if (mayComplain()) {
            LOG.warn("{}: a matcher of first bytes threw; the session is reset", shared.proxy(), thrown);
        }
    }

    void onDefect(Throwable defect, Session session) {
        if (mayComplain()) {
            LOG.error("{}: a defect ended {}", shared.proxy(), session, defect);
        }
    }

    private boolean mayComplain() {
        boolean may = loop.nowNanos() - complainAtNanos >= 0;
        if (may) {
            complainAtNanos = loop.nowNanos() + COMPLAIN_EVERY_NANOS;
        }
        return may;
    }

    /** Buffers may have lain idle for a while. */
    @Override
    public void onDue(Timer timer) {
        buffers.trim();
        loop.timers().arm(trim, loop.nowNanos() + TRIM_EVERY_NANOS);
    }

    /** Arms a timer unless it fires earlier anyway; its owner then looks again. */
    void arm(Timer timer, long deadlineNanos) {
        if (!timer.isArmed() || deadlineNanos - timer.deadlineNanos() < 0) {
            loop.timers().arm(timer, deadlineNanos);
        }
    }

    void cancel(Timer timer) {
        loop.timers().cancel(timer);
    }

    boolean isCurrent() {
        return loop.isCurrent();
    }

    long nowNanos() {
        return loop.nowNanos();
    }

    long freshNanos() {
        return loop.freshNanos();
    }

    Transport transport() {
        return loop.transport();
    }

    RandomGenerator random() {
        return loop.random();
    }

    String proxy() {
        return shared.proxy();
    }

    /** Over a client that is attached. */
    Layer over(int listener, Endpoint client, Session owner) {
        return shared.dialer().over(listener, loop, client, owner);
    }

    /** The PROXY header for a backend; throws what the host's code throws. */
    byte[] preface(Session session, SendProxy send) {
        return session.origin().header(send, caller.of(session), session.protocol(), Direction.MOST_PREFIX);
    }

    /**
     * Begins to connect.
     *
     * @throws IOException if this process cannot open a connection at all
     */
    Endpoint connect(Session session, Backend backend) throws IOException {
        return dial.connect(backend, backend.addresses(), session);
    }

    /** The same by TLS; throws what the host's code throws. */
    Endpoint connectByTls(Session session, Backend backend, byte[] preface) throws IOException {
        Opening opening = own -> dial.connect(backend, backend.addresses(), own);
        return shared.dialer().connect(loop, backend, session.protocol(), opening, preface, session);
    }

    /** What it has to say of TLS or of a header. */
    void onHostFailed(RuntimeException thrown) {
        if (mayComplain()) {
            LOG.warn(
                    "{}: the host's code for TLS or PROXY headers threw; the session is reset", shared.proxy(), thrown);
        }
    }

    Gate gate() {
        return shared.gate();
    }

    /** For one way of a session, if its bandwidth is limited. */
    @Nullable
    Pace pace(Lane lane, @Nullable Rate bytes) {
        return bytes == null ? null : new Pace(loop, bytes, lane.heldBack());
    }

    RelayLimits limits() {
        return shared.limits();
    }

    Routes routes() {
        return shared.routes();
    }

    BufferPool buffers() {
        return buffers;
    }

    CandidateView candidates() {
        return candidates;
    }

    Caller caller(Session session) {
        return caller.of(session);
    }
}
