package io.lbkit.core.transport;

import org.jspecify.annotations.Nullable;

/**
 * An endpoint over another one, of whose readiness it is told, and whose owner it tells in turn.
 *
 * <p>Owned by one event loop.
 */
public interface Layer extends Endpoint, ReadyHandler {

    /** Whom the peer asked for; empty if it named nobody, or has not done so yet. */
    String serverName();

    /** What is spoken over it; empty if that was not agreed on, or not yet. */
    String protocol();

    /**
     * Why it failed, in words some of which the peer may have chosen, not fit for a log as they are; empty if it did not, or if
     * there was no connection.
     */
    String complaint();

    /** That of an endpoint which may be a layer; empty for others. */
    static String complaintOf(@Nullable Endpoint endpoint) {
        return endpoint instanceof Layer layer ? layer.complaint() : "";
    }

    /** Whether it waits for this process, and not for its peer. */
    boolean waitsForUs();
}
