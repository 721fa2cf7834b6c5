package io.lbkit.core.health;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Satisfied with a connection. Stateless. */
enum Accepted implements Judge {
    ACCEPTED;

    private static final Outcome CONNECTED = Outcome.passed("connected");

    @Override
    public @Nullable Outcome onConnected() {
        return CONNECTED;
    }

    @Override
    public @Nullable Outcome onBytes(ByteBuffer bytes) {
        return CONNECTED;
    }

    @Override
    public Outcome onEnd() {
        return CONNECTED;
    }
}
