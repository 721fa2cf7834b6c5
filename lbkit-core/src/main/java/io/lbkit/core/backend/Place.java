package io.lbkit.core.backend;

/** What a session has of a backend from before its connect until it leaves. */
public enum Place {
    /** Nothing: the backend is full. */
    NONE,
    ORDINARY,
    /** The single one of a backend on probation: whether it connects decides. */
    PROBE
}
