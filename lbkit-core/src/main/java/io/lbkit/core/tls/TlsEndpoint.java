package io.lbkit.core.tls;

import io.lbkit.core.loop.Command;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.tls.TlsFailure.Kind;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;
import io.lbkit.core.transport.Opening;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint of plaintext over one of TLS. {@link #finishConnect} drives the handshake, for either role. After it, a stream
 * ends by a {@code close_notify} each way; one that ends without was cut and has failed.
 *
 * <p>Readiness is level-triggered here as below: plaintext that is left over is told of once a turn while somebody wants to
 * read, though the socket has nothing. What TLS has to say on its own account (handshake, key update, the end) is written
 * whenever the socket takes it, asked for or not. Nothing of ours is allocated for a record; the JDK's engine allocates a
 * little for each.
 *
 * <p>Owned by one event loop; its {@link Handshake} lends the engine to a thread now and then.
 *
 * <pre> CONNECTING --inner connected--> SHAKING --agreed--> OPEN      any --failure--> DEAD
 *        any --close, reset--> CLOSED, after which only a close_notify may still be on its way </pre>
 */
public final class TlsEndpoint implements Layer, Command {

    /** How long the last few bytes may take after {@link #close}: as long as the tail of a session that was cut. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** How often a peer may ask for new keys while it takes no answer, before it is read no more: its engine's are queued. */
    private static final int MOST_UNSAID = 32;

    private enum State {
        CONNECTING,
        SHAKING,
        OPEN,
        DEAD,
        CLOSED
    }

    private final TlsLoop tls;
    private final SSLEngine engine;
    private final RecordReader reader;
    private final RecordWriter writer;
    private final Handshake handshake;
    private @Nullable Endpoint inner; // null only until the transport has made it
    private @Nullable ReadyHandler handler;
    private State state = State.CONNECTING;
    private int connectOutcome = NOTHING;
    private boolean told = true; // false while the owner has yet to learn of an outcome
    private int wanted;
    private boolean deferred;
    private int unsaid; // answers of the engine that wait, since all was said
    private boolean outputEnded; // the engine was told
    private boolean shut;
    private boolean flushing;
    private @Nullable TlsFailure failure;
    private @Nullable Timer linger; // only while it is armed

    private TlsEndpoint(TlsLoop tls, SSLEngine engine) {
        this.tls = tls;
        this.engine = engine;
        this.reader = new RecordReader(engine, tls.buffers());
        this.writer = new RecordWriter(engine, tls.buffers());
        this.handshake = new Handshake(tls, engine, reader, writer, this::onMove);
    }

    /** Over an endpoint that was accepted and is not attached yet; the engine is a server's. */
    public static TlsEndpoint accepted(TlsLoop tls, Endpoint inner, SSLEngine engine) {
        TlsEndpoint endpoint = new TlsEndpoint(tls, engine);
        endpoint.inner = inner;
        return endpoint;
    }

    /** Over an endpoint that was accepted and is attached: whoever is told of its readiness tells us by {@link #onReady}. */
    public static TlsEndpoint over(TlsLoop tls, Endpoint inner, SSLEngine engine, ReadyHandler owner) {
        TlsEndpoint endpoint = accepted(tls, inner, engine);
        endpoint.handler = owner;
        return endpoint;
    }

    /**
     * Over a new connection; the engine is a client's. Otherwise as {@link Transport#connect}.
     *
     * @param preface goes before everything else
     */
    public static TlsEndpoint connect(
            TlsLoop tls, SSLEngine engine, Opening opening, byte[] preface, ReadyHandler handler) throws IOException {
        TlsEndpoint endpoint = new TlsEndpoint(tls, engine);
        endpoint.handler = handler;
        endpoint.inner = opening.open(endpoint);
        endpoint.writer.preface(preface); // takes a buffer, which nobody would give back if there were no connection
        return endpoint;
    }

    /** What was agreed on; null before. */
    public @Nullable TlsSession session() {
        return handshake.session();
    }

    @Override
    public String serverName() {
        TlsSession session = session();
        return session == null ? "" : session.serverName();
    }

    @Override
    public String protocol() {
        TlsSession session = session();
        return session == null ? "" : session.alpn();
    }

    /** Why it failed; null if it did not, or if there was no connection to begin with. */
    public @Nullable TlsFailure failure() {
        return failure;
    }

    @Override
    public String complaint() {
        return failure == null ? "" : failure.toString();
    }

    @Override
    public boolean waitsForUs() {
        return handshake.waitsForUs();
    }

    private Endpoint inner() {
        if (inner == null) {
            throw new AssertionError("not made yet");
        }
        return inner;
    }

    @Override
    public void attach(Transport transport, ReadyHandler handler) {
        this.handler = handler;
        inner().attach(transport, this);
    }

    // ---- the handshake

    /** As {@link Endpoint#finishConnect}; {@link #DONE} when the handshake is done. For an accepted endpoint, too. */
    @Override
    public int finishConnect() {
        advance();
        told = true;
        return connectOutcome;
    }

    private void advance() {
        assert tls.loop().isCurrent();
        if (state == State.CONNECTING) {
            int outcome = inner().finishConnect();
            if (outcome == DONE) {
                state = State.SHAKING;
            } else if (outcome != NOTHING) {
                connectOutcome = outcome;
                state = State.DEAD;
                told = false;
                updateInner();
            }
        }
        if (state == State.SHAKING) {
            int outcome = handshake.advance(inner());
            TlsFailure why = handshake.failure();
            if (outcome == DONE) {
                state = State.OPEN;
                connectOutcome = DONE;
                told = false;
            } else if (why != null) {
                fail(why);
            }
            updateInner();
        }
    }

    /** The handshake has computed, or has its place. */
    private void onMove() {
        if (state == State.SHAKING) {
            onHandshakeEvent();
        } else {
            handshake.leave();
        }
    }

    private void onHandshakeEvent() {
        advance();
        if (!told && handler != null && wanted != 0) {
            handler.onReady(this, true, true);
            afterwards();
        }
    }

    /** The one way into DEAD from a connection that was there. Tells the peer what is wrong, if it can be told. */
    private void fail(TlsFailure why) {
        boolean peerIsThere = why.kind() != Kind.CUT && why.kind() != Kind.LEFT && !handshake.isComputing();
        if (failure == null) {
            failure = why;
        }
        state = State.DEAD;
        boolean weDial = engine.getUseClientMode();
        connectOutcome = weDial && why.kind() == Kind.OVERLOADED ? FAILED_HERE : FAILED; // no fault of the backend
        told = false;
        if (peerIsThere && !writer.hasFailed() && !writer.owes() && !shut && !flushing) {
            try {
                if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                    writer.mustSpeak(); // an alert, if it was the engine that found what is wrong
                }
                writer.flush(inner());
            } catch (SSLException | RuntimeException e) {
                // The failure is known already; this one adds nothing.
            }
        }
        writer.release();
        reader.release();
        handshake.leave();
    }

    // ---- data

    @Override
    public int read(ByteBuffer into) {
        if (state != State.OPEN) {
            told |= state == State.DEAD;
            return state == State.DEAD ? FAILED : NOTHING;
        }
        if (isUnheard()) {
            return NOTHING;
        }
        int before = into.position();
        int n;
        try {
            n = reader.read(inner(), into);
            if (reader.takeMustSpeak() && !outputEnded) {
                unsaid++;
                writer.mustSpeak();
                flush();
            }
        } catch (SSLException | RuntimeException e) {
            fail(
                    e instanceof RecordReader.Renegotiation
                            ? TlsFailure.of(Kind.RENEGOTIATION, String.valueOf(e.getMessage()))
                            : TlsFailure.of(e));
            n = into.position() > before ? into.position() - before : FAILED;
        }
        if (n == FAILED) {
            if (state != State.DEAD) {
                fail(TlsFailure.of(Kind.CUT, "ended without a close_notify"));
            }
            told = true;
        } else if (n == NOTHING && reader.isEnded()) {
            return ENDED;
        }
        return n;
    }

    @Override
    public int write(ByteBuffer from) {
        if (state != State.OPEN) {
            told |= state == State.DEAD;
            return state == State.DEAD ? FAILED : NOTHING;
        }
        try {
            return writer.write(inner(), from);
        } catch (SSLException | RuntimeException e) {
            fail(TlsFailure.of(e));
            return FAILED;
        }
    }

    /** Whether the peer asks and asks, and does not listen. */
    private boolean isUnheard() {
        if (writer.isEmpty()) {
            unsaid = 0;
        }
        return unsaid > MOST_UNSAID;
    }

    /** Writes what is sealed and what TLS has to say. While bytes are owed only {@link #write} does so: it counts them. */
    private void flush() {
        if (!writer.hasFailed() && !writer.owes() && !flushing && !writer.isEmpty()) {
            try {
                writer.flush(inner());
            } catch (SSLException | RuntimeException e) {
                fail(TlsFailure.of(e));
            }
        }
    }

    @Override
    public int shutdownOutput() {
        assert !writer.owes() : "ended before all was written: " + this;
        if (state != State.OPEN || writer.hasFailed()) {
            return state == State.DEAD || writer.hasFailed() ? FAILED : NOTHING;
        }
        if (!sayEnd()) {
            return NOTHING;
        }
        if (writer.hasFailed() || state == State.DEAD) {
            return FAILED;
        }
        if (!shut) {
            int outcome = inner().shutdownOutput();
            shut = outcome == DONE;
            return outcome;
        }
        return DONE;
    }

    /** Whether our end is said, and that of the peer verified, or both never will be. */
    private boolean sayEnd() {
        if (!outputEnded) {
            outputEnded = true;
            engine.closeOutbound();
            writer.mustSpeak();
        }
        flush();
        if (!writer.hasFailed() && state != State.DEAD) {
            if (!writer.isEmpty()) {
                return false;
            }
            try {
                reader.verifyEnd();
            } catch (SSLException | RuntimeException e) {
                fail(TlsFailure.of(e));
            }
        }
        return true;
    }

    @Override
    public boolean flushed() {
        if (state == State.DEAD || writer.hasFailed()) {
            return true;
        }
        flush();
        if (!writer.isEmpty() && !writer.hasFailed()) {
            return false;
        }
        flushing = true;
        return inner().flushed();
    }

    // ---- readiness

    @Override
    public void interest(int operations) {
        wanted = operations;
        if (state != State.CLOSED) {
            updateInner();
            wake();
        }
    }

    private void updateInner() {
        int ops = switch (state) {
            case CONNECTING -> WRITE;
            case SHAKING -> handshake.waitsForUs() ? 0 : writer.isEmpty() ? READ : WRITE;
            case OPEN -> ofOpen();
            case DEAD, CLOSED -> 0;
        };
        inner().interest(ops);
    }

    private int ofOpen() {
        int ops = wanted;
        if (reader.isPending() || isUnheard()) {
            ops &= ~READ; // told by ourselves, see wake()
        }
        return writer.isEmpty() || writer.owes() || writer.hasFailed() ? ops : ops | WRITE;
    }

    /** Of the endpoint below. */
    @Override
    public void onReady(Endpoint endpoint, boolean readable, boolean writable) {
        switch (state) {
            case CONNECTING, SHAKING -> onHandshakeEvent();
            case OPEN -> {
                if (writable) {
                    flush();
                }
                boolean canWrite = writable && (writer.isEmpty() || writer.owes() || writer.hasFailed());
                tell((readable ? READ : 0) | (canWrite ? WRITE : 0));
            }
            case DEAD -> tell(READ | WRITE);
            case CLOSED -> onLingering();
        }
    }

    private void tell(int ready) {
        int asked = ready & wanted;
        if (asked != 0 && handler != null) {
            handler.onReady(this, (asked & READ) != 0, (asked & WRITE) != 0);
        }
        afterwards();
    }

    private void afterwards() {
        if (state != State.CLOSED) {
            updateInner();
            wake();
        }
    }

    /** Has the owner told of what the socket does not know, after the network was asked for the others. */
    private void wake() {
        if (!deferred && readyByItself() != 0) {
            deferred = true;
            tls.loop().defer(this);
        }
    }

    private int readyByItself() {
        return switch (state) {
            case OPEN -> wanted & (told ? reader.isPending() && !isUnheard() ? READ : 0 : READ | WRITE);
            case DEAD -> told ? 0 : wanted;
            case CONNECTING, SHAKING, CLOSED -> 0;
        };
    }

    /** The deferred turn. */
    @Override
    public void run() {
        deferred = false;
        tell(readyByItself());
    }

    // ---- the end

    @Override
    public void keepAlive() {
        inner().keepAlive();
    }

    @Override
    public void close() {
        if (state == State.CLOSED) {
            return;
        }
        boolean open = state == State.OPEN && !writer.hasFailed();
        boolean cut = open && writer.owes();
        boolean said = !open || cut || flushing || sayEnd();
        boolean broken = cut || open && failure != null;
        leave();
        if (broken) {
            release();
            inner().reset();
        } else if (said) {
            release();
            inner().close();
        } else {
            linger = new Timer(this::onLingerDeadline);
            tls.loop().timers().arm(linger, tls.loop().nowNanos() + LINGER_NANOS);
            inner().interest(WRITE);
        }
    }

    private void onLingering() {
        if (linger != null) {
            boolean open = failure == null;
            boolean said = sayEnd();
            state = State.CLOSED; // a failure has made it DEAD
            if (said) {
                tls.loop().timers().cancel(linger);
                linger = null;
                release();
                if (open && failure != null) {
                    inner().reset();
                } else {
                    inner().close();
                }
            }
        }
    }

    private void onLingerDeadline() {
        linger = null;
        release();
        inner().reset();
    }

    @Override
    public void reset() {
        if (state != State.CLOSED) {
            leave();
            release();
            inner().reset();
        }
    }

    private void leave() {
        state = State.CLOSED;
        handler = null;
        wanted = 0;
        handshake.leave();
    }

    private void release() {
        writer.release();
        reader.release();
    }

    @Override
    public SocketAddress localAddress() {
        return inner().localAddress();
    }

    @Override
    public SocketAddress remoteAddress() {
        return inner().remoteAddress();
    }

    @Override
    public String toString() {
        return "tls " + state + " " + inner;
    }
}
