package io.lbkit.spi;

import io.lbkit.Proxy;
import io.lbkit.ProxyConfig;

/** Starts proxies; found by {@link java.util.ServiceLoader}. lbkit-core is the only one. */
public interface ProxyProvider {

    /**
     * Starts a proxy.
     *
     * @param config checked already
     * @return the running proxy
     * @throws java.io.UncheckedIOException if an address cannot be bound; nothing is left behind
     */
    Proxy start(ProxyConfig config);
}
