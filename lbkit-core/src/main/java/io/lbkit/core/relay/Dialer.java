package io.lbkit.core.relay;

import io.lbkit.Backend;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;
import io.lbkit.core.transport.Opening;
import io.lbkit.core.transport.ReadyHandler;
import java.io.IOException;

/** Puts something between sessions and the system's endpoints, where a listener or a backend asks for it. */
public interface Dialer {

    /**
     * Over the endpoint of a client, which is attached; the owner is told of the layer's readiness.
     *
     * @throws RuntimeException if the host's code throws
     */
    Layer over(int listener, EventLoop loop, Endpoint client, ReadyHandler owner);

    /**
     * As {@code Transport.connect}, for a backend that asks for more than that.
     *
     * @param protocol the one that is spoken with the client; empty if that is not known
     * @param opening makes the connection below
     * @param preface goes before everything else
     * @throws RuntimeException if the host's code throws
     */
    Endpoint connect(
            EventLoop loop, Backend backend, String protocol, Opening opening, byte[] preface, ReadyHandler owner)
            throws IOException;
}
