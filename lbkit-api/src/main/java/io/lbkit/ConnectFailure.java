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
 */
public record ConnectFailure(
        long sessionId, @Nullable String route, Backend backend, int attempt, Cause cause, Duration after) {

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
