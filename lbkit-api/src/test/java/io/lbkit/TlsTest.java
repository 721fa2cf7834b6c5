package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Tls.ClientAuth;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/** What TLS can be set to, and what not. */
class TlsTest {

    private static final Path CHAIN = Path.of("a.crt");
    private static final Path KEY = Path.of("a.key");
    private static final Tls SERVER = Tls.pem(CHAIN, KEY);

    @Test
    void the_defaults_are_safe() {
        Tls tls = Tls.client();
        assertEquals(List.of("TLSv1.2", "TLSv1.3"), tls.protocols());
        assertTrue(tls.verify());
        assertEquals(ClientAuth.NONE, tls.clientAuth());
        assertEquals(List.of(), tls.alpn());
        assertEquals("", tls.serverName());
        assertEquals(Duration.ofSeconds(10), tls.reloadInterval());
        assertNull(tls.trust());
        assertNull(tls.context());
    }

    @Test
    void a_setter_changes_a_copy() {
        Tls changed = SERVER.trust(Path.of("ca.crt"))
                .clientAuth(ClientAuth.REQUIRED)
                .protocols("TLSv1.3")
                .alpn("h2", "http/1.1")
                .verify(false)
                .serverName("db.example.com")
                .reloadInterval(Duration.ZERO)
                .andPem(new Tls.Pem(Path.of("b.crt"), Path.of("b.key"), "secret"));
        assertEquals(
                "tls[a.crt, a.key, b.crt, b.key],trust=ca.crt,client-auth=REQUIRED,[TLSv1.3],alpn=[h2, http/1.1],"
                        + "verify=off,sni=db.example.com",
                changed.toString());
        assertEquals("tls[a.crt, a.key],[TLSv1.2, TLSv1.3]", SERVER.toString());
    }

    @Test
    void a_password_is_never_told() {
        Tls.Pem pem = new Tls.Pem(CHAIN, KEY, "secret");
        assertFalse(Tls.client().andPem(pem).toString().contains("secret"));
    }

    @Test
    void old_versions_are_refused() {
        assertRefused(
                "tls protocols is [TLSv1.1], must be one or more of [TLSv1.2, TLSv1.3]",
                () -> SERVER.protocols("TLSv1.1"));
        assertRefused(
                "tls protocols is [], must be one or more of [TLSv1.2, TLSv1.3]",
                () -> SERVER.protocols(new String[0]));
    }

    @Test
    void names_have_a_range() {
        assertRefused("tls alpn is \"\", must be 1 to 255 printable characters without spaces", () -> SERVER.alpn(""));
        assertRefused("tls alpn is \"h\u00fc\", must be ASCII", () -> SERVER.alpn("h\u00fc"));
        assertRefused("tls alpn size is 17, must be between 0 and 16", () -> SERVER.alpn(new String[17]));
        assertRefused("tls server name is \"-.\", must be a host name", () -> SERVER.serverName("-."));
        assertRefused(
                "tls server name is \"a b\", must be 1 to 253 printable characters without spaces",
                () -> SERVER.serverName("a b"));
        assertRefused(
                "tls reloadInterval is PT0.000001S, must be zero (off) or between PT0.001S and PT87600H",
                () -> SERVER.reloadInterval(Duration.ofNanos(1000)));
    }

    @Test
    void nothing_may_be_missing() {
        assertNullRefused("tls certificate", () -> Tls.pem(null, KEY));
        assertNullRefused("tls key", () -> Tls.pem(CHAIN, null));
        assertNullRefused("tls context", () -> Tls.context(null));
        assertNullRefused("tls trust", () -> SERVER.trust(null));
        assertNullRefused("tls client authentication", () -> SERVER.clientAuth(null));
    }

    @Test
    void a_context_brings_its_own_certificates() throws Exception {
        SSLContext own = SSLContext.getDefault();
        Tls tls = Tls.context(() -> own);
        assertRefused("tls trust is set beside a context, must be part of the context", () -> tls.trust(CHAIN));
        assertRefused(
                "tls certificate is set beside a context, must be part of the context",
                () -> tls.andPem(new Tls.Pem(CHAIN, KEY, "")));
        tls.clientAuth(ClientAuth.REQUIRED).checkListener();
        tls.checkBackend();
    }

    @Test
    void equal_is_what_says_the_same() {
        Supplier<SSLContext> own = () -> null;
        List<Supplier<Tls>> each = List.of(
                Tls::client,
                () -> Tls.pem(CHAIN, KEY),
                () -> Tls.context(own),
                () -> Tls.context(() -> null),
                () -> Tls.client().trust(CHAIN),
                () -> Tls.pem(CHAIN, KEY).clientAuth(ClientAuth.REQUIRED),
                () -> Tls.client().protocols("TLSv1.3"),
                () -> Tls.client().alpn("h2"),
                () -> Tls.client().verify(false),
                () -> Tls.client().serverName("db.example"),
                () -> Tls.client().reloadInterval(Duration.ZERO));
        for (int i = 0; i < each.size(); i++) {
            Tls one = each.get(i).get();
            Tls same = i == 3 ? one.verify(true) : each.get(i).get(); // a lambda made anew need not be the same object
            assertEquals(one, same);
            assertEquals(one.hashCode(), same.hashCode());
            Backend backend = Backend.of("127.0.0.1", 1);
            for (int k = 0; k < i; k++) {
                assertNotEquals(one, each.get(k).get());
            }
            if (one.clientAuth() == ClientAuth.NONE) {
                assertTrue(backend.tls(one).isSameAs(backend.tls(same)));
                assertFalse(backend.tls(one).isSameAs(backend));
            }
        }
    }

    @Test
    void a_listener_needs_a_certificate_and_whom_to_trust() {
        SERVER.checkListener();
        assertRefused(
                "listen tls has no certificate, must have one, or a context",
                () -> Tls.client().checkListener());
        assertRefused(
                "listen tls client authentication is OPTIONAL, must have certificates to trust",
                () -> SERVER.clientAuth(ClientAuth.OPTIONAL).checkListener());
    }

    @Test
    void a_backend_is_not_asked_as_a_client() {
        Tls.client().checkBackend();
        assertRefused(
                "backend tls client authentication is REQUIRED, must be NONE: that is for listeners",
                () -> SERVER.clientAuth(ClientAuth.REQUIRED).checkBackend());
    }
}
