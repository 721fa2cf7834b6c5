package io.lbkit.core.sim;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** What each stream is made of, so that every byte tells whose it is and where it belongs. */
final class Pattern {

    private Pattern() {}

    /** The byte at an offset of the stream that leaves a port. */
    static byte at(int port, long offset) {
        long mixed = (offset + 1) * 0x9E3779B97F4A7C15L ^ port * 0xC2B2AE3D27D4EB4FL;
        mixed ^= mixed >>> 29;
        mixed *= 0xBF58476D1CE4E5B9L;
        return (byte) (mixed >>> 56);
    }

    static int port(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }
}
