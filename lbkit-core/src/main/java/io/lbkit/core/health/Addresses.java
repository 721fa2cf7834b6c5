package io.lbkit.core.health;

import io.lbkit.Backend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where a backend is asked: where the host says, or at a port of its own beside the sessions' one, or where the sessions go.
 *
 * <p>Immutable.
 *
 * @param port 0 for the address of the sessions
 * @param chosen by the host, null if the port says it
 */
record Addresses(int port, @Nullable Function<Backend, ? extends SocketAddress> chosen) {

    /** @throws RuntimeException if the host's code does */
    List<SocketAddress> of(Backend backend) {
        if (chosen != null) {
            SocketAddress address = chosen.apply(backend);
            if (address == null || address instanceof InetSocketAddress inet && inet.isUnresolved()) {
                throw new IllegalArgumentException("no resolved address: " + address);
            }
            return List.of(address);
        }
        if (port == 0) {
            return backend.addresses();
        }
        return backend.addresses().stream().map(this::beside).toList();
    }

    private SocketAddress beside(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                ? new InetSocketAddress(inet.getAddress(), port)
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
