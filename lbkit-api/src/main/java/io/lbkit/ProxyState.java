package io.lbkit;

/** Where a proxy is in its one life; it cannot be started again. */
public enum ProxyState {
    /** Accepts clients. */
    RUNNING,
    /** Accepts nobody but those who waited in the backlog; sessions go on until they end or the deadline cuts them. */
    DRAINING,
    /** Nothing is left: no session, thread, socket or timer. */
    CLOSED
}
