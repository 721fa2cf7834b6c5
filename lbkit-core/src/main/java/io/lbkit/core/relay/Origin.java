package io.lbkit.core.relay;

import io.lbkit.ConnectionInfo;
import io.lbkit.SendProxy;
import io.lbkit.core.backend.ClientIp;
import io.lbkit.core.observe.HostFailure;
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

    private static final byte[] NOTHING = {};

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

    /** Without what only the choice of a backend and its header need, which may be some KiB. */
    Origin settled() {
        return tlvs.isEmpty() ? this : new Origin(connection, client, destination, ipHigh, ipLow, List.of());
    }

    /** The first extension of a type, a copy; empty if there is none. */
    byte[] tlv(int type) {
        for (ProxyTlv tlv : tlvs) {
            if (tlv.type() == type) {
                return tlv.value();
            }
        }
        return NOTHING;
    }

    /**
     * The header for a backend. Of version 2 it has the host's extensions, and as many of the others as fit: all; or those
     * known here, without those of the client's header; or none.
     *
     * @param caller who is asked about for the host's
     * @param protocol what was agreed on with the client by TLS; empty if nothing was
     * @param mostBytes enough for addresses and the host's extensions
     * @throws RuntimeException if the host's code throws, or is too long
     */
    byte[] header(SendProxy send, ConnectionInfo caller, String protocol, int mostBytes) {
        SocketAddress called = destination == null ? connection.localAddress() : destination;
        if (send.version() == 1) {
            return bytes(ProxyHeader.v1(client, called));
        }
        List<ProxyTlv> ofHost = new ArrayList<>();
        try {
            send.tlvs(caller).forEach((type, value) -> ofHost.add(ProxyTlv.of(type, value)));
        } catch (Throwable thrown) {
            throw HostFailure.of(thrown);
        }
        List<ProxyTlv> passedOn = new ArrayList<>(tlvs);
        passedOn.removeIf(tlv -> send.tlvTypes().contains(tlv.type())); // the host's word is the last one
        for (List<ProxyTlv> some : List.of(known(passedOn, caller, protocol), known(List.of(), caller, protocol))) {
            some.addAll(ofHost);
            ProxyHeader header = ProxyHeader.v2(client, called, some, send.hasChecksum());
            if (header.length() <= mostBytes) {
                return bytes(header);
            }
        }
        return bytes(ProxyHeader.v2(client, called, ofHost, send.hasChecksum()));
    }

    /** What is passed on, and what else is known of the client, unless its header had said so: it is nearer to the client. */
    private static List<ProxyTlv> known(List<ProxyTlv> passedOn, ConnectionInfo caller, String protocol) {
        List<ProxyTlv> all = new ArrayList<>(passedOn);
        if (!protocol.isEmpty()) {
            addIfAbsent(all, ProxyTlv.alpn(protocol));
        }
        String name = caller.serverName();
        if (name != null) {
            addIfAbsent(all, ProxyTlv.authority(name));
        }
        byte[] id = ByteBuffer.allocate(Long.BYTES).putLong(caller.sessionId()).array();
        addIfAbsent(all, ProxyTlv.uniqueId(id));
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
