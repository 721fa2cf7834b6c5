package io.lbkit;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Objects;

/**
 * An address where a proxy accepts clients.
 *
 * @param address where to bind; port 0 lets the system choose, see {@link Proxy#localAddresses()}. A
 *     {@link UnixDomainSocketAddress} must not exist as a file yet; the file is removed when the proxy closes
 * @param backlog how many connections the system may hold for us before they are accepted, 1 to 65535; the kernel may
 *     cap it ({@code net.core.somaxconn})
 */
public record Listener(SocketAddress address, int backlog) {

    /** The default of {@link #backlog()}: 1024 outlasts a burst of a tenth of a second at 10,000 connections a second. */
    public static final int DEFAULT_BACKLOG = 1024;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the address cannot be bound or the backlog is out of range
     */
    public Listener {
        AddressText.check("listen address", Objects.requireNonNull(address, "listen address"), 0);
        Range.of("listen backlog", backlog, 1, 65535);
    }

    /**
     * A listener with the default backlog.
     *
     * @param address where to bind
     * @return the listener
     */
    public static Listener on(SocketAddress address) {
        return new Listener(address, DEFAULT_BACKLOG);
    }

    /**
     * A TCP listener with the default backlog.
     *
     * @param host name or address of a local interface; {@code 0.0.0.0} or {@code ::} for all
     * @param port 0 to 65535; 0 lets the system choose
     * @return the listener
     */
    public static Listener on(String host, int port) {
        Range.of("listen port", port, 0, 65535);
        return on(new InetSocketAddress(Range.text("listen host", host, 255), port));
    }

    @Override
    public String toString() {
        return AddressText.of(address);
    }
}
