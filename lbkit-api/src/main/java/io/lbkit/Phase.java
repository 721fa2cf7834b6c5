package io.lbkit;

/** How far a session had come. */
public enum Phase {
    /** Choosing a backend and connecting to it. */
    CONNECTING,
    /** Waiting, because every backend has its maximum of connections. */
    QUEUED,
    /** Connected; bytes may flow. */
    RELAYING
}
