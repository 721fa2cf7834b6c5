package io.lbkit.core.close;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * All the bytes that went one way, from the first on.
 *
 * <p>Owned by the test's thread.
 */
final class Tape {

    private byte[] bytes = new byte[64];
    private int size;

    int size() {
        return size;
    }

    void add(ByteBuffer more) {
        reserve(more.remaining());
        int n = more.remaining();
        more.get(bytes, size, n);
        size += n;
    }

    void add(String text) {
        add(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Adds bytes that tell their place. */
    void addNoise(int n) {
        reserve(n);
        byte[] noise = new byte[n];
        new SplittableRandom(size).nextBytes(noise);
        add(ByteBuffer.wrap(noise));
    }

    private void reserve(int n) {
        if (size + n > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + n, 2 * bytes.length));
        }
    }

    /** Forgets what comes after the first {@code n} bytes. */
    void cut(int n) {
        size = n;
    }

    ByteBuffer from(int at) {
        return ByteBuffer.wrap(bytes, at, size - at);
    }

    String text(int from, int to) {
        return new String(bytes, from, Math.min(to, size) - from, StandardCharsets.UTF_8);
    }

    /** Where it first differs from the beginning of another one, or -1. */
    int differsFrom(Tape other) {
        return size > other.size ? other.size : Arrays.mismatch(bytes, 0, size, other.bytes, 0, size);
    }
}
