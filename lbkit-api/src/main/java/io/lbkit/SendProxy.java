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
    /** Binary, with the extensions that the client's own header had, and the id of the session as unique id if it had none. */
    V2,
    /** As {@link #V2}, with a checksum. */
    V2_CHECKSUM
}
