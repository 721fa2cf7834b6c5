package io.lbkit;

import java.net.SocketAddress;
import java.util.random.RandomGenerator;

/**
 * Who is calling, as a {@link Selector} sees it. Owned by one event loop: valid during the call it was passed to.
 */
public interface ConnectionInfo {

    /** {@return the id of the session, unique in a proxy} */
    long sessionId();

    /** {@return the client's address; that of a unix-domain socket mostly has an empty path} */
    SocketAddress clientAddress();

    /** {@return the address of the listener that the client came through} */
    SocketAddress listenerAddress();

    /** {@return 1 for the first choice of a session, one more for each backend that could not be reached before} */
    int attempt();

    /**
     * Tells whether a backend was tried for this session already. Such a backend is not among the candidates either.
     *
     * @param backend any backend
     * @return true if it was tried
     */
    boolean tried(Backend backend);

    /** {@return the chance of the calling loop, seeded once; the only source of chance a selector should use} */
    RandomGenerator random();
}
