package io.lbkit;

import java.net.SocketAddress;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who is calling, as a {@link Selector} sees it. Owned by one event loop: valid during the call it was passed to.
 */
public interface ConnectionInfo {

    /** {@return the id of the session, unique in a proxy} */
    long sessionId();

    /**
     * The client's address: the one that a PROXY header announced, if it came with one that the listener
     * {@linkplain Listener#acceptProxy accepts}, or else that of the connection.
     *
     * @return the address; that of a unix-domain socket mostly has an empty path
     */
    SocketAddress clientAddress();

    /**
     * The upper half of the client's IP address as the 128-bit number of IPv6, where the IPv4 address a.b.c.d is
     * ::ffff:a.b.c.d. Unlike the address itself, whose bytes the JDK only gives away as copies, it can be looked at in
     * every pick without allocating.
     *
     * @return the first 8 of 16 bytes; 0 for IPv4 and for a unix-domain socket
     */
    long clientIpHigh();

    /**
     * The lower half of the client's IP address, see {@link #clientIpHigh}.
     *
     * @return the last 8 of 16 bytes; {@code 0x0000ffffaabbccdd} for an IPv4 address of the bytes aa bb cc dd, 0 for a unix-domain socket
     */
    long clientIpLow();

    /** {@return the address that the connection really comes from, whatever a PROXY header announced} */
    SocketAddress peerAddress();

    /** {@return the address of the listener that the client came through} */
    SocketAddress listenerAddress();

    /**
     * Whom the client wants, as its TLS ClientHello says (SNI). Known only where TLS {@linkplain Listener#tls ends here}, or to a
     * proxy with {@linkplain Route routes} that go by server names or protocols.
     *
     * @return a host name in lower case, without a dot at the end, fit for a log; null if unknown
     */
    default @Nullable String serverName() {
        return null;
    }

    /** {@return the name of the {@link Route} that the client has taken; null if none, so that the proxy's own backends are for it} */
    default @Nullable String route() {
        return null;
    }

    /**
     * What the client's PROXY header said beside addresses: an extension (TLV) of its version 2, by type. Those of HAProxy's
     * {@code doc/proxy-protocol.txt}, section 2.2, are 0x01 (ALPN), 0x02 (authority, the server name), 0x05 (unique id), 0x20
     * (SSL, with what is known of the client's certificate, in parts of their own) and 0x30 (network namespace); 0xE0 to 0xEF are
     * free for use. Checksum and filler are none. There are TLVs only where {@link Listener#acceptProxy} takes the header of a
     * client; anybody who is trusted with that is trusted with them.
     *
     * @param type 0 to 255
     * @return the value, a copy, which is all that is allocated; of several of this type the first one; empty if there is none
     */
    default byte[] proxyTlv(int type) {
        return new byte[0];
    }

    /** {@return 1 for the first choice of a session, one more for each backend that could not be reached before} */
    int attempt();

    /**
     * Tells whether a backend was tried for this session already. Such a backend is not among the candidates either.
     *
     * @param backend any backend
     * @return true if it was tried
     */
    boolean tried(Backend backend);

    /**
     * The clock of the calling loop, the only one that a selector should use.
     *
     * @return nanoseconds since some moment, not less than in earlier calls of the loop; only differences mean anything,
     *     and they are right even where the number has wrapped around
     */
    long nowNanos();

    /** {@return the chance of the calling loop, seeded once; the only source of chance a selector should use} */
    RandomGenerator random();
}
