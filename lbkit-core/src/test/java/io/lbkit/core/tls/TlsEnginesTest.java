package io.lbkit.core.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Tls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose certificate is shown to whom, and what happens to files that change. No network: two engines and two buffers. */
class TlsEnginesTest {

    private static final InetSocketAddress BACKEND = InetSocketAddress.createUnresolved("db.example.com", 5432);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    Path dir;

    private final Pki pki = new Pki("root");
    private final ArrayDeque<Runnable> errands = new ArrayDeque<>();
    private final List<String> complaints = new ArrayList<>();

    private Tls.Pem files(String name, Pki.Issued issued) {
        return new Tls.Pem(
                Pki.file(dir, name + ".crt", issued.certificatePem()),
                Pki.file(dir, name + ".key", issued.keyPem()),
                "");
    }

    private static Tls tls(Tls.Pem first, Tls.Pem... more) {
        Tls tls = Tls.pem(first.chain(), first.key());
        for (Tls.Pem pem : more) {
            tls = tls.andPem(pem);
        }
        return tls;
    }

    private TlsEngines listener(Tls tls) {
        return new TlsEngines(tls, TlsFiles.ofListener(tls, errands::add, complaints::add, 0));
    }

    private TlsEngines toBackends(Tls tls) {
        Tls trusting = tls.trust(Pki.file(dir, "ca.crt", pki.pem()));
        return new TlsEngines(trusting, TlsFiles.ofBackends(trusting, errands::add, complaints::add, 0));
    }

    private void runErrands() {
        while (!errands.isEmpty()) {
            errands.remove().run();
        }
    }

    /** Exchanges bytes until both have agreed. */
    private static void shake(SSLEngine client, SSLEngine server) throws SSLException {
        ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
        ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
        for (int i = 0; i < 100; i++) {
            step(client, toClient, toServer);
            step(server, toServer, toClient);
        }
        assertEquals(HandshakeStatus.NOT_HANDSHAKING, client.getHandshakeStatus());
        assertEquals(HandshakeStatus.NOT_HANDSHAKING, server.getHandshakeStatus());
    }

