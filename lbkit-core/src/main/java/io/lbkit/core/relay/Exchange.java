package io.lbkit.core.relay;

import io.lbkit.CloseReason;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.loop.Command;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;

/**
 * What goes on between a client and the backend it has been connected to: moves the bytes of both directions when an endpoint
 * is ready and the session's turn has come, and notes what has moved. What the outcome means is the session's affair.
 *
 * <p>Owned by one event loop.
 */
final class Exchange implements Command {

    private static final int CLIENT_SHIFT = 2; // readiness of the client above that of the backend

    private final Relay relay;
    private final Session session;
    private final Endpoint client;
    private final Endpoint server;
    private final BackendEntry place; // reserved
    private final Direction toBackend;
    private final Direction toClient;
    private boolean streaming; // moved much when it last moved
    private int deferred; // readiness that waits for the session's turn, as bits

    /** @param toBackend carries what the client has said by now */
    Exchange(Relay relay, Session session, Endpoint client, Endpoint server, BackendEntry place, Direction toBackend) {
        this.relay = relay;
        this.session = session;
        this.client = client;
        this.server = server;
        this.place = place;
        this.toBackend = toBackend;
        this.toClient = new Direction(relay.buffers());
        toClient.limit(relay.pace(session.lane(), session.lane().toClient()));
    }

    /**
     * Hands the backend what the client has said by now.
     *
     * @param preface goes before it, in the same write; may be empty
     */
    void begin(byte[] preface) {
        if (preface.length > 0) {
            if (toBackend.carried() == 0) {
                toBackend.gather(client);
            }
            if (!toBackend.sourceFailed()) {
                toBackend.prepend(preface);
            }
        }
        if (toBackend.carried() > 0 || !toBackend.isOpen()) {
            pump(toBackend);
        }
    }

    /** Moves what can move, now or when it is the session's turn, which is told afterwards. */
    void onReady(Endpoint endpoint, boolean readable, boolean writable) {
        int ready = (readable ? Endpoint.READ : 0) | (writable ? Endpoint.WRITE : 0);
        int bits = endpoint == client ? ready << CLIENT_SHIFT : ready;
        if (deferred != 0) {
            deferred |= bits;
        } else if (streaming && relay.mustWait()) {
            deferred = bits;
            relay.defer(this);
        } else {
            move(bits);
            session.onMoved();
        }
    }

    /** The turn of a session that had to wait for those with less to move. */
    @Override
    public void run() {
        int bits = deferred;
        deferred = 0;
        session.onTurn(this, bits);
    }

    void move(int bits) {
        int ofClient = bits >> CLIENT_SHIFT;
        if ((ofClient & Endpoint.READ | bits & Endpoint.WRITE) != 0 && !toBackend.isDone()) {
            pump(toBackend);
        }
        // A write that fails takes the error with it, and the next read of the same endpoint would look like a clean
        // end.
        boolean broken = toBackend.sourceFailed() || toBackend.sinkFailed();
        if ((bits & Endpoint.READ | ofClient & Endpoint.WRITE) != 0 && !toClient.isDone() && !broken) {
            pump(toClient);
        }
    }

    /** Moves what can move one way now, and takes note of it. */
    void pump(Direction direction) {
        boolean up = direction == toBackend;
        long filled = direction.filled();
        // The end of a layer may have to wait for room; the session, and with it the proxy, must not be over before.
        boolean last = (up ? toClient : toBackend).isDone() && !((up ? server : client) instanceof Layer);
        Lifetime lifetime = session.lifetime();
        if (up && toBackend.isHeld()) {
            lifetime.onHeldBack(relay.nowNanos());
        }
        long delivered = up
                ? toBackend.pump(client, server, relay.turnBytes(), last)
                : toClient.pump(server, client, relay.turnBytes(), last);
        if (delivered > 0 || direction.filled() > filled) {
            streaming = relay.isMuch(direction.filled() - filled);
            lifetime.onActive(relay.nowNanos());
            relay.onBytes(place, up ? delivered : 0, up ? 0 : delivered);
            if (filled == 0 && !up) {
                onFirstByte(lifetime);
            }
        }
        boolean heard =
                toClient.filled() > 0 || !toClient.isOpen() && !toClient.sourceFailed(); // an end counts as well
        if (toBackend.hasSent() || toBackend.isDone() || heard) {
            session.onSure(place);
        }
    }

    private void onFirstByte(Lifetime lifetime) {
        long nowNanos = relay.nowNanos();
        long connectedNanos = lifetime.connectedNanos();
        lifetime.onFirstByte(nowNanos - connectedNanos);
        place.firstByteTime().onSample(connectedNanos, nowNanos - connectedNanos, nowNanos);
        place.onSound();
    }

    /** It is over; a first byte that was waited for is waited for no longer. */
    void onClosed(Lane lane, CloseReason reason) {
        long begunNanos = session.lifetime().connectedNanos();
        long took = relay.nowNanos() - begunNanos;
        if (session.lifetime().hasFirstByte()) {
            return;
        }
        switch (reason) {
            case FIRST_BYTE_TIMEOUT -> {
                place.firstByteTime().onSample(begunNanos, took, relay.nowNanos());
                relay.onFirstByteTimeout(lane, place);
            }
            case RESET_BY_BACKEND -> {
                long penalty = Math.max(took, relay.limits().unansweredNanos()); // or to break off would look fast
                place.firstByteTime().onSample(begunNanos, penalty, relay.nowNanos());
            }
            default -> place.firstByteTime().onGone(begunNanos);
        }
    }

    void updateInterest() {
        client.interest((toBackend.wantsRead() ? Endpoint.READ : 0) | (toClient.wantsWrite() ? Endpoint.WRITE : 0));
        server.interest((toClient.wantsRead() ? Endpoint.READ : 0) | (toBackend.wantsWrite() ? Endpoint.WRITE : 0));
    }

    // ---- bandwidth

    /** Whether a limit of bandwidth keeps one of its ways from reading. */
    boolean isHeld() {
        return toBackend.isHeld() || toClient.isHeld();
    }

    long heldLeft() {
        long left = toBackend.isHeld() ? toBackend.heldNanos() : RelayLimits.OFF;
        return toClient.isHeld() ? Math.min(left, toClient.heldNanos()) : left;
    }

    /**
     * Lets those ways read again that have waited long enough. To wait for that is not to be idle.
     *
     * @return whether there are any
     */
    boolean release(long now) {
        if (!isHeld()) {
            return false;
        }
        session.lifetime().onActive(now);
        if (toBackend.isHeld()) {
            session.lifetime().onHeldBack(now);
        }
        boolean released = toBackend.release();
        released |= toClient.release();
        return released;
    }

    // ---- how it stands

    boolean clientDied() {
        return toBackend.sourceFailed() || toClient.sinkFailed();
    }

    boolean backendDied() {
        return toClient.sourceFailed() || toBackend.sinkFailed();
    }

    boolean isDone() {
        return toBackend.isDone() && toClient.isDone();
    }

    boolean isHalfClosed() {
        return toBackend.isOpen() != toClient.isOpen();
    }

    /** A backend that ends its stream without a byte has answered, too. */
    boolean awaitsFirstByte() {
        return toClient.filled() == 0 && toClient.isOpen() && !toBackend.isHeld();
    }

    Direction toClient() {
        return toClient;
    }

    Endpoint server() {
        return server;
    }

    BackendEntry place() {
        return place;
    }

    @Override
    public String toString() {
        return "to-client(" + toClient + ")";
    }
}
