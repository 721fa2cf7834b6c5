package io.lbkit.core.tls;

import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * What two ends have agreed on.
 *
 * @param protocol {@code TLSv1.2} or {@code TLSv1.3}
 * @param cipher the cipher suite
 * @param alpn the application protocol; empty if none was agreed on
 * @param serverName what the client asked for, in lower case; empty if it named nobody, and towards backends
 * @param peerShowedCertificate whether the peer has shown a certificate, which then was trusted
 */
public record TlsSession(
        String protocol, String cipher, String alpn, String serverName, boolean peerShowedCertificate) {

    static TlsSession of(SSLEngine engine) {
        ExtendedSSLSession session = (ExtendedSSLSession) engine.getSession();
        String alpn = engine.getApplicationProtocol();
        return new TlsSession(
                session.getProtocol(),
                session.getCipherSuite(),
                alpn == null ? "" : alpn,
                engine.getUseClientMode() ? "" : NamedKeys.requestedName(session),
                hasCertificate(session));
    }

    private static boolean hasCertificate(ExtendedSSLSession session) {
        try {
            return session.getPeerCertificates().length > 0;
        } catch (SSLPeerUnverifiedException none) {
            return false;
        }
    }
}
