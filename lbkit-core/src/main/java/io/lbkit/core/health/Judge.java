package io.lbkit.core.health;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Judges one answer as it comes in, in pieces of any size.
 *
 * <p>Owned by one event loop. Knows neither time nor network.
 */
interface Judge {

    /** The connection is there; an outcome if that is enough. */
    default @Nullable Outcome onConnected() {
        return null;
    }

    /** Takes bytes in; an outcome as soon as there is one, and then it is asked no more. */
    @Nullable
    Outcome onBytes(ByteBuffer bytes);

    /** The answer has ended before there was an outcome. */
    Outcome onEnd();
}
