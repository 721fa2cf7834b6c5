package io.lbkit.core.health;

import io.lbkit.Tls;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.transport.Layer;
import io.lbkit.core.transport.Opening;
import io.lbkit.core.transport.ReadyHandler;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/** Opens the connections of checks by TLS. */
public interface SecureDialer {

    /**
     * As {@code Transport.connect}; the layer is connected when the handshake is done.
     *
     * @param alpn the protocols to offer
     * @param opening makes the connection below
     * @param preface goes before everything else, in the clear
     * @throws RuntimeException if the host's code throws
     */
    Layer connect(
            EventLoop loop,
            Tls tls,
            SocketAddress address,
            List<String> alpn,
            Opening opening,
            byte[] preface,
            ReadyHandler owner)
            throws IOException;
}
