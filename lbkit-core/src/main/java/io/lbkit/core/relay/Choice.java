package io.lbkit.core.relay;

import io.lbkit.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * What the first bytes of a client have led to.
 *
 * <p>Immutable.
 *
 * @param lane the pool that serves it, null if there is none, or none yet
 * @param refusal why it is served by none; null with a lane, and while more bytes are needed
 * @param serverName whom it wants, null if it has not said so
 */
record Choice(
        @Nullable Lane lane,
        @Nullable CloseReason refusal,
        @Nullable String serverName) {

    static final Choice NEEDS_MORE = new Choice(null, null, null);

    static final Choice REJECTED = refusing(CloseReason.PRELUDE_REJECTED);

    static Choice refusing(CloseReason reason) {
        return new Choice(null, reason, null);
    }

    /** Whether it is known what becomes of the client. */
    boolean isMade() {
        return lane != null || refusal != null;
    }
}
