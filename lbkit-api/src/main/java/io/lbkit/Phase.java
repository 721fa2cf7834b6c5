package io.lbkit;

/** How far a session had come. */
public enum Phase {
    /** Reading what the proxy must know before it chooses a backend: a PROXY header, a TLS handshake. */
    PRELUDE,
    /** Choosing a backend and connecting to it. */
    CONNECTING,
    /** Waiting, because every backend has its maximum of connections. */
    QUEUED,
    /** Connected; bytes may flow. */
    RELAYING
}
