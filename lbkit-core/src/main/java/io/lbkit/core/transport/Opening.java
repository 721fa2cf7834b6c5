package io.lbkit.core.transport;

import java.io.IOException;

/** A connection that is still to be made, for whoever will be told of its readiness. */
@FunctionalInterface
public interface Opening {

    /** As {@link Transport#connect}. */
    Endpoint open(ReadyHandler owner) throws IOException;
}
