package io.lbkit.core.tls;

import io.lbkit.core.tls.TlsFailure.Kind;
import io.lbkit.core.transport.Endpoint;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The handshake of one connection, in either role. The engine speaks and listens in turn; what it has to compute a thread for
 * errands computes, once there is a place among the {@link Handshakes}.
 *
 * <p>Owned by one event loop. The engine is lent to that thread while it computes; nobody else touches it until the thread has
 * come back through the inbox.
 */
final class Handshake {

    private enum Place {
        NONE,
        WAITED_FOR,
        TAKEN
    }

    private final TlsLoop tls;
    private final SSLEngine engine;
    private final RecordReader reader;
    private final RecordWriter writer;
    private final Runnable onMove;
    private Place place = Place.NONE;
    private Handshakes.@Nullable Waiting waiting; // while a place is waited for
    private boolean begun;
    private boolean computing;
    private @Nullable Throwable computeFailure; // written by the errand before it comes back
    private @Nullable TlsFailure failure;
    private @Nullable TlsSession session;

    /** @param onMove told when it may go on after it had waited for this process, or has a place that nobody may need any more */
    Handshake(TlsLoop tls, SSLEngine engine, RecordReader reader, RecordWriter writer, Runnable onMove) {
        this.tls = tls;
        this.engine = engine;
        this.reader = reader;
        this.writer = writer;
        this.onMove = onMove;
    }

    /** What was agreed on; null before. */
    @Nullable
    TlsSession session() {
        return session;
    }

    /** Why it failed; null if it did not. */
    @Nullable
    TlsFailure failure() {
        return failure;
    }

    /** Whether a thread for errands has the engine. */
    boolean isComputing() {
        return computing;
    }

    /** Whether it waits for this process, and not for its peer. */
    boolean waitsForUs() {
        return computing || place == Place.WAITED_FOR;
    }

    /** Goes as far as it can now: {@link Endpoint#DONE}, {@link Endpoint#NOTHING} or {@link Endpoint#FAILED}. */
    int advance(Endpoint inner) {
        try {
            if (!begun) {
                begun = true;
                engine.beginHandshake();
            }
            return computeFailure == null ? shake(inner) : failed(Kind.BROKEN, computeFailure.toString());
        } catch (SSLException | RuntimeException e) {
            return reader.isForeign() && place == Place.NONE
                    ? failed(Kind.NOT_TLS, String.valueOf(e.getMessage()))
                    : failed(TlsFailure.of(e));
        }
    }

    /** Each round of the loop moves bytes, lends the engine, or ends. */
    private int shake(Endpoint inner) throws SSLException {
        while (!waitsForUs()) {
            int flushed = writer.flush(inner);
            if (flushed != Endpoint.DONE) {
                return flushed == Endpoint.FAILED ? failed(Kind.LEFT, "reset during the handshake") : flushed;
            }
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> {
                    if (!compute()) {
                        return failed(Kind.OVERLOADED, "too many handshakes to compute");
                    }
                }
                case NEED_WRAP -> writer.mustSpeak();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    int heard = reader.listen(inner);
                    if (heard != Endpoint.DONE) {
                        return heard == Endpoint.FAILED ? failed(Kind.LEFT, "left during the handshake") : heard;
                    }
                }
                default -> {
                    session = TlsSession.of(engine);
                    reader.open();
                    leave();
                    return Endpoint.DONE;
                }
            }
        }
        return Endpoint.NOTHING;
    }

    private int failed(Kind kind, String detail) {
        return failed(TlsFailure.of(kind, detail));
    }

    private int failed(TlsFailure why) {
        failure = why;
        return Endpoint.FAILED;
    }

    /** False if there is nobody to do it. */
    private boolean compute() {
        if (place == Place.NONE) {
            waiting = tls.handshakes().enter(tls.loop(), this::onPlace);
            place = waiting == null ? Place.TAKEN : Place.WAITED_FOR;
        }
        if (place == Place.TAKEN) {
            computing = tls.errands().run(this::runTasks);
            return computing;
        }
        return true;
    }

    private void onPlace() {
        waiting = null;
        place = Place.TAKEN;
        onMove.run();
    }

    /** On a thread for errands. */
    private void runTasks() {
        try {
            for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                task.run();
            }
        } catch (Throwable e) {
            computeFailure = e;
        }
        tls.comeBack(this::onComputed);
    }

    private void onComputed() {
        computing = false;
        onMove.run();
    }

    /** Gives its place back, or waits for none; while the engine is lent it is asked again by {@code onMove}. */
    void leave() {
        if (waiting != null) {
            waiting.forget();
            waiting = null;
        }
        if (place == Place.TAKEN && !computing) {
            place = Place.NONE;
            tls.handshakes().leave(tls.loop());
        }
    }
}
