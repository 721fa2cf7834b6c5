package io.lbkit.core.sim;

import java.nio.ByteBuffer;

/** A bug put between the engine and the network, to see whether the simulation notices. Does nothing unless overridden. */
interface Sabotage {

    Sabotage NONE = new Sabotage() {};

    /** Whether the end of a stream is lost. */
    default boolean losesEnd(SimEndpoint endpoint) {
        return false;
    }

    /** Whether something else was done in place of a reset. */
    default boolean endsInstead(SimEndpoint endpoint) {
        return false;
    }

    /** May change the bytes about to be written. */
    default void onWrite(SimEndpoint endpoint, ByteBuffer bytes) {}

    /** May change the bytes just read, of which there are {@code n}; says how many are left. */
    default int onRead(SimEndpoint endpoint, ByteBuffer bytes, int n) {
        return n;
    }

    /** May change what an endpoint is to be told of. */
    default int onInterest(SimEndpoint endpoint, int operations) {
        return operations;
    }

    /** Called after each step with the whole run. */
    default void afterStep(Simulation simulation) {}
}
