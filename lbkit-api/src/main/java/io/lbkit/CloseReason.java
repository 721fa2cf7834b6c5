package io.lbkit;

/**
 * Why a session ended. Every session has exactly one, the same in {@link SessionReport}, {@link ProxyStats} and the log.
 *
 * <p>What each side sees: after {@link #COMPLETED}, and after {@link #IDLE_TIMEOUT} if no byte was waiting, an end of
 * stream (FIN); after everything else a reset (RST), so that a stream that was cut is not taken for a complete one.
 */
public enum CloseReason {
    /** Both sides ended their stream and every byte was delivered. */
    COMPLETED(Party.BOTH),
    /** The client reset its connection. What it had sent before was delivered, then the backend was reset. */
    RESET_BY_CLIENT(Party.CLIENT),
    /** The backend reset its connection. What it had sent before was delivered, then the client was reset. */
    RESET_BY_BACKEND(Party.BACKEND),
    /**
     * The PROXY header, the TLS handshake or what a {@link Route} asks for was not complete within
     * {@link Limits#preludeTimeout()}; perhaps as {@link Limits#handshakes()} others were going on.
     */
    PRELUDE_TIMEOUT(Party.CLIENT),
    /** What the client sent first was no PROXY header, or a malformed one, or no TLS handshake that could succeed. */
    PRELUDE_REJECTED(Party.CLIENT),
    /** The client's address is denied, see {@link ProxyBuilder#access}. */
    ACCESS_DENIED(Party.PROXY),
    /** The client had as many connections as {@link Admission#connectionsPerClient()} allows. */
    CLIENT_FULL(Party.PROXY),
    /** Connections came faster than {@link Admission} allows, over all clients or from this one. */
    TOO_FAST(Party.PROXY),
    /** No {@link Route} is for what the client sent first, and the proxy has no backends of its own. */
    NO_ROUTE(Party.PROXY),
    /** No tried backend could be reached: refused, unreachable or late, until attempts or time were used up. */
    CONNECT_FAILED(Party.BACKEND),
    /**
     * No connection could be made from this side, and no backend is to blame: no local port or address, no descriptors, or the
     * host's code for TLS or a {@linkplain SendProxy#tlv TLV} threw, until attempts or time were used up. Or that code was to
     * give TLS for the client, and threw; then no backend was tried.
     */
    LOCAL_FAILURE(Party.PROXY),
    /** Nothing sent by the backend within {@link Limits#firstByteTimeout()}. */
    FIRST_BYTE_TIMEOUT(Party.BACKEND),
    /** No backend was to be had: none in the pool, or each drained, or of weight 0; or the selector wanted none. */
    NO_BACKEND(Party.PROXY),
    /** Every usable backend had its maximum of connections, and so had the queue, if there is one. */
    BACKENDS_FULL(Party.PROXY),
    /** Waited in the queue for {@link Limits#queueTimeout()}, and no backend had room. */
    QUEUE_TIMEOUT(Party.PROXY),
    /** The host's selector threw, or answered with an index out of range; or its {@link FirstBytes} threw. */
    SELECTOR_FAILED(Party.PROXY),
    /** No byte either way for {@link Limits#idleTimeout()}. */
    IDLE_TIMEOUT(Party.PROXY),
    /** One side had ended its stream, and no byte came or went for {@link Limits#halfCloseTimeout()}. */
    HALF_CLOSE_TIMEOUT(Party.PROXY),
    /** The session was as old as {@link Limits#maxAge()} allows. */
    MAX_AGE(Party.PROXY),
    /** Its backend went down, and {@link ProxyBuilder#onBackendDown} says to cut its sessions. */
    BACKEND_DOWN(Party.BACKEND),
    /** Its backend was drained or removed, and the deadline for that had passed. */
    BACKEND_REMOVED(Party.PROXY),
    /** Its backend had more than its share, see {@link Rebalance}. */
    REBALANCED(Party.PROXY),
    /** The proxy was closing, and the deadline for that had passed. */
    DRAIN_TIMEOUT(Party.PROXY),
    /** A defect in lbkit; logged with a stack trace, once a minute at most. */
    INTERNAL_ERROR(Party.PROXY);

    private final Party who;

    CloseReason(Party who) {
        this.who = who;
    }

    /** {@return whose doing it was} */
    public Party who() {
        return who;
    }
}