    private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        ByteBuffer plain = ByteBuffer.allocate(1 << 15);
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
            engine.getDelegatedTask().run();
        } else if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                || engine.getUseClientMode() && engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
            engine.wrap(ByteBuffer.allocate(0), out);
        }
        if (engine.getHandshakeStatus() != HandshakeStatus.NEED_TASK) {
            in.flip();
            engine.unwrap(in, plain);
            in.compact();
        }
    }

    private Certificate shownFor(String name, TlsEngines listener, String... protocols) throws Exception {
        SSLEngine client = toBackends(Tls.client().verify(false)).connect(BACKEND, List.of(), 0);
        SSLParameters parameters = client.getSSLParameters();
        parameters.setServerNames(name.isEmpty() ? List.of() : List.of(new SNIHostName(name)));
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        client.setSSLParameters(parameters);
        shake(client, listener.accept(0));
        return client.getSession().getPeerCertificates()[0];
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void the_certificate_is_that_of_the_name(String protocol) throws Exception {
        Pki.Issued first = pki.issue("first.example.com");
        Pki.Issued wild = pki.issue("*.example.com");
        Pki.Issued exact = pki.issue(Pki.rsa(), "www.example.com");
        TlsEngines listener = listener(tls(files("first", first), files("wild", wild), files("exact", exact)));
        assertEquals(exact.certificate(), shownFor("www.example.com", listener, protocol));
        assertEquals(exact.certificate(), shownFor("WWW.Example.COM", listener, protocol));
        assertEquals(wild.certificate(), shownFor("other.example.com", listener, protocol));
        assertEquals(first.certificate(), shownFor("a.b.example.com", listener, protocol));
        assertEquals(first.certificate(), shownFor("example.com", listener, protocol));
        assertEquals(first.certificate(), shownFor("", listener, protocol));
    }

    @Test
    void a_backend_is_verified_by_its_name() throws Exception {
        TlsEngines right = listener(tls(files("right", pki.issue("db.example.com"))));
        TlsEngines wrong = listener(tls(files("wrong", pki.issue("web.example.com"))));
        shake(toBackends(Tls.client()).connect(BACKEND, List.of(), 0), right.accept(0));
        assertThrows(
                SSLException.class,
                () -> shake(toBackends(Tls.client()).connect(BACKEND, List.of(), 0), wrong.accept(0)));
        shake(toBackends(Tls.client().verify(false)).connect(BACKEND, List.of(), 0), wrong.accept(0));
        shake(toBackends(Tls.client().serverName("web.example.com")).connect(BACKEND, List.of(), 0), wrong.accept(0));
    }

    @Test
    void a_client_shows_a_certificate_only_when_it_has_one() throws Exception {
        TlsEngines listener = listener(tls(files("site", pki.issue("db.example.com")))
                .trust(Pki.file(dir, "clients.crt", pki.pem()))
                .clientAuth(Tls.ClientAuth.REQUIRED));
        Pki.Issued known = pki.issue("a client");
        Pki.Issued unknown = new Pki("stranger").issue("a client");
        SSLEngine server = listener.accept(0);
        shake(toBackends(tls(files("known", known))).connect(BACKEND, List.of(), 0), server);
        assertEquals(known.certificate(), server.getSession().getPeerCertificates()[0]);
        assertThrows(
                SSLException.class,
                () -> shake(toBackends(Tls.client()).connect(BACKEND, List.of(), 0), listener.accept(0)));
        assertThrows(
                SSLException.class,
                () -> shake(
                        toBackends(tls(files("unknown", unknown))).connect(BACKEND, List.of(), 0), listener.accept(0)));
    }

    @Test
    void changed_files_are_used_after_the_interval() throws Exception {
        Pki.Issued old = pki.issue("a.example.com");
        TlsEngines listener = listener(tls(files("site", old)).reloadInterval(Duration.ofSeconds(5)));
        Pki.Issued renewed = pki.issue("a.example.com");
        files("site", renewed);
        listener.accept(5 * SECOND - 1);
        assertTrue(errands.isEmpty(), "not yet");
        SSLEngine before = listener.accept(5 * SECOND);
        listener.accept(5 * SECOND);
        assertEquals(1, errands.size(), "looked at once");
        runErrands();
        assertEquals(renewed.certificate(), shownFor("", listener));
        SSLEngine client = toBackends(Tls.client().verify(false)).connect(BACKEND, List.of(), 0);
        shake(client, before);
        assertEquals(old.certificate(), client.getSession().getPeerCertificates()[0], "begun before");
        assertEquals(List.of(), complaints);
    }

    @Test
    void files_that_cannot_be_used_change_nothing_and_are_reported_once() throws Exception {
        Pki.Issued old = pki.issue("a.example.com");
        Pki.Issued renewed = pki.issue("a.example.com");
        Tls.Pem site = files("site", old);
        TlsEngines listener = listener(tls(site).reloadInterval(Duration.ofSeconds(1)));
        Files.writeString(site.chain(), renewed.certificatePem()); // its key has yet to come
        lookTwice(listener, 1);
        assertEquals(
                List.of("tls key " + site.key() + " is not that of the first certificate in " + site.chain()
                        + "; the certificates read before stay in use"),
                complaints);
        assertEquals(old.certificate(), shownFor("", listener));
        complaints.clear();
        Files.delete(site.key());
        lookTwice(listener, 3);
        assertEquals(
                List.of("tls key " + site.key() + " does not exist; the certificates read before stay in use"),
                complaints);
        complaints.clear();
        Files.writeString(site.key(), renewed.keyPem());
        lookTwice(listener, 5);
        assertEquals(renewed.certificate(), shownFor("", listener));
        assertEquals(List.of(), complaints);
    }

    private void lookTwice(TlsEngines engines, int atSecond) {
        engines.accept(atSecond * SECOND);
        runErrands();
        engines.accept((atSecond + 1) * SECOND);
        runErrands();
    }

    @Test
    void a_file_that_cannot_be_used_at_first_is_refused_by_name() throws IOException {
        Pki.Issued site = pki.issue("a.example.com");
        Tls.Pem good = files("good", site);
        Path missing = dir.resolve("missing");
        Path empty = Pki.file(dir, "empty", "");
        assertRefused("tls certificate " + missing + " does not exist", Tls.pem(missing, good.key()));
        assertRefused("tls certificate " + empty + " has no certificate", Tls.pem(empty, good.key()));
        assertRefused("tls key " + empty + " has no private key", Tls.pem(good.chain(), empty));
        assertRefused("tls trust " + empty + " has no certificate", tls(good).trust(empty));
        Path other = files("other", pki.issue("b.example.com")).key();
        assertRefused(
                "tls key " + other + " is not that of the first certificate in " + good.chain(),
                Tls.pem(good.chain(), other));
    }

    private void assertRefused(String message, Tls tls) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> listener(tls))
                        .getMessage());
    }

    @Test
    void a_supplier_is_asked_for_each_connection() throws Exception {
        List<SSLContext> asked = new ArrayList<>();
        SSLContext own = SSLContext.getDefault();
        TlsEngines listener = listener(Tls.context(() -> {
            asked.add(own);
            return own;
        }));
        listener.accept(0);
        listener.accept(3600 * SECOND);
        assertEquals(2, asked.size());
        assertTrue(errands.isEmpty(), "no files to look at");
    }

    @Test
    void alpn_is_agreed_on() throws Exception {
        TlsEngines listener =
                listener(tls(files("site", pki.issue("db.example.com"))).alpn("h2", "http/1.1"));
        TlsEngines backends = toBackends(Tls.client());
        SSLEngine server = listener.accept(0);
        shake(backends.connect(BACKEND, List.of("http/1.1"), 0), server);
        assertEquals("http/1.1", server.getApplicationProtocol());
        assertThrows(
                SSLException.class, () -> shake(backends.connect(BACKEND, List.of("smtp"), 0), listener.accept(0)));
    }

    @Test
    void whatever_the_context_of_a_host_throws_is_something_that_callers_expect() {
        for (Throwable thrown : List.of(new NoClassDefFoundError("by a test"), new IOException("undeclared"))) {
            Tls tls = Tls.context(() -> TlsEnginesTest.<RuntimeException>sneaky(thrown));
            assertThrows(RuntimeException.class, () -> listener(tls).accept(0));
            assertThrows(RuntimeException.class, () -> toBackends(tls).connect(BACKEND, List.of(), 0));
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> SSLContext sneaky(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
