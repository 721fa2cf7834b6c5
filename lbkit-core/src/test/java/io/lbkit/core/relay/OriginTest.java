package io.lbkit.core.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.ConnectionInfo;
import io.lbkit.SendProxy;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.wire.ProxyHeader;
import io.lbkit.core.wire.ProxyTlv;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The header for a backend, byte by byte: what a client's header had, what is known here, and what the host says. */
class OriginTest {

    private static final SocketAddress CLIENT = new InetSocketAddress("192.168.0.1", 56324);
    private static final SocketAddress SERVER = new InetSocketAddress("192.168.0.11", 443);
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String ADDRESSES = " c0a80001 c0a8000b dc04 01bb ";
    private static final String ALPN = "01 0002 6832 ";
    private static final String AUTHORITY = "02 0009 612e6578616d706c65 ";
    private static final String UNIQUE_ID = "05 0008 0102030405060708 ";
    private static final byte[] SSL = {1, 0, 0, 0, 0};

    /** Of a caller who asks for a name. */
    private static ConnectionInfo caller(String serverName) {
        return (ConnectionInfo) Proxy.newProxyInstance(
                ConnectionInfo.class.getClassLoader(),
                new Class<?>[] {ConnectionInfo.class},
                (proxy, method, args) -> switch (method.getName()) {
                    case "sessionId" -> 0x0102030405060708L;
                    case "serverName" -> serverName;
                    default -> throw new AssertionError(method);
                });
    }

    private static Origin plain() {
        return Origin.of((Endpoint) Proxy.newProxyInstance(
                Endpoint.class.getClassLoader(),
                new Class<?>[] {Endpoint.class},
                (proxy, method, args) -> method.getName().equals("localAddress") ? SERVER : CLIENT));
    }

    private static Origin announced(ProxyTlv... tlvs) {
        return plain().announcedBy(ProxyHeader.v2(CLIENT, SERVER, List.of(tlvs), false));
    }

    private static String header(Origin origin, SendProxy send, String serverName, String protocol) {
        return HexFormat.of().formatHex(origin.header(send, caller(serverName), protocol, Direction.MOST_PREFIX));
    }

