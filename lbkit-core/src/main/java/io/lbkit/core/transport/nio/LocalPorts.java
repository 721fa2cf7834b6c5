package io.lbkit.core.transport.nio;

import io.lbkit.SourceAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whose turn it is among the ports of a range. The first try of a connect takes the port whose turn is longest ago, which is
 * free most likely; further ones leap through the range, because ports that are in use stand side by side.
 *
 * <p>Shared; {@code turn} is raised by every loop. One for all ranges: each of them is walked through in turn all the same.
 */
public final class LocalPorts {

    private static final double GOLDEN = 0.618_033_988_749_895; // of the range: such leaps come close to none before

    private final AtomicInteger turn = new AtomicInteger();

    int next() {
        return turn.getAndIncrement();
    }

    /** How many ports of a range are worth trying. */
    static int tries(SourceAddress source) {
        return source.hasPorts() ? Math.min(source.lastPort() - source.firstPort() + 1, SourceAddress.MOST_TRIES) : 1;
    }

    /** The port for a try of a connect, a different one for each; 0 without a range. */
    static int port(SourceAddress source, int turn, int attempt) {
        if (!source.hasPorts()) {
            return 0;
        }
        int size = source.lastPort() - source.firstPort() + 1;
        long leap = attempt == 0 ? 0 : (long) attempt * leap(size);
        return source.firstPort() + (int) Math.floorMod(turn + leap, (long) size);
    }

    /** Without a common divisor with the size, so that it comes to all ports before it comes to one twice. */
    private static int leap(int size) {
        int leap = Math.max(1, (int) (size * GOLDEN));
        while (divisor(leap, size) > 1) {
            leap++;
        }
        return leap;
    }

    private static int divisor(int a, int b) {
        return b == 0 ? a : divisor(b, a % b);
    }
}
