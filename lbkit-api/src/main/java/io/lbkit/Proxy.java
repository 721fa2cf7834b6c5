package io.lbkit;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A running load balancer inside this process.
 *
 * <pre>{@code
 * try (Proxy proxy = Proxy.builder()
 *         .listen("127.0.0.1", 0)
 *         .backend("10.0.0.1", 5432)
 *         .backend("10.0.0.2", 5432)
 *         .start()) {
 *     connectTo(proxy.localAddress());
 * }
 * }</pre>
 *
 * <p>Thread-safe. Its threads are daemons named after it and end with {@link #close()}, as do its sockets and buffers.
 * It has one life: once closed, build another.
 */
public interface Proxy extends AutoCloseable {

    /**
     * Begins to describe a proxy.
     *
     * @return a builder with every default
     */
    static ProxyBuilder builder() {
        return new ProxyBuilder();
    }

    /** {@return its name, which threads, log lines and reports carry} */
    String name();

    /** {@return where it is in its life} */
    ProxyState state();

    /** {@return the bound addresses, in the order of the listeners, with the real port where 0 was asked for} */
    List<SocketAddress> localAddresses();

    /** {@return the first bound address} */
    default SocketAddress localAddress() {
        return localAddresses().get(0);
    }

    /**
     * The port of the first listener.
     *
     * @return 1 to 65535
     * @throws IllegalStateException if the first listener is a unix-domain socket
     */
    default int port() {
        if (localAddress() instanceof InetSocketAddress inet) {
            return inet.getPort();
        }
        throw new IllegalStateException("the first listener, " + AddressText.of(localAddress()) + ", has no port");
    }

    /** {@return the set of backends, to be changed while running; with routes, the default one} */
    Backends backends();

    /**
     * The backends of a route, to be changed while running.
     *
     * @param route name of a {@link Route}
     * @return its set of backends
     * @throws IllegalArgumentException if there is no such route
     */
    Backends backends(String route);

    /** {@return a reading of all counters; also after close} */
    ProxyStats stats();

    /**
     * Says who would serve a client now and why none of the others would, without changing anything: no counter counts it,
     * and a selector that chooses in turn says whose turn it is and does not move on. With routes, it is about a client that
     * takes none of them, as {@link Backends#explain} of {@link #backends()}.
     *
     * @param client address of the client
     * @return completes on the control loop; with {@link IllegalStateException} if the proxy is closed
     */
    CompletionStage<Explanation> explain(SocketAddress client);

    /**
     * The same for a client that begins with a TLS ClientHello: which {@linkplain Explanation#route route} it would take, and
     * who would serve it there. Matchers of {@linkplain FirstBytes first bytes} are not asked; where they know a client,
     * {@link Backends#explain} of their route tells the rest.
     *
     * @param client address of the client
     * @param serverName whom it wants, null if it does not say
     * @param protocols what it offers, the one that it prefers first
     * @return completes on the control loop; with {@link IllegalStateException} if the proxy is closed
     * @throws IllegalArgumentException if the server name is no host name
     */
    CompletionStage<Explanation> explain(SocketAddress client, @Nullable String serverName, String... protocols);

    /**
     * Stops gracefully: accepts what waits in the backlog, then nobody, lets sessions end, resets those that remain at
     * the deadline, and releases everything. From the backlog no more are accepted than it holds, nor than
     * {@link Limits#maxConnections()} and the descriptors of the process allow; others are reset. A second call may shorten the deadline of the first, not lengthen it. Does
     * not block.
     *
     * @param deadline from now; zero cuts at once
     * @return completes when the proxy is {@link ProxyState#CLOSED}, with what became of the sessions
     * @throws IllegalArgumentException if the deadline is negative or longer than 3650 days
     */
    CompletionStage<DrainReport> stop(Duration deadline);

    /**
     * Stops gracefully within {@link Limits#drainTimeout()} and waits for it. Does nothing when closed already. Called
     * on one of the proxy's own threads, from a {@link ProxyObserver} for instance, it does not wait.
     */
    @Override
    void close();
}
