package io.lbkit.core.health;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Takes the first line of an agent's answer, which ends with CR, LF or the stream.
 *
 * <p>Owned by one event loop.
 */
final class AgentLine implements Judge {

    private static final int MOST = 512;

    private final byte[] line = new byte[MOST];
    private int length;

    @Override
    public @Nullable Outcome onBytes(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            byte b = bytes.get();
            if (b == '\r' || b == '\n') {
                return Outcome.passed(text());
            }
            if (length == MOST) {
                return Outcome.failed("a line of more than " + MOST + " bytes");
            }
            line[length++] = b;
        }
        return null;
    }

    @Override
    public Outcome onEnd() {
        return length == 0 ? Outcome.failed("ended without an answer") : Outcome.passed(text());
    }

    private String text() {
        return new String(line, 0, length, StandardCharsets.ISO_8859_1);
    }
}
