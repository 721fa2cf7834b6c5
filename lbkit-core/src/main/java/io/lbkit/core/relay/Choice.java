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
 * @param detail what else there is to say about a refusal; empty if nothing
 */
record Choice(
        @Nullable Lane lane,
        @Nullable CloseReason refusal,
        @Nullable String serverName,
        String detail) {

    static final Choice NEEDS_MORE = new Choice(null, null, null, "");

    static Choice of(Lane lane, @Nullable String serverName) {
        return new Choice(lane, null, serverName, "");
    }

    static Choice noRoute(@Nullable String serverName) {
        return new Choice(null, CloseReason.NO_ROUTE, serverName, "");
    }

    /** @param why what is wrong with it; may have words of the client */
    static Choice rejecting(String why) {
        return new Choice(null, CloseReason.PRELUDE_REJECTED, null, why);
    }

    /** @param why what has failed on our side */
    static Choice failing(String why) {
        return new Choice(null, CloseReason.LOCAL_FAILURE, null, why);
    }

    static Choice refusing(CloseReason reason) {
        return new Choice(null, reason, null, "");
    }

    /** Whether it is known what becomes of the client. */
    boolean isMade() {
        return lane != null || refusal != null;
    }
}
