package io.lbkit.core.relay;

import io.lbkit.SendProxy;
import io.lbkit.core.backend.ClientIp;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.wire.ProxyHeader;
import io.lbkit.core.wire.ProxyHeader.Command;
import io.lbkit.core.wire.ProxyTlv;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a session is for: where its connection comes from, and whom a PROXY header has announced, if there was one.
 *
 * <p>Immutable.
 *
 * @param client who is served: the announced one, or the peer
 * @param destination what the client has called, null if nobody has said so
 * @param ipHigh the client's IP address as a number, see {@link ClientIp}
 * @param ipLow the lower half of it
 * @param tlvs extensions of the header
 */
record Origin(
        Endpoint connection,
        SocketAddress client,
        @Nullable SocketAddress destination,
        long ipHigh,
        long ipLow,
        List<ProxyTlv> tlvs) {

    static Origin of(Endpoint connection) {
        return new Origin(connection, connection.remoteAddress(), null, List.of());
    }

    private Origin(
            Endpoint connection, SocketAddress client, @Nullable SocketAddress destination, List<ProxyTlv> tlvs) {
        this(connection, client, destination, ClientIp.bytes(client), tlvs);
    }

    private Origin(
            Endpoint connection,
            SocketAddress client,
            @Nullable SocketAddress destination,
            byte[] ip,
            List<ProxyTlv> tlvs) {
        this(connection, client, destination, ClientIp.high(ip), ClientIp.low(ip), tlvs);
    }

    SocketAddress peer() {
        return connection.remoteAddress();
    }

    /** What a header makes of it: nothing if it is of the balancer's own connection, or does not know. */
    Origin announcedBy(ProxyHeader header) {
        SocketAddress source = header.source();
        if (header.command() == Command.LOCAL || source == null) {
            return new Origin(connection, client, destination, ipHigh, ipLow, header.tlvs());
        }
        return new Origin(connection, source, header.destination(), header.tlvs());
    }

    /**
     * The header for a backend. Extensions are passed on if they fit.
     *
     * What is known besides is added, unless the client's header had it.
     *
     * @param session whose id is the unique id
     * @param serverName whom the client has asked for by TLS; empty if that is not known
     * @param protocol what was agreed on with the client by TLS; empty if nothing was
     */
    byte[] header(SendProxy version, long session, String serverName, String protocol, int mostBytes) {
        SocketAddress called = destination == null ? connection.localAddress() : destination;
        if (version == SendProxy.V1) {
            return bytes(ProxyHeader.v1(client, called));
        }
        boolean checksum = version == SendProxy.V2_CHECKSUM;
        ProxyHeader whole = ProxyHeader.v2(client, called, extensions(session, serverName, protocol), checksum);
        return bytes(whole.length() <= mostBytes ? whole : ProxyHeader.v2(client, called, List.of(), checksum));
    }

    private List<ProxyTlv> extensions(long session, String serverName, String protocol) {
        List<ProxyTlv> all = new ArrayList<>(tlvs);
        if (!protocol.isEmpty()) {
            addIfAbsent(all, ProxyTlv.alpn(protocol));
        }
        if (!serverName.isEmpty()) {
            addIfAbsent(all, ProxyTlv.authority(serverName));
        }
        addIfAbsent(
                all,
                ProxyTlv.uniqueId(
                        ByteBuffer.allocate(Long.BYTES).putLong(session).array()));
        return all;
    }

    private static void addIfAbsent(List<ProxyTlv> all, ProxyTlv own) {
        if (all.stream().noneMatch(tlv -> tlv.type() == own.type())) {
            all.add(own);
        }
    }

    private static byte[] bytes(ProxyHeader header) {
        ByteBuffer bytes = ByteBuffer.allocate(header.length());
        header.writeTo(bytes);
        return bytes.array();
    }
}
