package io.lbkit.core.transport;

/** What a loop calls when an endpoint is ready. */
@FunctionalInterface
public interface ReadyHandler {

    /** At least one of the two is true; either may turn out to be wrong when the operation is tried. */
    void onReady(Endpoint endpoint, boolean readable, boolean writable);
}
