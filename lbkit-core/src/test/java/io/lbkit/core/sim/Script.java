package io.lbkit.core.sim;

import java.util.SplittableRandom;

/**
 * What a client or a server does with a connection.
 *
 * @param toSend how many bytes it sends
 * @param sendAfter how many it wants to have received before the first
 * @param endsSecond ends its stream only after the other side has
 * @param neverEnds keeps its stream open
 * @param fault how it misbehaves
 * @param faultAt after how many bytes sent and received
 * @param stallAt after how many bytes received it stops reading
 * @param stallNanos for how long; the largest number for ever, 0 not at all
 */
record Script(
        int toSend,
        int sendAfter,
        boolean endsSecond,
        boolean neverEnds,
        Fault fault,
        int faultAt,
        int stallAt,
        long stallNanos) {

    enum Fault {
        NONE,
        RESET,
        /** Closes the socket without a look at what is unread or still to come. */
        CLOSE,
        /** Does nothing any more. */
        VANISH
    }

    /** @param shortStall a stall that no timeout minds */
    static Script random(SplittableRandom random, int volume, boolean client, double misbehaves, long shortStall) {
        int toSend = random.nextInt(8) == 0 ? 0 : random.nextInt(volume) + 1;
        // Clients wait for servers that speak first and servers for requests, but not both for each other.
        int sendAfter = client || random.nextBoolean() ? 0 : 1;
        boolean endsSecond = !client && random.nextInt(3) == 0;
        long stall = random.nextInt(4) == 0 ? random.nextLong(1, shortStall) : 0;
        int stallAt = random.nextInt(volume);
        if (random.nextDouble() >= misbehaves) {
            return new Script(toSend, sendAfter, endsSecond, false, Fault.NONE, 0, stallAt, stall);
        }
        int at = random.nextInt(3) == 0 ? 0 : random.nextInt(2 * volume);
        return switch (random.nextInt(5)) {
            case 0 -> new Script(toSend, sendAfter, endsSecond, true, Fault.NONE, 0, stallAt, stall);
            case 1 -> new Script(toSend, sendAfter, endsSecond, false, Fault.NONE, 0, stallAt, Long.MAX_VALUE);
            case 2 -> new Script(toSend, sendAfter, endsSecond, false, Fault.CLOSE, at, stallAt, stall);
            case 3 -> new Script(toSend, sendAfter, endsSecond, false, Fault.VANISH, at, stallAt, stall);
            default -> new Script(toSend, sendAfter, endsSecond, false, Fault.RESET, at, stallAt, stall);
        };
    }

    /** The same, but so many bytes. */
    Script sending(int bytes) {
        return new Script(bytes, sendAfter, endsSecond, neverEnds, fault, faultAt, stallAt, stallNanos);
    }

    /** Whether it does all that the other side can expect of it, without much delay. */
    boolean isGood() {
        return fault == Fault.NONE && !neverEnds && stallNanos != Long.MAX_VALUE;
    }
}
