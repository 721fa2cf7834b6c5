package io.lbkit;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How a listener ends TLS, or how TLS is begun towards a backend. Keys and certificates come from PEM files, which are read
 * again when they change, or from {@link SSLContext}s of the host.
 *
 * <pre>{@code
 * Tls https = Tls.pem(Path.of("site.crt"), Path.of("site.key")).alpn("h2", "http/1.1");
 * Tls toDatabase = Tls.client().trust(Path.of("ca.crt")).serverName("db.example.com");
 * }</pre>
 *
 * <p>A stream ends in TLS with a {@code close_notify}; without it, it was cut. lbkit sends one when the other side has ended
 * its stream in an orderly way and never else, and takes a connection that is closed without one for reset. TLS is never
 * negotiated again on a connection that has it; keys are updated as TLS 1.3 has it (RFC 8446, 4.6.3).
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 */
public final class Tls implements Cloneable {

    /** Whether a listener asks its clients for a certificate. Towards backends it has no meaning. */
    public enum ClientAuth {
        /** Clients are not asked. */
        NONE,
        /** Clients are asked; one without a certificate is let in, one with a certificate that is not trusted is not. */
        OPTIONAL,
        /** Clients without a trusted certificate are not let in. */
        REQUIRED
    }

    /**
     * A certificate and its key, in PEM files.
     *
     * @param chain the certificate, followed by those that vouch for it; the root may be left out
     * @param key its private key: PKCS#8, plain or encrypted with a password (PBES2), PKCS#1 (RSA) or SEC1 (EC); it may be
     *     the same file
     * @param password of an encrypted key, else empty
     */
    public record Pem(Path chain, Path key, String password) {

        /** Checks that nothing is missing; the files are read when the proxy starts. */
        public Pem {
            Objects.requireNonNull(chain, "tls certificate");
            Objects.requireNonNull(key, "tls key");
            Objects.requireNonNull(password, "tls key password");
        }

        /** {@return the names of the files; never the password} */
        @Override
        public String toString() {
            return chain + ", " + key;
        }
    }

    private static final int MOST_ALPN = 16;

    // Written only by the setters below, on a copy that nobody else has yet.
    private @Nullable Supplier<SSLContext> context;
    private List<Pem> pems = List.of();
    private @Nullable Path trust;
    private ClientAuth clientAuth = ClientAuth.NONE;
    private List<String> protocols = safeProtocols();
    private List<String> alpn = List.of();
    private boolean verify = true;
    private String serverName = "";
    private Duration reloadInterval = Duration.ofSeconds(10);

    private Tls() {}

    private static List<String> safeProtocols() {
        return List.of("TLSv1.2", "TLSv1.3");
    }

    /**
     * TLS with a certificate from PEM files: that of a listener, or the one to show to backends that ask for one.
     *
     * @param chain the certificate, followed by those that vouch for it
     * @param key its private key, not encrypted; see {@link Pem}
     * @return TLS with every default
     */
    public static Tls pem(Path chain, Path key) {
        return new Tls().andPem(new Pem(chain, key, ""));
    }

    /**
     * TLS towards backends, without a certificate of our own.
     *
     * @return TLS that trusts whom the JDK trusts, with every default
     */
    public static Tls client() {
        return new Tls();
    }

    /**
     * TLS by contexts of the host.
     *
     * @param context asked for each new connection, so that certificates can change at any time. It is called on an event
     *     loop and must answer at once; the same context again and again is what lets clients resume sessions. If it
     *     throws, that connection is closed; a session that can have no other one ends with
     *     {@link CloseReason#LOCAL_FAILURE}
     * @return TLS with every default
     */
    public static Tls context(Supplier<SSLContext> context) {
        Tls tls = new Tls();
        tls.context = Objects.requireNonNull(context, "tls context");
        return tls;
    }

