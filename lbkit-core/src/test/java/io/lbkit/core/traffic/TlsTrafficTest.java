package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.SendProxy;
import io.lbkit.SessionReport;
import io.lbkit.Tls;
import io.lbkit.core.relay.Relay;
import io.lbkit.core.sim.Logged;
import io.lbkit.core.tls.Pki;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

/** TLS ended, begun, and both, by a proxy over real sockets, with the JDK's own sockets at the far ends. */
@Timeout(value = 90, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TlsTrafficTest {

    private static final Pki PKI = new Pki("root");
    private static final int SOME = 11;

    @RegisterExtension
    final Lab lab = new Lab();

    @TempDir
    Path folder;

    private final Reports reports = new Reports();
    private final Pki.Issued issued = PKI.issue("localhost", "127.0.0.1");
    private final BlockingQueue<String> spoken = new LinkedBlockingQueue<>(); // by the backend
    private Path chain;
    private Path key;
    private Path root;

    @BeforeEach
    void write() throws IOException {
        chain = Files.writeString(folder.resolve("chain.pem"), issued.certificatePem());
        key = Files.writeString(folder.resolve("key.pem"), issued.keyPem());
        root = Files.writeString(folder.resolve("root.pem"), PKI.pem());
    }

    private Listener tlsListener(String... alpn) {
        return Listener.on("127.0.0.1", 0).tls(Tls.pem(chain, key).alpn(alpn));
    }

    private Proxy start(Listener listener, Backend backend) {
        return lab.start(
                Proxy.builder().name("lab").listen(listener).backend(backend).observer(reports));
    }

    private SSLSocket dial(Proxy proxy, String... protocols) throws Exception {
        SSLContext context = PKI.trusting();
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
        lab.closing(socket);
        socket.setSoTimeout(20_000);
        socket.connect(proxy.localAddress());
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        return socket;
    }

    /** A server of the JDK's that echoes over TLS. */
    private Backend tlsEcho(String... alpn) throws Exception {
        SSLServerSocket server =
                (SSLServerSocket) PKI.context(issued).getServerSocketFactory().createServerSocket();
        lab.closing(server);
        SSLParameters parameters = server.getSSLParameters();
        parameters.setApplicationProtocols(alpn);
        server.setSSLParameters(parameters);
        server.bind(new InetSocketAddress("127.0.0.1", 0));
        Thread thread = new Thread(() -> accept(server), "tls-echo");
        thread.setDaemon(true);
        thread.start();
        return Backend.of(server.getLocalSocketAddress()).id("tls");
    }

    private void accept(SSLServerSocket server) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread thread = new Thread(() -> echo(socket), "tls-echo-connection");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void echo(Socket socket) {
        try (socket) {
            ((SSLSocket) socket).startHandshake();
            spoken.add(((SSLSocket) socket).getApplicationProtocol());
            socket.getInputStream().transferTo(socket.getOutputStream());
            socket.shutdownOutput();
        } catch (IOException e) {
            // The other end's affair.
        }
    }

    private static byte[] exchange(SSLSocket socket, byte[] bytes) throws Exception {
        CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
            try {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        byte[] back = socket.getInputStream().readAllBytes();
        sent.get(30, TimeUnit.SECONDS);
        return back;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void ended_here_megabytes_come_back_whole_and_the_end_is_clean(String protocol) throws Exception {
        Proxy proxy = start(tlsListener(), lab.server("a", TestServer::echo).backend());
        byte[] bytes = new byte[2 << 20];
        new Random(1).nextBytes(bytes);
        assertArrayEquals(bytes, exchange(dial(proxy, protocol), bytes));
        assertEquals(CloseReason.COMPLETED, reports.only().reason());
        assertEquals(bytes.length, reports.only().bytesToBackend(), "plaintext is what counts");
        assertEquals("", reports.only().detail());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void begun_here_and_both_megabytes_come_back_whole(String protocol) throws Exception {
        Backend backend = tlsEcho().tls(Tls.client().trust(root).protocols(protocol));
        byte[] bytes = new byte[2 << 20];
        new Random(2).nextBytes(bytes);
        Proxy both = start(tlsListener(), backend);
        assertArrayEquals(bytes, exchange(dial(both, protocol), bytes));
        assertEquals(CloseReason.COMPLETED, reports.only().reason());
    }

    @Test
    void begun_here_for_plain_clients() throws Exception {
        Proxy proxy =
                start(Listener.on("127.0.0.1", 0), tlsEcho().tls(Tls.client().trust(root)));
        lab.connect(proxy).ping("in the clear here, and not there").end().expectEnd();
        assertEquals(CloseReason.COMPLETED, reports.only().reason());
    }

    @Test
    void a_backend_whose_certificate_is_for_somebody_else_is_not_used() throws Exception {
        Proxy proxy = start(
                Listener.on("127.0.0.1", 0),
                tlsEcho().tls(Tls.client().trust(root).serverName("db.example.org")));
        lab.connect(proxy).expectReset();
        SessionReport report = reports.only();
        assertEquals(CloseReason.CONNECT_FAILED, report.reason());
        assertEquals("WRONG_NAME: No subject alternative DNS name matching db.example.org found.", report.detail());
        assertEquals(report.detail(), reports.failures().get(0).detail());
    }

    /** Trusts nobody, and says so in so many words. */
    private static SSLContext distrusting(String why) throws GeneralSecurityException {
        X509TrustManager nobody = new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String authType) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
                throw new CertificateException(why);
            }

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {nobody}, null);
        return context;
    }

    @Test
    void why_a_backend_was_not_trusted_is_one_line_in_report_and_log_whoever_chose_the_words() throws Exception {
        SSLContext context = distrusting("for \"x\"\n\u001b[31m" + "!".repeat(1000));
        Proxy proxy = start(Listener.on("127.0.0.1", 0), tlsEcho().tls(Tls.context(() -> context)));
        String log = Logged.by(Relay.class, Level.DEBUG, () -> {
            try {
                lab.connect(proxy).expectReset();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            reports.only();
        });
        String detail = reports.only().detail();
        assertTrue(detail.startsWith("UNTRUSTED: for \\\"x\\\"\\u000a\\u001b[31m!!!"), detail);
        assertTrue(detail.endsWith("!...") && detail.length() < 170, detail);
        assertTrue(log.contains(" reason=CONNECT_FAILED detail=\"" + detail + "\""), log);
        assertTrue(log.contains("cause=REFUSED") && log.contains("detail=" + detail), log);
        assertEquals(2, log.lines().count(), log);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_client_that_refuses_our_certificate_says_why(String protocol) throws Exception {
        Proxy proxy = start(tlsListener(), lab.greeter("a").backend());
        SSLContext context = distrusting("not ours");
        SSLSocket socket = (SSLSocket) lab.closing(context.getSocketFactory().createSocket());
        socket.connect(proxy.localAddress());
        socket.setEnabledProtocols(new String[] {protocol});
        assertThrows(IOException.class, socket::startHandshake);
        assertEquals(CloseReason.PRELUDE_REJECTED, reports.only().reason());
        String detail = reports.only().detail();
        assertTrue(detail.matches("REFUSED: .*Received fatal alert: certificate_unknown"), detail);
    }

    @Test
    void a_client_that_is_cut_off_is_told_from_one_that_resets() throws Exception {
        Proxy proxy = start(tlsListener(), lab.server("a", TestServer::echo).backend());
        Socket below = lab.closing(new Socket());
        below.connect(proxy.localAddress());
        SSLSocket socket =
                (SSLSocket) PKI.trusting().getSocketFactory().createSocket(below, "127.0.0.1", proxy.port(), false);
        socket.getOutputStream().write('x');
        assertEquals('x', socket.getInputStream().read());
        below.close();
        assertEquals(CloseReason.RESET_BY_CLIENT, reports.only().reason());
        assertEquals("CUT: ended without a close_notify", reports.only().detail());
    }

    @Test
    void unless_that_is_of_no_interest() throws Exception {
        Proxy proxy =
                start(Listener.on("127.0.0.1", 0), tlsEcho().tls(Tls.client().verify(false)));
        lab.connect(proxy).ping("trusting").end().expectEnd();
    }

    @Test
    void a_cut_is_not_taken_for_an_end() throws Exception {
        TestServer server = lab.greeter("a");
        Proxy proxy = start(tlsListener(), server.backend());
        SSLSocket socket = dial(proxy);
        assertEquals('a', socket.getInputStream().read());
        assertEquals('\n', socket.getInputStream().read());
        server.kill();
        assertThrows(IOException.class, () -> socket.getInputStream().read());
        assertEquals(CloseReason.RESET_BY_BACKEND, reports.only().reason());
    }

    @Test
    void plain_text_at_a_tls_port_is_rejected() throws Exception {
        TestServer server = lab.greeter("a");
        Proxy proxy = start(tlsListener(), server.backend());
        try {
            lab.connect(proxy).send("GET / HTTP/1.0\r\n\r\n").rest();
        } catch (IOException reset) {
            // An alert or not, and a reset.
        }
        assertEquals(CloseReason.PRELUDE_REJECTED, reports.only().reason());
        assertTrue(
                reports.only().detail().startsWith("NOT_TLS: "), reports.only().detail());
        assertEquals(0, server.accepted());
    }

    @Test
    void three_hundred_who_never_finish_a_handshake_are_gone_in_time_and_slow_nobody() throws Exception {
        Duration limit = Duration.ofSeconds(3);
        Proxy proxy = lab.start(Proxy.builder()
                .name("lab")
                .listen(tlsListener())
                .backend(lab.server("a", TestServer::echo).backend())
                .observer(reports)
                .limits(limits -> limits.preludeTimeout(limit)));
        medianOfSome(proxy); // the code is warm
        long alone = medianOfSome(proxy);
        List<Client> stuck = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            stuck.add(lab.connect(proxy));
            stuck.get(i).socket().getOutputStream().write(new byte[] {22, 3, 1, 1}); // the beginning of a hello
        }
        long beside = medianOfSome(proxy);
        Lab.patiently().until(() -> proxy.stats().active() == 300); // all of them are still there
        for (Client client : stuck) {
            assertThrows(
                    IOException.class, () -> client.socket().getInputStream().readAllBytes());
        }
        reports.awaitTooLate(3 * SOME + 300, 300, limit);
        System.out.printf("median of a TLS session: %d us alone, %d us beside 300 that are stuck%n", alone, beside);
        assertTrue(beside < Math.max(10 * alone, 50_000), beside + " us, and " + alone + " us alone");
    }

    /** The median time of a session with its handshake, in microseconds. */
    private long medianOfSome(Proxy proxy) throws Exception {
        byte[] bytes = "not slowed".getBytes(StandardCharsets.US_ASCII);
        long[] micros = new long[SOME];
        for (int i = 0; i < SOME; i++) {
            long begun = System.nanoTime();
            assertArrayEquals(bytes, exchange(dial(proxy), bytes));
            micros[i] = (System.nanoTime() - begun) / 1000;
        }
        Arrays.sort(micros);
        return micros[SOME / 2];
    }

    @Test
    void a_header_goes_before_tls_both_ways() throws Exception {
        Reports inner = new Reports();
        Proxy behind = lab.start(Proxy.builder()
                .name("lab")
                .listen(tlsListener().acceptProxy())
                .backend(lab.server("a", TestServer::echo).backend())
                .observer(inner));
        for (SendProxy version : new SendProxy[] {SendProxy.V1, SendProxy.V2}) {
            Backend backend = Backend.of(behind.localAddress())
                    .sendProxy(version)
                    .tls(Tls.client().trust(root));
            Proxy front =
                    lab.start(Proxy.builder().name("lab").listen("127.0.0.1", 0).backend(backend));
            Client client = lab.connect(front).ping("announced");
            client.end().expectEnd();
            Lab.patiently().until(() -> behind.stats().active(), active -> active == 0);
            assertTrue(
                    inner.closed().stream().anyMatch(report -> report.client().equals(client.localAddress())),
                    version + ": " + inner.closed());
        }
    }

    @Test
    void a_header_has_the_agreed_protocol_and_the_name_that_was_asked_for() throws Exception {
        int most = 28 + 11 + 12 + 11 + 5; // addresses, ALPN, authority, unique id, the host's
        BlockingQueue<byte[]> first = new LinkedBlockingQueue<>();
        TestServer server =
                lab.server("a", socket -> first.add(socket.getInputStream().readNBytes(most)));
        SendProxy send = SendProxy.V2.tlv(0xE0, "t7".getBytes(StandardCharsets.US_ASCII));
        Proxy proxy = start(tlsListener("http/1.1", "h2"), server.backend().sendProxy(send));
        shake(dial(proxy), "localhost", "h2", "http/1.1");
        String header = HexFormat.of().formatHex(first.take());
        assertEquals("0d0a0d0a000d0a515549540a" + "21110033", header.substring(0, 32));
        assertEquals(
                "01" + "0008" + HexFormat.of().formatHex("http/1.1".getBytes(StandardCharsets.US_ASCII)),
                header.substring(56, 78));
        assertEquals(
                "02" + "0009" + HexFormat.of().formatHex("localhost".getBytes(StandardCharsets.US_ASCII)) + "050008",
                header.substring(78, 108));
        assertEquals("e0" + "0002" + "7437", header.substring(124));
    }

    @ParameterizedTest
    @CsvSource({"h2, h2", "http/1.1, http/1.1", "'', smtp"})
    void what_was_agreed_on_with_the_client_is_what_the_backend_is_offered(String offered, String spoken)
            throws Exception {
        Backend backend = tlsEcho("smtp", "http/1.1", "h2")
                .tls(Tls.client().trust(root).alpn("smtp")); // where nothing was agreed on
        Proxy proxy = start(tlsListener("http/1.1", "h2"), backend);
        SSLSocket client = shake(dial(proxy), "localhost", offered.isEmpty() ? new String[0] : new String[] {offered});
        byte[] bytes = "spoken".getBytes(StandardCharsets.US_ASCII);
        assertArrayEquals(bytes, exchange(client, bytes));
        assertEquals(offered, client.getApplicationProtocol());
        assertEquals(spoken, this.spoken.take());
    }

    private static SSLSocket shake(SSLSocket socket, String name, String... offered) throws IOException {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        parameters.setApplicationProtocols(offered);
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    @Test
    void a_bad_file_is_named() throws Exception {
        Files.writeString(key, "no key");
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> start(tlsListener(), Backend.of("127.0.0.1", 1)));
        assertTrue(e.getMessage().contains(key.toString()), e.getMessage());
    }
}
