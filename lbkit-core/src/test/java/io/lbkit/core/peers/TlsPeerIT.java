package io.lbkit.core.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.Route;
import io.lbkit.SessionReport;
import io.lbkit.Tls;
import io.lbkit.core.peers.TlsCaller.Answer;
import io.lbkit.core.peers.TlsCaller.Call;
import io.lbkit.core.tls.Pki;
import io.lbkit.core.traffic.Client;
import io.lbkit.core.traffic.Lab;
import io.lbkit.core.traffic.Reports;
import io.lbkit.core.traffic.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * OpenSSL, curl and the JDK before lbkit, and OpenSSL behind it, where TLS ends here, begins here, both, or goes through: the
 * answer is right, certificates are verified, and an end is told from a cut.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TlsPeerIT {

    private static final Pki PKI = new Pki("root");
    private static final String HTTP = "http/1.1";
    private static final String NAME = "a.example";

    @RegisterExtension
    final Lab lab = new Lab();

    @TempDir
    Path folder;

    private final Reports reports = new Reports();
    private Path root;

    @BeforeEach
    void write() {
        root = Pki.file(folder, "root.pem", PKI.pem());
        Pki.file(folder, "page", page());
    }

    static Stream<Arguments> callers() {
        return Stream.of(TlsCaller.values())
                .flatMap(caller -> Stream.of("TLSv1.2", "TLSv1.3").map(protocol -> Arguments.of(caller, protocol)));
    }

    private static List<String> lines() {
        return IntStream.range(0, 200).mapToObj(i -> "line " + i * i).toList();
    }

    private static String page() {
        return String.join("\n", lines()) + "\n";
    }

    // ---- who answers

    /** A server in the clear that answers any request, and then ends its stream or resets the connection. */
    private Backend plain(boolean cuts) throws IOException {
        TestServer server = lab.server("plain", socket -> {
            hearRequest(socket);
            socket.getOutputStream().write(("HTTP/1.0 200 OK\r\n\r\n" + page()).getBytes(StandardCharsets.US_ASCII));
            if (cuts) {
                TestServer.reset(socket);
            }
        });
        return server.backend();
    }

    private static void hearRequest(Socket socket) throws IOException {
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        for (String line = reader.readLine(); line != null && !line.isEmpty(); ) {
            line = reader.readLine();
        }
    }

    /** OpenSSL's server with a certificate for a name, which relays between TLS and us, or does as it is told more. */
    private Program openssl(String name, String... more) throws IOException {
        Pki.Issued issued = PKI.issue(name);
        InetSocketAddress at = Program.free(Program.HOST);
        List<String> command = new ArrayList<>(List.of(
                Program.find("openssl"),
                "s_server",
                "-accept",
                Program.HOST + ":" + at.getPort(),
                "-cert",
                Pki.file(folder, name + ".pem", issued.certificatePem()).toString(),
                "-key",
                Pki.file(folder, name + ".key", issued.keyPem()).toString(),
                "-alpn",
                HTTP));
        command.addAll(List.of(more));
        return lab.closing(Program.serve(folder, at, command));
    }

    /** OpenSSL's server, which serves the files of our folder. */
    private Program files(String name, String... more) throws IOException {
        return openssl(name, Stream.concat(Stream.of("-WWW"), Stream.of(more)).toArray(String[]::new));
    }

    private Backend to(Program server) {
        return Backend.of(server.address())
                .tls(Tls.client().trust(root).serverName(NAME).alpn(HTTP));
    }

    // ---- the proxy, and who calls it

    private Proxy start(ProxyBuilder builder) {
        return lab.start(builder.name("lab").observer(reports));
    }

    private Proxy terminating(Backend backend) {
        Pki.Issued issued = PKI.issue(NAME);
        Path chain = Pki.file(folder, "chain.pem", issued.certificatePem());
        Path key = Pki.file(folder, "key.pem", issued.keyPem());
        return start(Proxy.builder()
                .listen(Listener.on("127.0.0.1", 0).tls(Tls.pem(chain, key).alpn(HTTP)))
                .backend(backend));
    }

    private Proxy routing(Program a, Program b) {
        return start(Proxy.builder()
                .listen("127.0.0.1", 0)
                .route(Route.named("a").serverName(NAME).backend(Backend.of(a.address())))
                .route(Route.named("b").serverName("*.b.example").backend(Backend.of(b.address()))));
    }

    private Call call(Proxy proxy, String name, String protocol) {
        return new Call(folder, root, PKI.trusting(), name, (InetSocketAddress) proxy.localAddress(), protocol);
    }

    private static void assertRight(Answer answer, String protocol) {
        assertEquals(new Answer(lines(), protocol, HTTP, true), answer);
    }

    // ---- the answer is right

    @ParameterizedTest
    @MethodSource("callers")
    void tls_ends_here(TlsCaller caller, String protocol) throws Exception {
        Proxy proxy = terminating(plain(false));
        assertRight(caller.ask(call(proxy, NAME, protocol)), protocol);
        SessionReport report = reports.only();
        assertEquals(CloseReason.COMPLETED, report.reason());
        assertEquals(NAME, report.serverName());
    }

    @ParameterizedTest
    @MethodSource("callers")
    void tls_ends_here_and_begins_again(TlsCaller caller, String protocol) throws Exception {
        Proxy proxy = terminating(to(files(NAME)));
        assertRight(caller.ask(call(proxy, NAME, protocol)), protocol);
        assertEquals(CloseReason.COMPLETED, reports.only().reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void tls_begins_here(String version) throws Exception {
        Program server = files(NAME, version);
        Proxy proxy = start(Proxy.builder().listen("127.0.0.1", 0).backend(to(server)));
        Client client = lab.connect(proxy).send("GET /page HTTP/1.0\r\n\r\n");
        assertTrue(client.rest().endsWith("\r\n\r\n" + page()));
        client.end();
        assertEquals(CloseReason.COMPLETED, reports.only().reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void a_server_that_wants_a_certificate_sees_ours(String version) throws Exception {
        Program server = files(NAME, version, "-Verify", "1", "-verify_return_error", "-CAfile", root.toString());
        Pki.Issued ours = PKI.issue("lbkit.example");
        Tls tls = Tls.pem(
                        Pki.file(folder, "ours.pem", ours.certificatePem()),
                        Pki.file(folder, "ours.key", ours.keyPem()))
                .trust(root)
                .serverName(NAME);
        Proxy proxy = start(Proxy.builder()
                .listen("127.0.0.1", 0)
                .backend(Backend.of(server.address()).tls(tls)));
        Client client = lab.connect(proxy).send("GET /page HTTP/1.0\r\n\r\n");
        assertTrue(client.rest().endsWith("\r\n\r\n" + page()));
        client.end();
        assertEquals(CloseReason.COMPLETED, reports.only().reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void a_server_with_the_certificate_of_somebody_else_gets_nothing(String version) throws Exception {
        Program server = files("b.example", version);
        Proxy proxy = start(Proxy.builder().listen("127.0.0.1", 0).backend(to(server)));
        lab.connect(proxy).send("GET /page HTTP/1.0\r\n\r\n").expectReset();
        assertEquals(CloseReason.CONNECT_FAILED, reports.only().reason());
        assertFalse(server.said().contains("FILE"), server.said());
    }

    @ParameterizedTest
    @MethodSource("callers")
    void tls_goes_through_to_whoever_has_the_name(TlsCaller caller, String protocol) throws Exception {
        Proxy proxy = routing(files(NAME), files("x.b.example"));
        assertRight(caller.ask(call(proxy, NAME, protocol)), protocol);
        assertRight(caller.ask(call(proxy, "x.b.example", protocol)), protocol); // whose certificate is another one
        for (SessionReport report : reports.awaitClosed(2)) {
            assertEquals(CloseReason.COMPLETED, report.reason());
        }
    }

    /** Here and not in the build, where it would cost three seconds on each JDK. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void eight_at_once_get_eight_mebibytes_each_back_whole(String protocol) throws Exception {
        Proxy proxy = terminating(lab.server("echo", TestServer::echo).backend());
        Call call = call(proxy, NAME, protocol);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<byte[]>> back = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                SSLSocket socket = lab.closing(TlsCaller.over(lab.closing(new Socket()), call));
                byte[] bytes = bytes(i);
                threads.submit(() -> {
                    socket.getOutputStream().write(bytes);
                    socket.shutdownOutput();
                    return null;
                });
                back.add(threads.submit(() -> socket.getInputStream().readAllBytes()));
            }
            for (int i = 0; i < 8; i++) {
                assertTrue(Arrays.equals(bytes(i), back.get(i).get()), "not what was sent");
            }
        } finally {
            threads.shutdownNow();
        }
        for (SessionReport report : reports.awaitClosed(8)) {
            assertEquals(CloseReason.COMPLETED, report.reason());
            assertEquals(8 << 20, report.bytesToBackend());
        }
    }

    private static byte[] bytes(int seed) {
        byte[] bytes = new byte[8 << 20];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    // ---- an end is told from a cut

    @ParameterizedTest
    @MethodSource("callers")
    void a_cut_in_the_clear_is_a_cut_for_who_speaks_tls(TlsCaller caller, String protocol) throws Exception {
        Proxy proxy = terminating(plain(true));
        assertFalse(caller.ask(call(proxy, NAME, protocol)).whole());
        assertEquals(CloseReason.RESET_BY_BACKEND, reports.only().reason());
    }

    /** A server that dies ends its connections in TCP; that there was no {@code close_notify} tells. */
    @ParameterizedTest
    @MethodSource("callers")
    void a_server_of_tls_that_dies_in_its_answer_is_a_cut(TlsCaller caller, String protocol) throws Exception {
        Program server = openssl(NAME);
        Proxy proxy = terminating(to(server));
        CompletableFuture<Answer> answer = asking(caller, call(proxy, NAME, protocol));
        server.awaitSaid("ALPN protocols selected: " + HTTP).awaitSaid("GET /page");
        server.tell("HTTP/1.0 200 OK\r\n\r\nline 0\n");
        Lab.patiently().until(() -> proxy.stats().bytesToClients() > 0);
        server.kill();
        assertFalse(answer.get(20, TimeUnit.SECONDS).whole());
        assertEquals(CloseReason.RESET_BY_BACKEND, reports.only().reason());
    }

    /** OpenSSL does; curl and the JDK's sockets take an end of TCP for that of the page, whoever relays it. */
    @Test
    void where_tls_goes_through_the_far_end_has_to_tell() throws Exception {
        Program server = openssl(NAME);
        Proxy proxy = routing(server, openssl("x.b.example"));
        CompletableFuture<Answer> answer = asking(TlsCaller.OPENSSL, call(proxy, NAME, "TLSv1.3"));
        server.awaitSaid("GET /page").tell("HTTP/1.0 200 OK\r\n\r\nline 0\n").kill();
        assertFalse(answer.get(20, TimeUnit.SECONDS).whole());
    }

    private static CompletableFuture<Answer> asking(TlsCaller caller, Call call) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return caller.ask(call);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_client_that_ends_has_ended_and_one_that_dies_was_cut(String protocol) throws Exception {
        Proxy proxy = terminating(lab.greeter("greeter").backend());
        List<String> command = TlsCaller.command(call(proxy, NAME, protocol));
        Program ends = lab.closing(Program.start(folder, command)).awaitSaid("greeter");
        Program dies = lab.closing(Program.start(folder, command)).awaitSaid("greeter");
        assertTrue(ends.endsWell(), ends::said); // it sends a close_notify
        assertEquals(CloseReason.COMPLETED, reports.only().reason());
        dies.kill();
        assertEquals(CloseReason.RESET_BY_CLIENT, reports.awaitClosed(2).get(1).reason());
    }
}
