package io.lbkit.core.observe;

/**
 * What the host's code has thrown although nobody had to expect it: an error such as a class that it lacks, or a checked
 * exception that its language does not check. It is no defect here, and goes on as an exception that callers know how to take.
 *
 * <p>Immutable.
 */
public final class HostFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    private HostFailure(Throwable thrown) {
        super(thrown.toString(), thrown);
    }

    /** The same, as a {@link RuntimeException}; what the machine has failed at is nobody's doing, and thrown. */
    public static RuntimeException of(Throwable thrown) {
        if (thrown instanceof VirtualMachineError notItsDoing) {
            throw notItsDoing;
        }
        return thrown instanceof RuntimeException known ? known : new HostFailure(thrown);
    }
}
