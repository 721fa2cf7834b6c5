package io.lbkit.core.relay;

import io.lbkit.Phase;

/**
 * How far a session has come.
 *
 * <p>Immutable.
 */
enum SessionPhase {
    /** The client has to say something before a backend is chosen. */
    PRELUDE,
    CONNECTING,
    /** Every backend is full; the line will grant a place in one. */
    QUEUED,
    RELAYING,
    /** One endpoint is dead; what it had sent is on its way to the other, which is reset after that. */
    ENDING,
    CLOSED;

    /** As a report calls it. */
    Phase seen() {
        return switch (this) {
            case PRELUDE -> Phase.PRELUDE;
            case CONNECTING -> Phase.CONNECTING;
            case QUEUED -> Phase.QUEUED;
            case RELAYING, ENDING, CLOSED -> Phase.RELAYING;
        };
    }

    boolean mayBecome(SessionPhase next) {
        return switch (this) {
            case PRELUDE -> next == CONNECTING || next == CLOSED;
            case CONNECTING -> next == RELAYING || next == QUEUED || next == CLOSED;
            case QUEUED -> next == CONNECTING || next == CLOSED;
            case RELAYING -> next == CONNECTING || next == ENDING || next == CLOSED;
            case ENDING -> next == CLOSED;
            case CLOSED -> false;
        };
    }
}
