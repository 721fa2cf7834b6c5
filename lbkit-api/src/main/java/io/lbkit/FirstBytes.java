package io.lbkit;

import java.nio.ByteBuffer;

/**
 * Knows a protocol by the first bytes that a client sends, for {@link Route#firstBytes}. Called on an event loop, by several
 * at once: it must not block, and must not keep the buffer.
 *
 * <p>It is asked again, with all bytes from the first one on, each time more of them have come, until it has decided. What it
 * says must not depend on how the bytes were cut: once it has decided, more bytes change nothing.
 */
@FunctionalInterface
public interface FirstBytes {

    /** What can be said of the bytes so far. */
    enum Verdict {
        /** It may be the protocol, but too little has come. Where no more comes, this is {@link #DIFFERENT}. */
        NEEDS_MORE,
        /** It is. */
        MATCHES,
        /** It is something else. */
        DIFFERENT
    }

    /**
     * Looks at what a client has sent so far.
     *
     * @param bytes read-only, from the first byte on; at least one, and no more than 64 KiB are waited for, or than
     *     {@link Limits#bufferBytes()} less 1 KiB if that is fewer
     * @return the verdict; if it throws, the session ends with {@link CloseReason#SELECTOR_FAILED}
     */
    Verdict look(ByteBuffer bytes);

    /**
     * Knows a protocol that begins with fixed bytes, such as {@code SSH-2.0-}.
     *
     * @param bytes at least one
     * @return matches what begins with them
     * @throws IllegalArgumentException if there are none
     */
    static FirstBytes startingWith(byte... bytes) {
        Range.of("first bytes", bytes.length, 1, 1024);
        byte[] expected = bytes.clone();
        return seen -> {
            int compared = Math.min(expected.length, seen.remaining());
            if (!ByteBuffer.wrap(expected, 0, compared).equals(seen.slice(seen.position(), compared))) {
                return Verdict.DIFFERENT;
            }
            return compared < expected.length ? Verdict.NEEDS_MORE : Verdict.MATCHES;
        };
    }
}
