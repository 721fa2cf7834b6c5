package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.Tls;
import io.lbkit.core.tls.Pki;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.SecureRandomSpi;
import java.security.cert.X509Certificate;
import java.util.SplittableRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What a seed decides of TLS: whether it ends at the listener, begins towards backends, or both. Certificates are the same for
 * all seeds and of RSA, because signatures of ECDSA are not always of one length; all other chance is the seed's own. Sessions
 * are remembered within a seed alone. So records have the same lengths each time, and a seed replays exactly.
 */
final class Secrets {

    private final SplittableRandom random;
    private final boolean ofClients;
    private final boolean ofBackends;
    private final SSLContext clients; // null if there is no TLS, as the others
    private final SSLContext servers;
    private final Tls listener;
    private final Tls backends;

    Secrets(SplittableRandom random, Setup setup, Edge edge) {
        this.random = random;
        int dice = random.nextInt(3);
        ofClients = setup.secret() && dice > 0 && !edge.isRouted(); // the routes here go by first bytes
        ofBackends = setup.secret() && (dice < 2 || !ofClients);
        if (ofClients || ofBackends) {
            SSLContext accepting = context();
            SSLContext connecting = context();
            clients = context();
            servers = context();
            listener = Tls.context(() -> accepting);
            backends = Tls.context(() -> connecting);
        } else {
            clients = null;
            servers = null;
            listener = null;
            backends = null;
        }
    }

    private SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    new KeyManager[] {Shown.INSTANCE},
                    new TrustManager[] {new Trusting()},
                    new Seeded(new SplittableRandom(random.nextLong())));
            return context;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    // ---- what the proxy is told

    Listener listener(Listener plain) {
        return ofClients ? plain.tls(listener) : plain;
    }

    Backend backend(Backend plain) {
        return ofBackends ? plain.tls(backends) : plain;
    }

    /** Whether it ends at the listener. */
    boolean ofClients() {
        return ofClients;
    }

    /** Whether backends speak it. */
    boolean ofBackends() {
        return ofBackends;
    }

    // ---- peers

    /** Of a client; one that ends within what goes before TLS never comes to it. */
    Wire ofClient(SimSocket socket, Opening opening) {
        if (!ofClients || opening.isCut()) {
            return Wire.plain(socket);
        }
        return new TlsWire(socket, engine(clients, true), opening.head().length, null);
    }

    /** Of a server. */
    Wire ofServer(SimSocket socket, Announcement header) {
        return ofBackends ? new TlsWire(socket, engine(servers, false), 0, header) : Wire.plain(socket);
    }

    private SSLEngine engine(SSLContext context, boolean ofClient) {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(ofClient);
        engine.setEnabledProtocols(new String[] {random.nextBoolean() ? "TLSv1.3" : "TLSv1.2"});
        return engine;
    }

    // ---- for the JDK

    /** Chance by a seed. */
    private static final class Seeded extends SecureRandom {
        Seeded(SplittableRandom random) {
            super(
                    new SecureRandomSpi() {
                        @Override
                        protected void engineSetSeed(byte[] seed) {}

                        @Override
                        protected void engineNextBytes(byte[] bytes) {
                            random.nextBytes(bytes);
                        }

                        @Override
                        protected byte[] engineGenerateSeed(int bytes) {
                            byte[] seed = new byte[bytes];
                            random.nextBytes(seed);
                            return seed;
                        }
                    },
                    null);
        }
    }

    /** One certificate for everybody. */
    private static final class Shown extends X509ExtendedKeyManager {
        static final Shown INSTANCE = new Shown();

        private static final String[] ALIASES = {"own"};

        private final Pki authority = new Pki("sim", Pki.rsa());

        @Override
        public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
            return keyType.equals("RSA") ? ALIASES[0] : null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return new X509Certificate[] {authority.certificate()};
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return authority.key();
        }

        @Override
        public String[] getClientAliases(String keyType, Principal[] issuers) {
            return ALIASES.clone();
        }

        @Override
        public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
            return null;
        }

        @Override
        public String[] getServerAliases(String keyType, Principal[] issuers) {
            return ALIASES.clone();
        }

        @Override
        public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
            return null;
        }
    }

    /** Whom to trust is the affair of other tests, and takes its time. */
    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
