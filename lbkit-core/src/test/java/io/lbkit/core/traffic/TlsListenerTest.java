package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.CloseReason;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.Tls;
import io.lbkit.core.tls.Pki;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which certificate a listener shows and which it wants to see, where they come from, and how many handshakes there may be. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TlsListenerTest {

    private static final Pki PKI = new Pki("root");

    @RegisterExtension
    final Lab lab = new Lab();

    @TempDir
    Path folder;

    private final Reports reports = new Reports();
    private final Pki.Issued issued = PKI.issue("localhost", "127.0.0.1");
    private volatile boolean over;

    @AfterEach
    void endClients() {
        over = true;
    }

    private Path chain(String name, Pki.Issued of) {
        return Pki.file(folder, name + ".pem", of.certificatePem());
    }

    private Path key(String name, Pki.Issued of) {
        return Pki.file(folder, name + ".key", of.keyPem());
    }

    private Tls pem() {
        return Tls.pem(chain("first", issued), key("first", issued));
    }

    private Proxy start(Tls tls) throws IOException {
        return lab.start(Proxy.builder()
                .name("lab")
                .listen(Listener.on("127.0.0.1", 0).tls(tls))
                .backend(lab.server("a", TestServer::echo).backend())
                .observer(reports));
    }

    /** The certificate that is shown to somebody who then is served. Each time it is a whole handshake. */
    private static Certificate visit(Proxy proxy, SSLContext as, String serverName, String... protocols)
            throws IOException {
        try (SSLSocket socket = (SSLSocket) as.getSocketFactory().createSocket()) {
            socket.setSoTimeout(20_000);
            socket.connect(proxy.localAddress());
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(serverName.isEmpty() ? List.of() : List.of(new SNIHostName(serverName)));
            if (protocols.length > 0) {
                parameters.setProtocols(protocols);
            }
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream().write('x');
            assertEquals('x', socket.getInputStream().read());
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    // ---- which are wanted

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_client_needs_a_certificate_where_one_is_asked_for(String protocol) throws Exception {
        Path root = Pki.file(folder, "root.pem", PKI.pem());
        Proxy proxy = start(pem().trust(root).clientAuth(Tls.ClientAuth.REQUIRED));
        visit(proxy, PKI.context(PKI.issue("client")), "", protocol);
        assertThrows(IOException.class, () -> visit(proxy, PKI.trusting(), "", protocol));
        List<CloseReason> reasons =
                reports.awaitClosed(2).stream().map(report -> report.reason()).toList();
        assertTrue(reasons.contains(CloseReason.PRELUDE_REJECTED), reasons.toString());
        String details = reports.closed().stream()
                .map(report -> report.detail())
                .toList()
                .toString();
        assertTrue(details.contains("Empty client certificate chain"), details);
        assertEquals(1, proxy.stats().backends().get(0).sessions(), "a backend knows of one alone");
    }

    @Test
    void a_client_that_was_only_asked_may_have_none() throws Exception {
        Path root = Pki.file(folder, "root.pem", PKI.pem());
        Proxy proxy = start(pem().trust(root).clientAuth(Tls.ClientAuth.OPTIONAL));
        visit(proxy, PKI.trusting(), "");
        visit(proxy, PKI.context(PKI.issue("client")), "");
    }

    // ---- which is shown

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void the_certificate_is_that_of_the_name_and_a_key_may_be_encrypted(String protocol) throws Exception {
        Pki.Issued shop = PKI.issue("shop.example");
        Pki.Issued wild = PKI.issue("*.example");
        Path encrypted = Pki.file(folder, "shop.key", shop.keyPem("a secret"));
        Proxy proxy = start(pem().andPem(new Tls.Pem(chain("shop", shop), encrypted, "a secret"))
                .andPem(new Tls.Pem(chain("wild", wild), key("wild", wild), "")));
        assertEquals(shop.certificate(), visit(proxy, PKI.trusting(), "shop.example", protocol));
        assertEquals(wild.certificate(), visit(proxy, PKI.trusting(), "mail.example", protocol));
        assertEquals(issued.certificate(), visit(proxy, PKI.trusting(), "other.test", protocol));
        assertEquals(issued.certificate(), visit(proxy, PKI.trusting(), "", protocol));
        assertTrue(reports.awaitClosed(4).stream().anyMatch(report -> "mail.example".equals(report.serverName())));
    }

    @Test
    void a_wrong_password_is_told_before_anybody_is_served() {
        Path encrypted = Pki.file(folder, "first.key", issued.keyPem("a secret"));
        Tls tls = Tls.client().andPem(new Tls.Pem(chain("first", issued), encrypted, "a guess"));
        String complaint =
                assertThrows(IllegalArgumentException.class, () -> start(tls)).getMessage();
        assertTrue(complaint.contains(encrypted.toString()) && !complaint.contains("a guess"), complaint);
    }

    @Test
    void the_contexts_of_a_host_may_rotate_and_one_that_throws_costs_that_client_alone() throws Exception {
        Pki.Issued next = PKI.issue("localhost");
        AtomicReference<SSLContext> context = new AtomicReference<>(PKI.context(issued));
        Proxy proxy = start(Tls.context(() -> {
            SSLContext now = context.get();
            if (now == null) {
                throw new IllegalStateException("no context today");
            }
            return now;
        }));
        assertEquals(issued.certificate(), visit(proxy, PKI.trusting(), ""));
        reports.awaitClosed(1);
        context.set(null);
        assertThrows(IOException.class, () -> visit(proxy, PKI.trusting(), ""));
        assertEquals(CloseReason.LOCAL_FAILURE, reports.awaitClosed(2).get(1).reason());
        assertEquals("the host's TLS threw", reports.closed().get(1).detail());
        context.set(PKI.context(next));
        assertEquals(next.certificate(), visit(proxy, PKI.trusting(), ""));
        assertEquals(2, proxy.stats().backends().get(0).sessions());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_key_and_a_chain_that_change_one_after_the_other_cost_no_handshake(String protocol) throws Exception {
        Proxy proxy = start(pem().reloadInterval(Duration.ofMillis(5)));
        Pki.Issued next = PKI.issue("localhost", "127.0.0.1");
        AtomicInteger served = new AtomicInteger();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            CompletableFuture<Void> client = new CompletableFuture<>();
            clients.add(client);
            Thread thread = new Thread(() -> visitUntilRenewed(proxy, protocol, next, served, client), "visitor-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        awaitMore(served, clients);
        Files.writeString(folder.resolve("first.key"), next.keyPem());
        awaitMore(served, clients); // the new key is not that of the old certificate
        Files.writeString(folder.resolve("first.pem"), next.certificatePem());
        for (CompletableFuture<Void> client : clients) {
            client.get(30, TimeUnit.SECONDS);
        }
        assertEquals(0, proxy.stats().closed(CloseReason.PRELUDE_REJECTED));
    }

    private void visitUntilRenewed(
            Proxy proxy, String protocol, Pki.Issued next, AtomicInteger served, CompletableFuture<Void> done) {
        try {
            int renewed = 0;
            while (renewed < 3 && !over) {
                Certificate shown = visit(proxy, PKI.trusting(), "", protocol);
                assertTrue(shown.equals(issued.certificate()) && renewed == 0 || shown.equals(next.certificate()));
                renewed += shown.equals(next.certificate()) ? 1 : 0;
                served.incrementAndGet();
            }
            done.complete(null);
        } catch (Throwable failed) {
            done.completeExceptionally(failed);
        }
    }

    private static void awaitMore(AtomicInteger served, List<CompletableFuture<Void>> clients) {
        int before = served.get();
        Lab.patiently()
                .until(() -> served.get() >= before + 20
                        || clients.stream().anyMatch(CompletableFuture::isCompletedExceptionally));
    }

    // ---- how many there may be

    @Test
    void who_is_in_the_midst_of_a_handshake_has_one_of_so_many_places() throws Exception {
        Proxy proxy = lab.start(Proxy.builder()
                .name("lab")
                .listen(Listener.on("127.0.0.1", 0).tls(pem()))
                .backend(lab.server("a", TestServer::echo).backend())
                .limits(limits -> limits.handshakes(1).preludeTimeout(Duration.ofMinutes(1))));
        visit(proxy, PKI.trusting(), ""); // the code is warm: who has a place is answered at once
        Client first = lab.connect(proxy);
        first.socket().getOutputStream().write(hello());
        assertEquals(22, first.socket().getInputStream().read(), "it was answered, and waits for the client");
        Client second = lab.connect(proxy);
        second.socket().getOutputStream().write(hello());
        second.socket().setSoTimeout(700);
        assertThrows(
                SocketTimeoutException.class,
                () -> second.socket().getInputStream().read());
        second.socket().setSoTimeout(20_000);
        first.reset();
        assertEquals(22, second.socket().getInputStream().read(), "it has the place now");
        second.reset();
        assertEquals(issued.certificate(), visit(proxy, PKI.trusting(), ""));
        assertTrue(proxy.stats().bufferBytesHeld() >= 17 << 10, "TLS records are counted");
    }

    private static byte[] hello() throws SSLException {
        SSLEngine engine = PKI.trusting().createSSLEngine();
        engine.setUseClientMode(true);
        ByteBuffer bytes = ByteBuffer.allocate(20_000);
        engine.wrap(ByteBuffer.allocate(0), bytes);
        byte[] hello = new byte[bytes.flip().remaining()];
        bytes.get(hello);
        return hello;
    }
}
