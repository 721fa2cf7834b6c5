package io.lbkit.core.transport;

import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.SocketOptions;
import java.io.IOException;
import java.net.SocketAddress;

/**
 * The operating system's network as one event loop sees it.
 *
 * <p>Owned by one event loop, except {@link #wakeup()} and {@link #check}, which any thread may call, and {@link #listen},
 * which may be called before the loop runs.
 */
public interface Transport {

    /**
     * Looks whether the system has what it is going to be asked for. Any thread.
     *
     * @throws IllegalArgumentException if it has not, naming the property
     */
    void check(SocketOptions options);

    /**
     * Binds and listens. Its interest is off until asked for.
     *
     * @param onReady run by {@link #poll} when connections may be waiting
     */
    ListenSocket listen(Listener listener, Runnable onReady) throws IOException;

    /**
     * Begins to connect. The outcome is asked of {@link Endpoint#finishConnect()}, at once and again when the endpoint is
     * ready for {@link Endpoint#WRITE}.
     *
     * @param backend says how; where is {@code address}, which need not be its own
     * @throws IOException if this process cannot open a connection at all, for want of descriptors for instance
     */
    Endpoint connect(Backend backend, SocketAddress address, ReadyHandler handler) throws IOException;

    /**
     * Waits until an endpoint is ready for what it is interested in, a wakeup comes, or time is up; then calls the handlers.
     * Readiness is level-triggered, and may be spurious.
     *
     * @param timeoutNanos at most this long; 0 does not wait
     */
    void poll(long timeoutNanos) throws IOException;

    /** Makes the current or the next {@link #poll} return soon. */
    void wakeup();

    /** Frees what closed endpoints and this transport hold. Endpoints still open are reset. */
    void close();
}
