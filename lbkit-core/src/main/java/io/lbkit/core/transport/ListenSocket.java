package io.lbkit.core.transport;

import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A bound address that accepts.
 *
 * <p>Owned by one event loop.
 */
public interface ListenSocket {

    /**
     * Takes one waiting connection; it belongs to no loop until it is {@linkplain Endpoint#attach attached}.
     *
     * @return null if none waits
     */
    @Nullable
    Endpoint accept() throws IOException;

    /** Whether to be told of waiting connections. */
    void interest(boolean on);

    /** The bound address, with the real port. */
    SocketAddress localAddress();

    /** Stops listening; connections that were not accepted are lost, so accept until null first. */
    void close();
}
