package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CheckStats;
import io.lbkit.HealthCheck;
import io.lbkit.Proxy;
import io.lbkit.SendProxy;
import io.lbkit.Tls;
import io.lbkit.core.health.Prober;
import io.lbkit.core.sim.Logged;
import io.lbkit.core.tls.Pki;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

/** Health checks of backends that speak TLS, over real sockets, with the JDK's at the far end. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TlsCheckTest {

    private static final Pki PKI = new Pki("root");

    @RegisterExtension
    final Lab lab = new Lab();

    @TempDir
    Path folder;

    /** What each visit of a server came to: its question, and how it ended. */
    private final List<String> visits = new CopyOnWriteArrayList<>();

    private final SSLContext context = PKI.context(PKI.issue("127.0.0.1"));
    private Tls tls;

    @BeforeEach
    void write() {
        tls = Tls.client().trust(Pki.file(folder, "root.pem", PKI.pem()));
    }

    private static HealthCheck quick(HealthCheck check) {
        return check.initiallyUp(false)
                .interval(Duration.ofMillis(50))
                .timeout(Duration.ofSeconds(5))
                .fall(1);
    }

    private static CheckStats stats(Proxy proxy) {
        return Objects.requireNonNull(proxy.stats().backends().get(0).check());
    }

    private Proxy checking(Backend backend, HealthCheck check) {
        return lab.start(Proxy.builder()
                .name("lab")
                .listen("127.0.0.1", 0)
                .backend(backend)
                .healthCheck(check));
    }

    private void awaitPassed(Proxy proxy) {
        patiently().until(() -> stats(proxy), stats -> stats.passed() >= 2 && stats.up());
        assertEquals(0, stats(proxy).failed(), () -> stats(proxy).last());
    }

    private String awaitFailed(Proxy proxy) {
        patiently().until(() -> stats(proxy).failed() > 0);
        assertEquals(0, stats(proxy).passed());
        return stats(proxy).last();
    }

    /** Answers the first line, then hears how it is left. */
    private TestServer.Script answering(String answer) {
        return socket -> {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            String question = in.readLine();
            for (String line = question; line != null && question.startsWith("GET") && !line.isEmpty(); ) {
                line = in.readLine();
            }
            try {
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                visits.add(question + " by " + protocol(socket) + (in.read() < 0 ? ", left in order" : ", went on"));
            } catch (IOException cut) {
                visits.add(question + ", cut");
            }
        };
    }

    private static String protocol(Socket socket) {
        if (socket instanceof SSLSocket secured) {
            String alpn = secured.getApplicationProtocol();
            return secured.getSession().getProtocol() + (alpn.isEmpty() ? "" : " " + alpn);
        }
        return "TCP";
    }

    private TestServer secured(TestServer.Script script) throws IOException {
        return lab.server("a", TestServer.secured(context, script));
    }

    private void assertVisits(String expected) {
        patiently().until(() -> visits.size() >= 2);
        assertEquals(List.of(expected), visits.stream().distinct().toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_question_is_asked_inside_and_left_in_order(String protocol) throws Exception {
        TestServer server = secured(answering("+PONG\r\n"));
        Backend backend = server.backend().tls(tls.protocols(protocol));
        awaitPassed(checking(backend, quick(HealthCheck.exchange("PING\r\n", "+PONG"))));
        assertVisits("PING by " + protocol + ", left in order");
    }

    @Test
    void http_is_offered_where_sessions_offer_something() throws Exception {
        TestServer server = secured(socket -> {
            SSLSocket own = (SSLSocket) socket;
            own.setHandshakeApplicationProtocolSelector((each, offered) -> offered.contains("h2") ? "h2" : "http/1.1");
            answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").serve(own);
        });
        Backend backend = server.backend().tls(tls.alpn("h2", "http/1.1"));
        awaitPassed(checking(backend, quick(HealthCheck.http("/health"))));
        assertVisits("GET /health HTTP/1.1 by TLSv1.3 http/1.1, left in order");
    }

    @Test
    void a_handshake_is_enough_for_a_check_by_connection() throws Exception {
        TestServer server = secured(answering(""));
        awaitPassed(checking(server.backend().tls(tls), quick(HealthCheck.tcp())));
        assertVisits("null by TLSv1.3, left in order");
    }

    @Test
    void a_certificate_for_somebody_else_is_a_failure() throws Exception {
        TestServer server = secured(answering("+PONG\r\n"));
        Backend backend = server.backend().tls(tls.serverName("db.example.org"));
        String last = awaitFailed(checking(backend, quick(HealthCheck.tcp())));
        assertTrue(last.startsWith("TLS failed: WRONG_NAME"), last);
    }

    @Test
    void what_speaks_no_tls_is_a_failure() throws Exception {
        Backend backend = lab.greeter("a").backend().tls(tls);
        String last = awaitFailed(checking(backend, quick(HealthCheck.tcp())));
        assertTrue(last.startsWith("TLS failed: NOT_TLS"), last);
    }

    @Test
    void who_never_ends_its_handshake_is_found_out() throws Exception {
        TestServer silent =
                lab.server("a", socket -> socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream()));
        HealthCheck check = quick(HealthCheck.tcp()).timeout(Duration.ofMillis(100));
        assertEquals(
                "no connection within 100 ms",
                awaitFailed(checking(silent.backend().tls(tls), check)));
    }

    @Test
    void a_header_goes_before_the_handshake() throws Exception {
        TestServer server = lab.server("a", socket -> {
            assertEquals(
                    "PROXY UNKNOWN\r\n", new String(socket.getInputStream().readNBytes(15), StandardCharsets.US_ASCII));
            TestServer.secured(context, answering("+PONG\r\n")).serve(socket);
        });
        Backend backend = server.backend().tls(tls).sendProxy(SendProxy.V1);
        awaitPassed(checking(backend, quick(HealthCheck.exchange("PING\r\n", "+PONG"))));
        assertVisits("PING by TLSv1.3, left in order");
    }

    @Test
    void elsewhere_they_are_asked_in_the_clear_or_as_is_said() throws Exception {
        TestServer plain = lab.server("plain", answering("+PONG\r\n"));
        TestServer secured = secured(answering("+PONG\r\n"));
        HealthCheck ping = quick(HealthCheck.exchange("PING\r\n", "+PONG"));
        Backend backend = lab.greeter("sessions").backend().tls(tls);
        awaitPassed(checking(backend, ping.port(plain.address().getPort())));
        assertVisits("PING by TCP, left in order");
        visits.clear();
        awaitPassed(checking(backend, ping.port(secured.address().getPort()).tls(true)));
        patiently().until(() -> visits.contains("PING by TLSv1.3, left in order"));
        awaitPassed(checking(plain.backend().tls(tls), ping.tls(false)));
    }

    @Test
    void a_host_that_throws_says_nothing_about_a_backend_and_is_no_defect() throws Exception {
        Backend backend = secured(answering("")).backend().tls(Tls.context(() -> {
            throw new NoClassDefFoundError("thrown by a test");
        }));
        String log = Logged.by(Prober.class, Level.WARN, () -> {
            Proxy proxy = checking(backend, quick(HealthCheck.tcp()));
            patiently().until(() -> stats(proxy).repeated() > 1);
            assertEquals(0, stats(proxy).failed());
        });
        assertTrue(log.contains(" WARN ") && log.contains("the host's"), log);
        assertFalse(log.contains("a defect ended"), log);
    }
}
