package io.lbkit.core.health;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Wants an answer that begins with certain bytes, or has them somewhere.
 *
 * <p>Owned by one event loop.
 */
final class ExpectedBytes implements Judge {

    private final byte[] expect;
    private final @Nullable Needle anywhere;
    private final int most;
    private int seen;

    /** @param most how many bytes are looked at */
    ExpectedBytes(byte[] expect, boolean anywhere, int most) {
        this.expect = expect;
        this.anywhere = anywhere ? new Needle(expect) : null;
        this.most = most;
    }

    @Override
    public @Nullable Outcome onBytes(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            byte b = bytes.get();
            seen++;
            if (anywhere == null ? b == expect[seen - 1] && seen == expect.length : anywhere.on(b)) {
                return Outcome.passed("expected answer");
            }
            if (anywhere == null && b != expect[seen - 1]) {
                return Outcome.failed("unexpected answer at byte " + seen);
            }
            if (seen >= most) {
                return Outcome.failed("not the expected answer within " + most + " bytes");
            }
        }
        return null;
    }

    @Override
    public Outcome onEnd() {
        return Outcome.failed("ended after " + seen + " bytes without the expected answer");
    }
}
