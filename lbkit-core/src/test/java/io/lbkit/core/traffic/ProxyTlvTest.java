package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.ConnectionInfo;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.ProxyObserver;
import io.lbkit.Selector;
import io.lbkit.SendProxy;
import io.lbkit.Tls;
import io.lbkit.core.tls.Pki;
import io.lbkit.core.wire.ProxyHeader;
import io.lbkit.core.wire.ProxyTlv;
import io.lbkit.selector.Key;
import io.lbkit.selector.Selectors;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the PROXY header of a client says beside addresses: who can read it, what it decides, how much of it there may be. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProxyTlvTest {

    private static final SocketAddress CALLED = new InetSocketAddress("192.168.0.11", 443);
    private static final int TENANT = 0xE0;
    private static final int ADDRESS_BYTES = 28; // signature, lengths, two addresses

    @RegisterExtension
    final Lab lab = new Lab();

    private final Reports reports = new Reports();

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] header(int port, ProxyTlv... tlvs) {
        ProxyHeader header =
                ProxyHeader.v2(new InetSocketAddress("192.168.0.1", port), CALLED, List.of(tlvs), port % 2 == 0);
        ByteBuffer bytes = ByteBuffer.allocate(header.length());
        header.writeTo(bytes);
        return bytes.array();
    }

    /** A header of just so many bytes. */
    private static byte[] header(int port, int bytes, byte filledWith) {
        byte[] value = new byte[bytes - ADDRESS_BYTES - 3];
        Arrays.fill(value, filledWith);
        return header(port, ProxyTlv.of(ProxyTlv.SSL, value));
    }

    private ProxyBuilder announced(Listener listener, Backend... backends) {
        ProxyBuilder builder =
                Proxy.builder().name("lab").listen(listener.acceptProxy()).observer(reports);
        for (Backend backend : backends) {
            builder.backend(backend);
        }
        return builder;
    }

    private Client send(Proxy proxy, byte[] header) throws IOException {
        Client client = lab.connect(proxy);
        client.socket().getOutputStream().write(header);
        return client;
    }

    // ---- who can read it

    static Stream<Selector> keyed() {
        Key tenant = Key.proxyTlv(TENANT);
        return Stream.of(
                Selectors.maglev(tenant),
                Selectors.rendezvous(tenant),
                Selectors.sticky(tenant, Selectors.roundRobin()));
    }

    @ParameterizedTest
    @MethodSource("keyed")
    void a_tenant_keeps_its_backend_wherever_its_clients_come_from(Selector selector) throws IOException {
        Backend[] backends = new Backend[3];
        for (int i = 0; i < backends.length; i++) {
            backends[i] = lab.greeter("b" + i).backend();
        }
        Proxy proxy = lab.start(announced(Listener.on("127.0.0.1", 0), backends)
                .selector(selector)
                .loops(2));
        Map<String, String> homes = new HashMap<>();
        for (int port = 1; port <= 40; port++) {
            String tenant = "tenant-" + port % 8;
            byte[] header = header(port, ProxyTlv.authority("x" + port), ProxyTlv.of(TENANT, ascii(tenant)));
            try (Client client = Client.to(proxy)) {
                client.socket().getOutputStream().write(header);
                String home = client.line();
                assertEquals(homes.getOrDefault(tenant, home), home, tenant);
                homes.put(tenant, home);
            }
        }
        assertTrue(new HashSet<>(homes.values()).size() > 1, homes.toString());
    }

    @Test
    void selectors_observers_and_tlv_functions_read_it() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        BlockingQueue<byte[]> sent = new LinkedBlockingQueue<>();
        int expected = ADDRESS_BYTES + 6 + 5 + 11 + 4; // authority, the tenant, unique id, the host's
        TestServer server = lab.server("a", socket -> {
            sent.add(socket.getInputStream().readNBytes(expected));
            TestServer.echo(socket);
        });
        SendProxy send = SendProxy.V2.tlv(0xE1, client -> new byte[] {client.proxyTlv(TENANT)[0]});
        ProxyObserver observer = new ProxyObserver() {
            @Override
            public void onConnected(ConnectionInfo client, Backend backend) {
                seen.add("observer " + hex(client));
            }
        };
        Selector selector = (candidates, client) -> {
            seen.add("selector " + hex(client));
            return 0;
        };
        Proxy proxy = lab.start(
                announced(Listener.on("127.0.0.1", 0), server.backend().sendProxy(send))
                        .observer(observer)
                        .selector(selector));
        send(proxy, header(1, ProxyTlv.authority("a.b"), ProxyTlv.of(TENANT, ascii("t7"))))
                .ping("hello");
        assertEquals("selector 7437 612e62 []", seen.take());
        assertEquals("observer 7437 612e62 []", seen.take());
        String header = HexFormat.of().formatHex(sent.take());
        assertTrue(header.endsWith("e1" + "0001" + "74"), header);
    }

    private static String hex(ConnectionInfo client) {
        HexFormat hex = HexFormat.of();
        return hex.formatHex(client.proxyTlv(TENANT)) + " " + hex.formatHex(client.proxyTlv(ProxyTlv.AUTHORITY)) + " "
                + Arrays.toString(client.proxyTlv(ProxyTlv.UNIQUE_ID));
    }

    @Test
    void who_has_no_header_or_none_with_any_has_none() throws Exception {
        BlockingQueue<byte[]> seen = new LinkedBlockingQueue<>();
        Selector selector = (candidates, client) -> {
            seen.add(client.proxyTlv(TENANT));
            return 0;
        };
        Backend backend = lab.greeter("a").backend();
        Proxy proxy = lab.start(Proxy.builder()
                .name("lab")
                .listen("127.0.0.1", 0)
                .listen(Listener.on("127.0.0.1", 0).acceptProxy())
                .backend(backend)
                .selector(selector));
        byte[] header = header(1, ProxyTlv.of(TENANT, ascii("forged")));
        lab.connect(proxy.localAddresses().get(0)).socket().getOutputStream().write(header);
        assertArrayEquals(new byte[0], seen.take(), "of somebody who is not trusted with it");
        lab.connect(proxy.localAddresses().get(1)).send("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n");
        assertArrayEquals(new byte[0], seen.take(), "of version 1");
        byte[] local = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a200000" + "05" + "e000027437");
        lab.connect(proxy.localAddresses().get(1)).socket().getOutputStream().write(local);
        assertArrayEquals(new byte[0], seen.take(), "of the balancer's own connection");
    }

    // ---- how much there may be

    @ParameterizedTest
    @CsvSource({"262144, 16384", "17408, 16384", "16384, 15360", "4096, 3072"})
    void a_header_is_bounded_and_one_of_that_length_arrives_whole_in_pieces(int bufferBytes, int most)
            throws Exception {
        BlockingQueue<Integer> lengths = new LinkedBlockingQueue<>();
        Selector selector = (candidates, client) -> {
            lengths.add(client.proxyTlv(ProxyTlv.SSL).length);
            return 0;
        };
        TestServer server = lab.greeter("a");
        Proxy proxy = lab.start(announced(Listener.on("127.0.0.1", 0), server.backend())
                .selector(selector)
                .limits(limits -> limits.bufferBytes(bufferBytes)));
        byte[] longest = header(1, most, (byte) 7);
        assertEquals(most, longest.length);
        Client client = lab.connect(proxy);
        OutputStream out = client.socket().getOutputStream();
        for (int at = 0; at < most; at += 1000) {
            out.write(longest, at, Math.min(1000, most - at));
        }
        assertEquals("a", client.line());
        client.ping("after it").end().expectEnd();
        assertEquals(most - ADDRESS_BYTES - 3, lengths.take());
        assertEquals(9, reports.only().bytesToBackend());
        send(proxy, header(3, most + 1, (byte) 7)).expectReset();
        assertEquals(CloseReason.PRELUDE_REJECTED, reports.awaitClosed(2).get(1).reason());
        assertEquals(
                "a PROXY header longer than allowed", reports.closed().get(1).detail());
        assertEquals(1, server.accepted());
    }

    @Test
    void a_long_header_may_go_before_tls_which_begins_right_behind_it() throws Exception {
        Pki pki = new Pki("root");
        SSLContext context = pki.context(pki.issue("127.0.0.1"));
        Proxy proxy = lab.start(announced(
                Listener.on("127.0.0.1", 0).tls(Tls.context(() -> context)),
                lab.greeter("a").backend()));
        Client client = send(proxy, header(1, 16 << 10, (byte) 7));
        try (Socket tls =
                pki.trusting().getSocketFactory().createSocket(client.socket(), "127.0.0.1", proxy.port(), true)) {
            tls.getOutputStream().write('x');
            assertArrayEquals(ascii("a\nx"), tls.getInputStream().readNBytes(3));
        }
    }
}