    private static void assertHeader(String afterSignature, String header) {
        assertEquals((SIGNATURE + afterSignature).replace(" ", ""), header);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void what_is_known_here_goes_with_the_addresses() {
        assertHeader("21 11 0017" + ADDRESSES + UNIQUE_ID, header(plain(), SendProxy.V2, null, ""));
        assertHeader("21 11 001c" + ADDRESSES + ALPN + UNIQUE_ID, header(plain(), SendProxy.V2, null, "h2"));
        assertHeader(
                "21 11 0028" + ADDRESSES + ALPN + AUTHORITY + UNIQUE_ID,
                header(plain(), SendProxy.V2, "a.example", "h2"));
    }

    @Test
    void what_the_clients_header_had_is_passed_on_as_it_was_and_nothing_is_there_twice() {
        Origin all = announced(
                ProxyTlv.of(ProxyTlv.SSL, SSL),
                ProxyTlv.of(0xE2, ascii("x")),
                ProxyTlv.of(0xE2, ascii("y")),
                ProxyTlv.uniqueId(ascii("id")),
                ProxyTlv.authority("b"),
                ProxyTlv.alpn("spdy"),
                ProxyTlv.of(0xF1, new byte[0]));
        assertHeader(
                "21 11 002f" + ADDRESSES + "20 0005 0100000000  e2 0001 78  e2 0001 79  05 0002 6964  02 0001 62"
                        + "  01 0004 73706479  f1 0000",
                header(all, SendProxy.V2, "a.example", "h2"));
        assertHeader(
                "21 11 0020" + ADDRESSES + "02 0001 62" + ALPN + UNIQUE_ID,
                header(announced(ProxyTlv.authority("b")), SendProxy.V2, "a.example", "h2"));
    }

    @Test
    void the_hosts_word_comes_last_and_is_for_one_or_for_all() {
        SendProxy send = SendProxy.V2
                .tlv(0xEF, client -> Long.toHexString(client.sessionId()).getBytes(StandardCharsets.US_ASCII))
                .tlv(0xE0, ascii("t7"));
        assertHeader(
                "21 11 003f" + ADDRESSES + ALPN + AUTHORITY + UNIQUE_ID
                        + "e0 0002 7437  ef 000f 313032303330343035303630373038",
                header(plain(), send, "a.example", "h2"));
    }

    @Test
    void a_checksum_covers_it() {
        String header = header(plain(), SendProxy.V2_CHECKSUM.tlv(0xE0, ascii("t7")), null, "");
        assertHeader(
                "21 11 0023" + ADDRESSES + UNIQUE_ID + "e0 0002 7437  03 0004 CRC", header.replaceAll(".{8}$", "CRC"));
        assertEquals(
                "5b5a1d04", header.substring(header.length() - 8), "as reckoned by another implementation of CRC32C");
    }

    @Test
    void the_hosts_word_stands_for_what_the_clients_header_said_even_if_there_is_none() {
        Origin forged = announced(ProxyTlv.of(0xE0, ascii("root")), ProxyTlv.of(0xE1, ascii("x")));
        assertHeader(
                "21 11 0020" + ADDRESSES + "e1 0001 78" + UNIQUE_ID + "e0 0002 7437",
                header(forged, SendProxy.V2.tlv(0xE0, ascii("t7")), null, ""));
        assertHeader(
                "21 11 001b" + ADDRESSES + "e1 0001 78" + UNIQUE_ID,
                header(forged, SendProxy.V2.tlv(0xE0, client -> null), null, ""));
    }

    @Test
    void what_does_not_fit_is_left_out_and_the_hosts_word_never() {
        byte[] most = new byte[SendProxy.MOST_TLV_BYTES - 3];
        Arrays.fill(most, (byte) 0xAA);
        SendProxy send = SendProxy.V2.tlv(0xE0, most);
        String ours = "e0 01fd" + "aa".repeat(most.length);
        Origin wordy = announced(ProxyTlv.of(0xE1, new byte[500]));
        assertHeader("21 11 0217" + ADDRESSES + UNIQUE_ID + ours, header(wordy, send, null, ""));
        String longName = "a".repeat(253);
        String longProtocol = "b".repeat(255);
        assertHeader("21 11 020c" + ADDRESSES + ours, header(wordy, send, longName, longProtocol));
        Origin fits = announced(ProxyTlv.of(0xE1, new byte[1024 - 28 - 11 - 3]));
        assertEquals(2 * 1024, header(fits, SendProxy.V2, null, "").length());
        Origin doesNot = announced(ProxyTlv.of(0xE1, new byte[1024 - 28 - 11 - 3 + 1]));
        assertEquals(2 * (28 + 11), header(doesNot, SendProxy.V2, null, "").length());
    }

    @Test
    void one_extension_is_had_by_its_type_as_a_copy() {
        Origin origin = announced(ProxyTlv.of(0xE2, ascii("x")), ProxyTlv.of(0xE2, ascii("y")), ProxyTlv.alpn("h2"));
        origin.tlv(0xE2)[0] = 'z';
        assertArrayEquals(ascii("x"), origin.tlv(0xE2));
        assertArrayEquals(ascii("h2"), origin.tlv(ProxyTlv.ALPN));
        assertArrayEquals(new byte[0], origin.tlv(0xE3));
        assertSame(origin.tlv(0xE3), plain().tlv(0xE2), "nothing is made for nothing");
    }

    @Test
    void what_is_settled_is_the_same_client_without_extensions() {
        Origin origin = announced(ProxyTlv.of(0xE2, ascii("x")));
        Origin settled = origin.settled();
        assertEquals(List.of(), settled.tlvs());
        assertEquals(origin.client(), settled.client());
        assertEquals(origin.destination(), settled.destination());
        assertEquals(origin.ipLow(), settled.ipLow());
        assertSame(settled, settled.settled());
    }

    @Test
    void version_1_has_none_of_it() {
        assertEquals(
                HexFormat.of().formatHex(ascii("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n")),
                header(announced(ProxyTlv.alpn("h2")), SendProxy.V1, "a.example", "h2"));
    }

    @Test
    void a_host_that_throws_or_says_too_much_makes_no_header() {
        IllegalStateException bug = new IllegalStateException("a bug");
        SendProxy throwing = SendProxy.V2.tlv(0xE0, client -> {
            throw bug;
        });
        assertThrows(IllegalStateException.class, () -> header(plain(), throwing, null, ""));
        SendProxy tooLong = SendProxy.V2.tlv(0xE0, client -> new byte[510]);
        assertThrows(IllegalArgumentException.class, () -> header(plain(), tooLong, null, ""));
    }

    @Test
    void whatever_the_host_throws_is_something_that_callers_expect() {
        SendProxy send = SendProxy.V2.tlv(0xE0, client -> {
            throw new NoClassDefFoundError("thrown by a test");
        });
        assertThrows(RuntimeException.class, () -> header(plain(), send, null, ""));
    }
}
