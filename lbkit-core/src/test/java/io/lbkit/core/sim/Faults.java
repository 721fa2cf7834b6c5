package io.lbkit.core.sim;

/**
 * How often what goes wrong, each a probability per call.
 *
 * @param oneByte a read or write moves a single byte
 * @param shortOne a read or write moves less than it could
 * @param nothing a read, write or shutdown does nothing although it was ready
 * @param spurious an endpoint is called ready that is not
 * @param skipped an endpoint that is ready is not called this time
 * @param accept an accept throws
 * @param shortage a connect throws
 * @param here a connect fails for a cause on this side
 */
record Faults(
        double oneByte,
        double shortOne,
        double nothing,
        double spurious,
        double skipped,
        double accept,
        double shortage,
        double here) {

    static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0, 0, 0);
}
