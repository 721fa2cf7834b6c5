package io.lbkit.core.relay;

import io.lbkit.AddressSet;
import java.net.SocketAddress;

/**
 * What a listener asks of those who come through it.
 *
 * <p>Immutable.
 *
 * @param address where it is bound
 * @param proxyFrom from which addresses each connection must begin with a PROXY header
 * @param index of the listener
 * @param layered whether there is something between client and session, see {@link Dialer}
 */
public record Entrance(SocketAddress address, AddressSet proxyFrom, int index, boolean layered) {

    /**
     * Whether a connection from an address, as a number, begins with a PROXY header. Nobody else's word is taken. Without an
     * address it has come through a unix-domain socket, whose file says who may open it.
     */
    boolean expectsHeader(long high, long low) {
        return proxyFrom.size() > 0 && ((high | low) == 0 || proxyFrom.contains(high, low));
    }
}
