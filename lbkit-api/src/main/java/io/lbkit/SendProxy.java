package io.lbkit;

/**
 * Whether a backend is told who the client is, by a PROXY header before the client's first byte
 * ({@code doc/proxy-protocol.txt} of HAProxy). The backend must expect it. Health checks of such a backend say that they are
 * the proxy's own ({@code LOCAL}, or {@code UNKNOWN} in version 1).
 */
public enum SendProxy {
    /** It is not. */
    OFF,
    /** A line of text. */
    V1,
    /**
     * Binary, with the extensions that the client's own header had. Added if it had none: the id of the session as unique id;
     * the server name that the client has asked for by TLS, where a {@link Route} or {@link Listener#tls} looks at it, as
     * authority; and the protocol that was agreed on where TLS ends here, as ALPN.
     */
    V2,
    /** As {@link #V2}, with a checksum. */
    V2_CHECKSUM
}
