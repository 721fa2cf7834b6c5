package io.lbkit;

/** How far a session had come. */
public enum Phase {
    /** Choosing a backend and connecting to it. */
    CONNECTING,
    /** Connected; bytes may flow. */
    RELAYING
}
