package io.lbkit;

import io.lbkit.spi.ProxyProvider;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** An engine that does nothing but say what it was asked for. */
public final class StubProvider implements ProxyProvider {

    @Override
    public Proxy start(ProxyConfig config) {
        return new Started(config);
    }

    /** A proxy whose addresses are those asked for. */
    record Started(ProxyConfig config) implements Proxy {

        @Override
        public String name() {
            return config.name();
        }

        @Override
        public ProxyState state() {
            return ProxyState.RUNNING;
        }

        @Override
        public List<SocketAddress> localAddresses() {
            return config.listeners().stream().map(Listener::address).toList();
        }

        @Override
        public Backends backends() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Backends backends(String route) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ProxyStats stats() {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Explanation> explain(SocketAddress client) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Explanation> explain(
                SocketAddress client, @Nullable String serverName, String... protocols) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<DrainReport> stop(Duration deadline) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
