package io.lbkit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connect that failed; the session may go on with another backend.
 *
 * @param sessionId for which session
 * @param route name of the {@link Route} whose backend it is, null for a backend of the proxy itself
 * @param backend which backend
 * @param attempt 1 for the first backend of the session
 * @param cause what happened
 * @param after how long it took
 * @param detail why TLS with the backend failed: a word for the kind, a colon and some more; empty if it was not TLS. At most 170
 *     printable ASCII characters, all else escaped as in Java source; may have words that the backend chose
 */
public record ConnectFailure(
        long sessionId,
        @Nullable String route,
        Backend backend,
        int attempt,
        Cause cause,
        Duration after,
        String detail) {

    /** What kept a backend from being reached. */
    public enum Cause {
        /** Refused, unreachable, or another error of the network. */
        REFUSED,
        /** No answer within {@link Limits#connectTimeout()}. */
        TIMEOUT,
        /** Connected, then reset before a byte had gone either way. */
        RESET,
        /** This process could not open a connection: out of local ports, for instance. No fault of the backend. */
        LOCAL
    }
}
