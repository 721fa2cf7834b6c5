package io.lbkit.core.sim;

/**
 * What somebody sends, so that every byte tells whose it is and where it belongs.
 *
 * @param first what it begins with
 * @param port of which the rest is the pattern
 */
record Stream(byte[] first, int port) {

    static Stream of(int port) {
        return new Stream(new byte[0], port);
    }

    byte at(long offset) {
        return offset < first.length ? first[(int) offset] : Pattern.at(port, offset);
    }
}
