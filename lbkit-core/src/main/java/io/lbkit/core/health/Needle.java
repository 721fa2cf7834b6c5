package io.lbkit.core.health;

/**
 * Looks for a sequence of bytes in a stream, byte by byte and without keeping any of it: the matcher of Knuth, Morris and
 * Pratt (1977).
 *
 * <p>Owned by one event loop.
 */
final class Needle {

    private final byte[] wanted;
    private final int[] fallback; // how much still matches when the byte after so many does not
    private int matched;

    /** @param wanted at least one byte, never changed */
    Needle(byte[] wanted) {
        this.wanted = wanted;
        this.fallback = new int[wanted.length];
        for (int i = 1, k = 0; i < wanted.length; i++) {
            while (k > 0 && wanted[i] != wanted[k]) {
                k = fallback[k - 1];
            }
            k += wanted[i] == wanted[k] ? 1 : 0;
            fallback[i] = k;
        }
    }

    /** Takes the next byte; true if the sequence ends with it. */
    boolean on(byte b) {
        while (matched > 0 && b != wanted[matched]) {
            matched = fallback[matched - 1];
        }
        matched += b == wanted[matched] ? 1 : 0;
        if (matched == wanted.length) {
            matched = fallback[matched - 1];
            return true;
        }
        return false;
    }
}
