package io.lbkit.core.traffic;

import io.lbkit.SendProxy;

/** Each kind of PROXY header that a backend may be sent. */
public enum Sends {
    V1(SendProxy.V1),
    V2(SendProxy.V2),
    V2_CHECKSUM(SendProxy.V2_CHECKSUM);

    public final SendProxy header;

    Sends(SendProxy header) {
        this.header = header;
    }
}