    private Tls copy() {
        try {
            return (Tls) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return who gives a context for each connection; null if PEM files are used, or the JDK's own trust} */
    public @Nullable Supplier<SSLContext> context() {
        return context;
    }

    /** {@return the certificates from PEM files; the first is for clients that name no server, or one that nobody is} */
    public List<Pem> pems() {
        return pems;
    }

    /**
     * Adds a certificate. A listener with several shows the one for the server name that the client asks for: first the one
     * with exactly this name, then the one with a wildcard for it ({@code *.example.com} is for one label, RFC 6125), then
     * the first. With an RSA and an EC certificate for a name, the client's abilities decide.
     *
     * @param pem where it is
     * @return the changed copy
     */
    public Tls andPem(Pem pem) {
        refuseWithContext("certificate");
        Tls copy = copy();
        List<Pem> more = new ArrayList<>(pems);
        more.add(Objects.requireNonNull(pem, "tls certificate"));
        copy.pems = List.copyOf(more);
        return copy;
    }

    /** {@return the file with the certificates to trust; null for those that the JDK trusts} */
    public @Nullable Path trust() {
        return trust;
    }

    /**
     * Sets whom to trust: for a backend, who may vouch for its certificate; for a listener, who may vouch for clients.
     *
     * @param certificates a PEM file of certificates; default those that the JDK trusts, which for clients is nobody
     * @return the changed copy
     */
    public Tls trust(Path certificates) {
        refuseWithContext("trust");
        Tls copy = copy();
        copy.trust = Objects.requireNonNull(certificates, "tls trust");
        return copy;
    }

    private void refuseWithContext(String property) {
        if (context != null) {
            throw new IllegalArgumentException(
                    "tls " + property + " is set beside a context, must be part of the context");
        }
    }

    /** {@return whether a listener asks its clients for a certificate} */
    public ClientAuth clientAuth() {
        return clientAuth;
    }

    /**
     * Sets whether a listener asks its clients for a certificate.
     *
     * @param value default {@link ClientAuth#NONE}; the others need {@link #trust} or a context
     * @return the changed copy
     */
    public Tls clientAuth(ClientAuth value) {
        Tls copy = copy();
        copy.clientAuth = Objects.requireNonNull(value, "tls client authentication");
        return copy;
    }

    /** {@return the versions of TLS that are spoken} */
    public List<String> protocols() {
        return protocols;
    }

    /**
     * Sets the versions of TLS. Older ones than these two are not to be had (RFC 8996).
     *
     * @param values {@code TLSv1.2}, {@code TLSv1.3} or both; default both
     * @return the changed copy
     */
    public Tls protocols(String... values) {
        List<String> chosen = List.of(values);
        if (chosen.isEmpty() || !safeProtocols().containsAll(chosen)) {
            throw new IllegalArgumentException("tls protocols is " + Range.printable(chosen.toString())
                    + ", must be one or more of " + safeProtocols());
        }
        Tls copy = copy();
        copy.protocols = chosen;
        return copy;
    }

    /** {@return the application protocols to agree on, the preferred one first; empty for no such negotiation} */
    public List<String> alpn() {
        return alpn;
    }

    /**
     * Sets the application protocols (ALPN, RFC 7301) that a listener accepts or that are offered to a backend. A client
     * that offers protocols and none of a listener's is refused.
     *
     * @param values none, or up to 16 names of 1 to 255 printable ASCII characters without spaces, such as {@code h2}, the
     *     preferred first; default none
     * @return the changed copy
     */
    public Tls alpn(String... values) {
        Range.of("tls alpn size", values.length, 0, MOST_ALPN);
        for (String value : values) {
            Range.text("tls alpn", value, 255);
            if (!StandardCharsets.US_ASCII.newEncoder().canEncode(value)) {
                throw new IllegalArgumentException("tls alpn is \"" + value + "\", must be ASCII");
            }
        }
        Tls copy = copy();
        copy.alpn = List.of(values);
        return copy;
    }

    /** {@return whether the certificate of a backend is verified} */
    public boolean verify() {
        return verify;
    }

    /**
     * Sets whether the certificate of a backend must be trusted and be for its name (RFC 2818), which is
     * {@link #serverName()}, or the host of its address. Without it anybody on the way can read and change everything. With
     * a context of the host, whom to trust is decided there, and this is about the name alone.
     *
     * @param value default true
     * @return the changed copy
     */
    public Tls verify(boolean value) {
        Tls copy = copy();
        copy.verify = value;
        return copy;
    }

    /** {@return the name by which a backend is asked for its certificate; empty for the host of its address} */
    public String serverName() {
        return serverName;
    }

    /**
     * Sets the name by which a backend is asked for its certificate (SNI, RFC 6066) and for which this must be.
     *
     * @param value a host name of at most 253 characters; default the host of the backend's address, which is sent only if
     *     it is a name with a dot
     * @return the changed copy
     */
    public Tls serverName(String value) {
        Range.text("tls server name", value, 253);
        try {
            new SNIHostName(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("tls server name is \"" + value + "\", must be a host name", e);
        }
        Tls copy = copy();
        copy.serverName = value;
        return copy;
    }

    /** {@return how often the PEM files are looked at; zero if they are read once} */
    public Duration reloadInterval() {
        return reloadInterval;
    }

    /**
     * Sets how often to look whether PEM files have changed, at most; they are looked at only when a connection begins. A
     * change is used for the connections after it. If new files cannot be used, the old ones stay in use, and a warning is
     * logged.
     *
     * @param value zero (never again) or 1 ms to 3650 days; default 10 s
     * @return the changed copy
     */
    public Tls reloadInterval(Duration value) {
        Tls copy = copy();
        copy.reloadInterval = Range.timeOrOff("tls reloadInterval", value);
        return copy;
    }

    /** Complains if this is no TLS for a listener. */
    void checkListener() {
        if (context == null && pems.isEmpty()) {
            throw new IllegalArgumentException("listen tls has no certificate, must have one, or a context");
        }
        if (context == null && clientAuth != ClientAuth.NONE && trust == null) {
            throw new IllegalArgumentException(
                    "listen tls client authentication is " + clientAuth + ", must have certificates to trust");
        }
    }

    /** Complains if this is no TLS towards a backend. */
    void checkBackend() {
        if (clientAuth != ClientAuth.NONE) {
            throw new IllegalArgumentException(
                    "backend tls client authentication is " + clientAuth + ", must be NONE: that is for listeners");
        }
    }

    @Override
    public String toString() {
        return "tls" + (context == null ? pems : "[context]")
                + (trust == null ? "" : ",trust=" + trust)
                + (clientAuth == ClientAuth.NONE ? "" : ",client-auth=" + clientAuth)
                + "," + protocols
                + (alpn.isEmpty() ? "" : ",alpn=" + alpn)
                + (verify ? "" : ",verify=off")
                + (serverName.isEmpty() ? "" : ",sni=" + serverName);
    }
}
