package io.lbkit;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An address where a proxy accepts clients.
 *
 * @param address where to bind; port 0 lets the system choose, see {@link Proxy#localAddresses()}. A
 *     {@link UnixDomainSocketAddress} must not exist as a file yet; the file is removed when the proxy closes
 * @param backlog how many connections the system may hold for us before they are accepted, 1 to 65535; the kernel may
 *     cap it ({@code net.core.somaxconn})
 * @param proxyFrom from which addresses each connection must begin with a PROXY header; those of others are plain
 * @param tls how TLS ends here, after a PROXY header if there is one; null if it does not
 * @param socketOptions what the system is asked for about the sockets of clients
 * @param isInherited whether this process was started with the socket; then address and backlog say nothing
 */
public record Listener(
        SocketAddress address,
        int backlog,
        AddressSet proxyFrom,
        @Nullable Tls tls,
        SocketOptions socketOptions,
        boolean isInherited) {

    /** The default of {@link #backlog()}: 1024 outlasts a burst of a tenth of a second at 10,000 connections a second. */
    public static final int DEFAULT_BACKLOG = 1024;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the address cannot be bound, the backlog is out of range, or a socket option is set
     *     that the kind of address has not
     */
    public Listener {
        AddressText.check("listen address", Objects.requireNonNull(address, "listen address"), 0);
        Range.of("listen backlog", backlog, 1, 65535);
        Objects.requireNonNull(proxyFrom, "proxyFrom");
        if (tls != null) {
            tls.checkListener();
        }
        if (Objects.requireNonNull(socketOptions, "listen socketOptions") != SocketOptions.DEFAULT
                && address instanceof UnixDomainSocketAddress) {
            socketOptions.checkUnix("listen");
        }
    }

    /**
     * A listener without PROXY headers and TLS.
     *
     * @param address where to bind
     * @param backlog 1 to 65535
     */
    public Listener(SocketAddress address, int backlog) {
        this(address, backlog, AddressSet.EMPTY, null, SocketOptions.DEFAULT, false);
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

    /**
     * The listening socket that this process was started with, as its standard input: by inetd in its {@code wait} mode, or by
     * systemd with {@code StandardInput=socket} and {@code Accept=no} (see {@link System#inheritedChannel()}). So ports below
     * 1024 need no privilege, and clients wait in the backlog while the process is replaced. There is one for a process, and
     * it is closed with the proxy; the JDK then lets go of standard input, output and error, too. If there is none,
     * {@link ProxyBuilder#start} says so.
     *
     * @return the listener; {@link Proxy#localAddress()} tells where it listens
     */
    public static Listener inherited() {
        return new Listener(
                new InetSocketAddress(0), DEFAULT_BACKLOG, AddressSet.EMPTY, null, SocketOptions.DEFAULT, true);
    }

    /**
     * A copy with another backlog.
     *
     * @param value 1 to 65535; default {@value #DEFAULT_BACKLOG}
     * @return the copy
     */
    public Listener backlog(int value) {
        return new Listener(address, value, proxyFrom, tls, socketOptions, isInherited);
    }

    /**
     * A copy where every connection must begin with a PROXY header of version 1 or 2, which says who the client is. To be
     * used only where nobody but a balancer can connect: whoever can may say that he is anybody.
     *
     * @return the copy
     */
    public Listener acceptProxy() {
        return acceptProxy(AddressSet.of("0.0.0.0/0", "::/0"));
    }

    /**
     * A copy where connections from some addresses must begin with a PROXY header of version 1 or 2; those from others are
     * plain, and what they send goes to a backend as it is. It is never guessed whether there is a header. Connections through
     * a unix-domain socket have no address; if anybody must, they must.
     *
     * <p>A header of version 1 has at most 107 bytes, one of version 2 at most 16 KiB (of the 64 KiB that its format could have),
     * and at most 1 KiB less than {@link Limits#bufferBytes()}; a longer one ends the session with
     * {@link CloseReason#PRELUDE_REJECTED}. What its extensions say can be read with {@link ConnectionInfo#proxyTlv}.
     *
     * @param from the addresses of balancers that are trusted
     * @return the copy
     */
    public Listener acceptProxy(AddressSet from) {
        return new Listener(address, backlog, from, tls, socketOptions, isInherited);
    }

    /**
     * A copy where TLS ends: clients speak TLS, and backends get what is in it. A backend is chosen once the handshake is
     * done.
     *
     * @param value with a certificate, or with contexts of the host's
     * @return the copy
     */
    public Listener tls(Tls value) {
        return new Listener(
                address, backlog, proxyFrom, Objects.requireNonNull(value, "listen tls"), socketOptions, isInherited);
    }

    /**
     * A copy with other options of the sockets of clients. {@link SocketOptions#receiveBufferBytes()} is set on the listening
     * socket, from which those of clients have it.
     *
     * @param value default {@link SocketOptions#DEFAULT}; a unix-domain socket has none but those of its buffers
     * @return the copy
     */
    public Listener socketOptions(SocketOptions value) {
        return new Listener(address, backlog, proxyFrom, tls, value, isInherited);
    }

    @Override
    public String toString() {
        return isInherited ? "the inherited socket" : AddressText.of(address);
    }
}
