package io.lbkit.core;

import io.lbkit.Proxy;
import io.lbkit.ProxyConfig;
import io.lbkit.spi.ProxyProvider;

/**
 * What {@link Proxy#builder()} finds.
 *
 * <p>Immutable.
 */
public final class CoreProvider implements ProxyProvider {

    /** For {@link java.util.ServiceLoader}. */
    public CoreProvider() {}

    @Override
    public Proxy start(ProxyConfig config) {
        return new Assembly(config).start();
    }
}
