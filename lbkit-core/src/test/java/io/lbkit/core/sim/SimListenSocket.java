package io.lbkit.core.sim;

import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ListenSocket;
import java.io.IOException;
import java.net.SocketAddress;

/** A simulated listening socket; its accept fails now and then. */
final class SimListenSocket implements ListenSocket {

    private static final int MOST_IDLE_CALLS = 3;

    private final SimTransport transport;
    private final SimBacklog backlog;
    private final Runnable onReady;
    private boolean interested;
    private boolean closed;
    private boolean effect;
    private int idleCalls;

    SimListenSocket(SimTransport transport, SimBacklog backlog, Runnable onReady) {
        this.transport = transport;
        this.backlog = backlog;
        this.onReady = onReady;
    }

    @Override
    public Endpoint accept() throws IOException {
        assert transport.isCurrent() && !closed;
        if (transport.chance(transport.faults().accept())) {
            throw new IOException("Too many open files");
        }
        SimSocket socket = backlog.waiting().poll();
        if (socket == null) {
            return null;
        }
        effect = true;
        SimEndpoint endpoint = SimEndpoint.accepted(socket);
        transport.onAccepted(endpoint);
        return endpoint;
    }

    @Override
    public void interest(boolean on) {
        effect |= on != interested;
        interested = on;
    }

    @Override
    public SocketAddress localAddress() {
        return backlog.address();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            transport.remove(this);
            transport.unlisten(backlog);
        }
    }

    boolean isReady() {
        return interested && !closed && !backlog.waiting().isEmpty();
    }

    void call() {
        effect = false;
        onReady.run();
        idleCalls = effect ? 0 : idleCalls + 1;
        assert idleCalls <= MOST_IDLE_CALLS : "accepting spins";
    }
}
