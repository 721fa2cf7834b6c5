package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lbkit.SendProxy;
import io.lbkit.core.wire.ProxyHeader;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How many writes a PROXY header for a backend costs: none of its own if the client has said something already. */
class HeaderWriteTest {

    private static final SocketAddress PROXY = new InetSocketAddress("10.0.0.1", 80);
    private static final int UNIQUE_ID_BYTES = 11;

    @RegisterExtension
    final Rig rig = new Rig();

    static Stream<SendProxy> versions() {
        return Stream.of(SendProxy.V1, SendProxy.V2, SendProxy.V2_CHECKSUM);
    }

    private static int headerBytes(SendProxy version, Rig.Visitor client) {
        SocketAddress from = client.socket.local();
        return version == SendProxy.V1
                ? ProxyHeader.v1(from, PROXY).length()
                : ProxyHeader.v2(from, PROXY, List.of(), version.hasChecksum()).length() + UNIQUE_ID_BYTES;
    }

    private void start(SendProxy version) {
        rig.backend(rig.server("a").sendProxy(version)).start();
        rig.serverOf("a").delay(Duration.ofMillis(5).toNanos());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void header_and_first_bytes_leave_in_one_write(SendProxy version) {
        start(version);
        Rig.Visitor client = rig.connect();
        client.send("hello");
        rig.pass(Duration.ofMillis(30));
        SimSocket server = rig.accept("a");
        assertEquals(headerBytes(version, client) + 5, server.arrived());
        assertEquals(1, server.writesOfPeer());
        client.send("more");
        rig.pass(Duration.ofMillis(30));
        assertEquals(headerBytes(version, client) + 9, server.arrived());
        assertEquals(2, server.writesOfPeer());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void who_is_silent_is_announced_at_once_by_one_write_and_then_there_is_none_but_his(SendProxy version) {
        start(version);
        Rig.Visitor client = rig.connect();
        rig.pass(Duration.ofMillis(30));
        SimSocket server = rig.accept("a");
        assertEquals(headerBytes(version, client), server.arrived());
        assertEquals(1, server.writesOfPeer());
        client.send("hello");
        rig.pass(Duration.ofMillis(30));
        assertEquals(headerBytes(version, client) + 5, server.arrived());
        assertEquals(2, server.writesOfPeer());
    }
}
