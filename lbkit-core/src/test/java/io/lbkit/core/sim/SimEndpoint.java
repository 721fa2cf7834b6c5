package io.lbkit.core.sim;

import io.lbkit.core.health.Probe;
import io.lbkit.core.tls.TlsSight;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.transport.Transport;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** A simulated socket as the engine sees it, with faults; complains about an engine that does what it must not. */
final class SimEndpoint implements Endpoint {

    /** Called ready this often without any effect since, an endpoint spins. It may wait for the turn of every other stream. */
    private static final int MOST_IDLE_CALLS = 20;

    private final SimSocket socket;
    private final boolean accepted;
    private SimTransport transport;
    private long number; // in the order in which they were attached
    private ReadyHandler handler;
    private ReadyHandler owner;
    private int interest;
    private int connectOutcome;
    private long connectedAt;
    private boolean closed;
    private boolean shut;
    private boolean flushing;
    private boolean faulted;
    private boolean keptAlive;
    private boolean readOver; // an end or a failure was told: told again, it is no news
    private boolean writeOver;
    private long readEndAt = -1;
    private long effects;
    private long effectsBefore; // when it was last called
    private int idleCalls;

    private SimEndpoint(SimSocket socket, boolean accepted, int connectOutcome) {
        this.socket = socket;
        this.accepted = accepted;
        this.connectOutcome = connectOutcome;
    }

    static SimEndpoint accepted(SimSocket socket) {
        return new SimEndpoint(socket, true, DONE);
    }

    static SimEndpoint connecting(SimSocket socket, boolean failsHere) {
        return new SimEndpoint(socket, false, failsHere ? FAILED_HERE : NOTHING);
    }

    // ---- Endpoint

    @Override
    public void attach(Transport to, ReadyHandler handler) {
        assert transport == null : "attached twice: " + this;
        transport = (SimTransport) to;
        this.handler = handler;
        this.owner = TlsSight.ownerOf(handler);
        number = transport.add(this);
        socket.watch(this::stir);
        stir();
    }

    @Override
    public int finishConnect() {
        check();
        if (connectOutcome == NOTHING && !socket.isConnecting()) {
            connectOutcome = socket.isRefused() ? FAILED : DONE;
            connectedAt = transport.now();
            effects++;
            stir();
        }
        return connectOutcome;
    }

    @Override
    public int read(ByteBuffer into) {
        check();
        assert connectOutcome == DONE : "read before connected: " + this;
        assert into.hasRemaining() : "read into a full buffer";
        if (fault(transport.faults().nothing())) {
            return NOTHING;
        }
        int n = socket.read(into, someOf(into.remaining()));
        effects += n > 0 || n < 0 && !readOver ? 1 : 0;
        readOver |= n < 0;
        if (n == ENDED && readEndAt < 0) {
            readEndAt = transport.now();
        }
        return n > 0 ? transport.sabotage().onRead(this, into, n) : n;
    }

    @Override
    public int write(ByteBuffer from) {
        check();
        assert connectOutcome == DONE : "write before connected: " + this;
        assert !shut && !flushing : "write after the end: " + this;
        assert from.hasRemaining() : "write of nothing";
        if (fault(transport.faults().nothing())) {
            return NOTHING;
        }
        transport.sabotage().onWrite(this, from);
        int n = socket.write(from, someOf(from.remaining()));
        effects += n > 0 || n < 0 && !writeOver ? 1 : 0;
        writeOver |= n < 0;
        return n;
    }

    @Override
    public int shutdownOutput() {
        check();
        assert !shut : "ended twice: " + this;
        if (fault(transport.faults().nothing())) {
            return NOTHING;
        }
        effects++;
        shut = true;
        if (!transport.sabotage().losesEnd(this)) {
            socket.shutdownOutput();
        }
        return DONE;
    }

    @Override
    public boolean flushed() {
        check();
        flushing = true;
        stir();
        return socket.flushed();
    }

    @Override
    public void interest(int operations) {
        if (!closed && transport != null) {
            assert transport.isCurrent() : "wrong loop: " + this;
            int changed = transport.sabotage().onInterest(this, operations);
            effects += changed == interest ? 0 : 1;
            interest = changed;
            stir();
        }
    }

    @Override
    public void keepAlive() {
        check();
        keptAlive = true;
    }

    @Override
    public void close() {
        if (leave()) {
            socket.close();
        }
    }

    @Override
    public void reset() {
        if (leave() && !transport.sabotage().endsInstead(this)) {
            socket.reset();
        }
    }

    private boolean leave() {
        boolean first = !closed;
        if (first && transport != null) {
            assert transport.isCurrent() : "wrong loop: " + this;
            transport.remove(this);
            socket.watch(() -> {});
        }
        closed = true;
        return first;
    }

    @Override
    public SocketAddress localAddress() {
        return socket.local();
    }

    @Override
    public SocketAddress remoteAddress() {
        return socket.remote();
    }

    private void check() {
        assert !closed : "used after close: " + this;
        assert transport != null && transport.isCurrent() : "wrong loop: " + this;
    }

    private boolean fault(double chance) {
        boolean strikes = transport.chance(chance);
        faulted |= strikes;
        return strikes;
    }

    private int someOf(int n) {
        if (transport.chance(transport.faults().oneByte())) {
            return 1;
        }
        return transport.chance(transport.faults().shortOne()) ? transport.someUpTo(n) : n;
    }

    // ---- readiness, for the transport

    /** What it is ready for, of what it is interested in. A dead socket is ready for all of that, as with epoll. */
    int ready() {
        if (interest == 0) {
            return 0;
        }
        if (connectOutcome != DONE) {
            return socket.isConnecting() && connectOutcome == NOTHING ? 0 : interest;
        }
        if (socket.wasReset()) {
            return interest;
        }
        boolean writable = flushing ? socket.flushed() : socket.writable();
        return interest & ((socket.readable() ? READ : 0) | (writable ? WRITE : 0));
    }

    /** What it is ready for may have changed. */
    private void stir() {
        transport.stir(this);
    }

    /** Whether what it is ready for depends on more than the socket. */
    boolean isFlushing() {
        return flushing;
    }

    long number() {
        return number;
    }

    void call(int ready, boolean spurious) {
        if (closed) {
            return; // by a handler called before, in the same poll
        }
        handler.onReady(this, (ready & READ) != 0, (ready & WRITE) != 0);
        idleCalls = closed || faulted || spurious || effects > effectsBefore ? 0 : idleCalls + 1;
        effectsBefore = effects;
        faulted = false;
        assert idleCalls <= MOST_IDLE_CALLS : "spins: " + this;
    }

    int interest() {
        return interest;
    }

    /** Who is told of its readiness. */
    ReadyHandler handler() {
        return handler;
    }

    /** Whose it is, TLS or not. */
    ReadyHandler owner() {
        return owner;
    }

    SimSocket socket() {
        return socket;
    }

    /** Whether it came from a client; else it goes to a backend. */
    boolean isAccepted() {
        return accepted;
    }

    /** Whether it is a health check's. */
    boolean isProbe() {
        return owner instanceof Probe;
    }

    boolean isConnected() {
        return connectOutcome == DONE;
    }

    /** Whether the system was asked to look now and then whether the peer still exists. */
    boolean keptAlive() {
        return keptAlive;
    }

    boolean readEnd() {
        return readEndAt >= 0;
    }

    /** When the end of the peer's stream was read, or -1. */
    long readEndAt() {
        return readEndAt;
    }

    long connectedAt() {
        return connectedAt;
    }

    @Override
    public String toString() {
        return (accepted ? "client " : "backend ") + socket + " interest=" + interest;
    }
}
