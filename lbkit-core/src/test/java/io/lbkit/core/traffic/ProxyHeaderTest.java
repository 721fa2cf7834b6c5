package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.AddressSet;
import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.ConnectFailure;
import io.lbkit.HealthCheck;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.SendProxy;
import io.lbkit.SessionReport;
import io.lbkit.selector.Selectors;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** PROXY headers of clients and for backends, over real sockets. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProxyHeaderTest {

    private static final String V1 = "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n";
    private static final String V2 = "0d0a0d0a000d0a515549540a2111000cc0a80001c0a8000bdc0401bb";
    private static final String V2_CRC = "0d0a0d0a000d0a515549540a21110013c0a80001c0a8000bdc0401bb0300041c1ae9c6";
    private static final String LOCAL = "0d0a0d0a000d0a515549540a20000000";

    @RegisterExtension
    final Lab lab = new Lab();

    private final Reports reports = new Reports();

    private static byte[] bytes(String text) {
        return text.startsWith("0d0a") ? HexFormat.of().parseHex(text) : text.getBytes(StandardCharsets.US_ASCII);
    }

    private Proxy start(ProxyBuilder builder) {
        return lab.start(builder.observer(reports));
    }

    private static ProxyBuilder announced(Backend backend) {
        return Proxy.builder()
                .name("lab")
                .listen(Listener.on("127.0.0.1", 0).acceptProxy())
                .backend(backend);
    }

    // ---- of clients

    @ParameterizedTest
    @CsvSource({"V1, 192.168.0.1:56324", "V2, 192.168.0.1:56324", "V2_CRC, 192.168.0.1:56324", "LOCAL,", "UNKNOWN,"})
    void the_announced_client_is_the_client_and_the_backend_gets_its_bytes_alone(String kind, String announced)
            throws Exception {
        byte[] header = switch (kind) {
            case "V1" -> bytes(V1);
            case "V2" -> bytes(V2);
            case "V2_CRC" -> bytes(V2_CRC);
            case "LOCAL" -> bytes(LOCAL);
            default -> bytes("PROXY UNKNOWN whatever\r\n");
        };
        Proxy proxy = start(announced(lab.greeter("a").backend()));
        Client client = lab.connect(proxy);
        for (byte b : header) {
            client.socket().getOutputStream().write(b); // each may come alone
        }
        assertEquals("a", client.line());
        client.ping("hello").end().expectEnd();
        SessionReport report = reports.only();
        String expected = announced == null ? text(client.localAddress()) : announced;
        assertEquals(expected, text(report.client()));
        assertEquals(text(client.localAddress()), text(report.peer()));
        assertEquals(CloseReason.COMPLETED, report.reason());
    }

    private static String text(java.net.SocketAddress address) {
        InetSocketAddress inet = (InetSocketAddress) address;
        return inet.getAddress().getHostAddress() + ":" + inet.getPort();
    }

    @Test
    void a_header_and_what_follows_it_may_come_in_one_segment() throws Exception {
        Proxy proxy = start(announced(lab.greeter("a").backend()));
        Client client = lab.connect(proxy).send(V1 + "one\n");
        assertEquals("a", client.line());
        assertEquals("one", client.line());
        client.end().expectEnd();
        assertEquals(4, reports.only().bytesToBackend(), "the header does not count");
    }

    @Test
    void who_is_not_trusted_is_plain_and_a_header_of_his_is_the_backends_affair() throws Exception {
        Proxy proxy = start(Proxy.builder()
                .name("lab")
                .listen(Listener.on("127.0.0.1", 0).acceptProxy(AddressSet.of("127.0.0.2")))
                .backend(lab.greeter("a").backend()));
        Client stranger = lab.connect(proxy).send(V1);
        assertEquals("a", stranger.line());
        assertEquals(V1.strip(), stranger.line().strip(), "echoed as it came");
        stranger.end().expectEnd();
        assertEquals(text(stranger.localAddress()), text(reports.only().client()));
        Client trusted = lab.closing(Client.from("127.0.0.2", proxy)).send(V1);
        assertEquals("a", trusted.line());
        trusted.ping("still here");
    }

    @Test
    void who_comes_through_a_unix_domain_socket_brings_a_header_as_well(@TempDir Path folder) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("lab.sock"));
        start(Proxy.builder()
                .name("lab")
                .listen(Listener.on(address).acceptProxy())
                .backend(lab.greeter("a").backend()));
        try (SocketChannel client = SocketChannel.open(address)) {
            client.write(ByteBuffer.wrap(bytes(V1)));
            client.shutdownOutput();
            client.read(ByteBuffer.allocate(10));
        }
        assertEquals("192.168.0.1:56324", text(reports.only().client()));
        assertEquals(0, reports.only().bytesToBackend());
    }

    @ParameterizedTest
    @CsvSource({
        "'PROXY TCP4 1.2.3.4 5.6.7.8 1 99999\r\n', a malformed port in a PROXY line",
        "'SSH-2.0-x\r\n', no PROXY header",
        "'PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n', a malformed address in a PROXY line"
    })
    void a_wrong_header_never_reaches_a_backend(String header, String detail) throws Exception {
        TestServer server = lab.greeter("a");
        Proxy proxy = start(announced(server.backend()));
        lab.connect(proxy).send(header.replace("\\r\\n", "\r\n")).expectReset();
        assertEquals(CloseReason.PRELUDE_REJECTED, reports.only().reason());
        assertEquals(detail, reports.only().detail());
        assertEquals(0, server.accepted());
    }

    @Test
    void an_end_within_a_header_is_a_rejected_one() throws Exception {
        Proxy proxy = start(announced(lab.greeter("a").backend()));
        lab.connect(proxy).send("PROXY TCP4 1.2").end().expectReset();
        assertEquals(CloseReason.PRELUDE_REJECTED, reports.only().reason());
        assertEquals("an end within a PROXY header", reports.only().detail());
    }

    @Test
    void a_reset_within_a_header_is_the_clients_act() throws Exception {
        TestServer server = lab.greeter("a");
        Proxy proxy = start(announced(server.backend()));
        lab.connect(proxy).send("PROXY TCP4 1.2").expectSilence().reset();
        assertEquals(CloseReason.RESET_BY_CLIENT, reports.only().reason());
        assertEquals(0, server.accepted());
    }

    @Test
    void a_drip_does_not_push_the_deadline_out() throws Exception {
        Duration limit = Duration.ofMillis(300);
        Proxy proxy = start(announced(lab.greeter("a").backend()).limits(limits -> limits.preludeTimeout(limit)));
        Client client = lab.connect(proxy);
        try {
            for (int i = 0; i < V1.length() - 1; i++) {
                client.send(V1.substring(i, i + 1)).expectSilence();
            }
        } catch (IOException | AssertionError reset) {
            // The reset has come in the midst of it.
        }
        assertEquals(CloseReason.PRELUDE_TIMEOUT, reports.only().reason());
        assertTrue(reports.only().duration().compareTo(limit) >= 0);
    }

    // ---- for backends

    /** What a server was sent first, as far as a number of bytes. */
    private TestServer recorder(BlockingQueue<String> first, int bytes, String greeting) throws IOException {
        return lab.server("a", socket -> {
            socket.getOutputStream().write(greeting.getBytes(StandardCharsets.US_ASCII));
            first.add(new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.ISO_8859_1));
            TestServer.echo(socket);
        });
    }

    @Test
    void version_1_goes_before_the_first_byte() throws Exception {
        BlockingQueue<String> first = new LinkedBlockingQueue<>();
        TestServer server = recorder(first, V1.length() + 6, "");
        Proxy proxy = start(announced(server.backend().sendProxy(SendProxy.V1)));
        Client client = lab.connect(proxy).send(V1 + "hello\n");
        assertEquals(V1 + "hello\n", first.take());
        client.ping("more").end().expectEnd();
        assertEquals(11, reports.only().bytesToBackend());
    }

    @Test
    void version_2_is_passed_on_with_a_unique_id() throws Exception {
        BlockingQueue<String> first = new LinkedBlockingQueue<>();
        TestServer server = recorder(first, 28 + 11, "");
        Proxy proxy = start(announced(server.backend().sendProxy(SendProxy.V2)));
        Client client = lab.connect(proxy);
        client.socket().getOutputStream().write(bytes(V2));
        String header = HexFormat.of().formatHex(first.take().getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(V2.replace("2111000c", "21110017") + "050008", header.substring(0, 56 + 6));
        client.ping("x").end().expectEnd();
        assertEquals(
                String.format("%016x", reports.only().sessionId()), header.substring(56 + 6), "the id of the session");
    }

    @ParameterizedTest
    @EnumSource
    void a_backend_that_speaks_first_gets_its_header_all_the_same(Sends version) throws Exception {
        BlockingQueue<String> first = new LinkedBlockingQueue<>();
        TestServer server = recorder(first, 12, "hello\n");
        Proxy proxy = start(lab.proxy().backend(server.backend().sendProxy(version.header)));
        Client client = lab.connect(proxy);
        assertEquals("hello", client.line());
        assertTrue(first.take().startsWith(version == Sends.V1 ? "PROXY TCP4 1" : "\r\n\r\n\0\r\nQUIT\n"));
    }

    @ParameterizedTest
    @EnumSource
    void two_proxies_in_a_row_agree_on_the_client(Sends version) throws Exception {
        Reports behind = new Reports();
        Proxy inner = lab.start(announced(lab.greeter("a").backend()).observer(behind));
        Proxy outer = start(lab.proxy().backend(Backend.of(inner.localAddress()).sendProxy(version.header)));
        Client client = lab.connect(outer);
        assertEquals("a", client.line());
        client.ping("through both").end().expectEnd();
        assertEquals(text(client.localAddress()), text(behind.only().client()));
        assertEquals(reports.only().bytesToBackend(), behind.only().bytesToBackend());
    }

    @Test
    void the_host_adds_what_it_knows_of_the_client() throws Exception {
        BlockingQueue<String> first = new LinkedBlockingQueue<>();
        TestServer server = recorder(first, 28 + 11 + 5 + 4 + 6, "");
        SendProxy send = SendProxy.V2
                .tlv(0xE0, bytes("t7"))
                .tlv(
                        0xE1,
                        client -> bytes(((InetSocketAddress) client.clientAddress())
                                .getHostString()
                                .substring(0, 1)));
        Proxy proxy = start(announced(server.backend().sendProxy(send)));
        Client client = lab.connect(proxy);
        client.socket().getOutputStream().write(bytes(V2));
        client.send("hello\n");
        String header = first.take();
        assertEquals("\u00e0\0\2t7\u00e1\0\u00011hello\n", header.substring(28 + 11));
        client.ping("x").end().expectEnd();
        assertEquals(8, reports.only().bytesToBackend());
    }

    @Test
    void a_host_that_throws_costs_this_backend_the_session_and_is_not_held_against_it() throws Exception {
        TestServer server = lab.greeter("a");
        SendProxy send = SendProxy.V2.tlv(0xE0, client -> {
            throw new IllegalStateException("a bug of the host");
        });
        Backend backend = server.backend().sendProxy(send);
        Proxy alone = start(lab.proxy().backend(backend));
        lab.connect(alone).expectReset();
        assertEquals(CloseReason.LOCAL_FAILURE, reports.only().reason());
        assertEquals(ConnectFailure.Cause.LOCAL, reports.failures().get(0).cause());
        assertEquals(0, server.accepted());
        Proxy both = lab.start(
                lab.proxy().backend(backend).backend(lab.greeter("b").backend()).selector(Selectors.firstAvailable()));
        assertEquals("b", lab.connect(both).line());
    }

    @ParameterizedTest
    @CsvSource({"V1, PROXY UNKNOWN", "V2, LOCAL"})
    void a_health_check_says_that_it_is_the_proxys_own(Sends version, String expected) throws Exception {
        BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        String header =
                version == Sends.V1 ? "PROXY UNKNOWN\r\n" : new String(bytes(LOCAL), StandardCharsets.ISO_8859_1);
        TestServer server = lab.server("a", socket -> answer(socket, header.length(), asked));
        start(lab.proxy()
                .backend(server.backend().sendProxy(version.header))
                .healthCheck(HealthCheck.exchange("PING\n", "PONG").interval(Duration.ofMillis(100))));
        assertEquals(header + "PING\n", asked.take(), expected);
    }

    private static void answer(Socket socket, int header, BlockingQueue<String> asked) throws IOException {
        InputStream in = socket.getInputStream();
        asked.add(new String(in.readNBytes(header + 5), StandardCharsets.ISO_8859_1));
        socket.getOutputStream().write("PONG".getBytes(StandardCharsets.US_ASCII));
        in.readAllBytes();
    }
}
