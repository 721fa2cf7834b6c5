package io.lbkit;

import io.lbkit.selector.Selectors;
import io.lbkit.spi.ProxyProvider;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Describes a {@link Proxy} and starts it. Needs one {@code listen}; everything else has a default, and backends may
 * come later, by {@link Proxy#backends()}. Setters throw {@link IllegalArgumentException} for a value out of its range.
 *
 * <p>Not thread-safe; may be used again for another proxy.
 */
public final class ProxyBuilder {

    private String name = "lbkit";
    private final List<Listener> listeners = new ArrayList<>();
    private final List<Backend> backends = new ArrayList<>();
    private @Nullable Selector selector;
    private Limits limits = Limits.DEFAULT;
    private ProxyObserver observer = ProxyObserver.NONE;
    private OutlierPolicy outliers = OutlierPolicy.DEFAULT;
    private SlowStart slowStart = SlowStart.OFF;
    private Failover failover = Failover.DEFAULT;
    private @Nullable BackendSource source;
    private @Nullable HealthCheck healthCheck;
    private @Nullable AgentCheck agentCheck;
    private SessionPolicy onBackendDown = SessionPolicy.KEEP;
    private SessionPolicy onBackendDrained = SessionPolicy.KEEP;
    private SessionPolicy onBackendRemoved = SessionPolicy.KEEP;
    private Rebalance rebalance = Rebalance.OFF;
    private AccessRules access = AccessRules.NONE;
    private Admission admission = Admission.UNLIMITED;
    private final List<Route> routes = new ArrayList<>();
    private int loops = Math.min(4, Runtime.getRuntime().availableProcessors());

    ProxyBuilder() {}

    /**
     * Names the proxy, for threads, log lines and reports.
     *
     * @param name 1 to 100 printable characters without spaces; default {@code lbkit}
     * @return this
     */
    public ProxyBuilder name(String name) {
        this.name = Range.text("name", name, 100);
        return this;
    }

    /**
     * Adds a TCP address to accept clients at.
     *
     * @param host name or address of a local interface; {@code 0.0.0.0} or {@code ::} for all
     * @param port 0 to 65535; 0 lets the system choose, {@link Proxy#localAddress()} tells
     * @return this
     */
    public ProxyBuilder listen(String host, int port) {
        return listen(Listener.on(host, port));
    }

    /**
     * Adds an address to accept clients at.
     *
     * @param address an internet address or a {@link java.net.UnixDomainSocketAddress}
     * @return this
     */
    public ProxyBuilder listen(SocketAddress address) {
        return listen(Listener.on(address));
    }

    /**
     * Adds a listener.
     *
     * @param listener where and how to accept clients
     * @return this
     */
    public ProxyBuilder listen(Listener listener) {
        if (Objects.requireNonNull(listener, "listener").isInherited()
                && listeners.stream().anyMatch(Listener::isInherited)) {
            throw new IllegalArgumentException("listen is the inherited socket twice, must be once at most");
        }
        listeners.add(listener);
        return this;
    }

    /**
     * Adds a backend of weight 1, known by its address.
     *
     * @param host name or IP address, resolved here
     * @param port 1 to 65535
     * @return this
     */
    public ProxyBuilder backend(String host, int port) {
        return backend(Backend.of(host, port));
    }

    /**
     * Adds a backend.
     *
     * @param backend with an id no other has
     * @return this
     * @throws IllegalArgumentException if another backend has its id
     */
    public ProxyBuilder backend(Backend backend) {
        if (backends.contains(Objects.requireNonNull(backend, "backend"))) {
            throw new IllegalArgumentException("backend id is " + backend.id() + ", must be unique in a proxy");
        }
        backends.add(backend);
        return this;
    }

    /**
     * Adds backends.
     *
     * @param backends with ids no others have
     * @return this
     * @throws IllegalArgumentException if another backend has one of the ids
     */
    public ProxyBuilder backends(Iterable<Backend> backends) {
        for (Backend backend : Objects.requireNonNull(backends, "backends")) {
            backend(backend);
        }
        return this;
    }

    /**
     * Sets who chooses among the backends.
     *
     * @param selector one of {@link Selectors}, or the host's own; default {@link Selectors#powerOfTwo()}
     * @return this
     */
    public ProxyBuilder selector(Selector selector) {
        this.selector = Objects.requireNonNull(selector, "selector");
        return this;
    }

    /**
     * Changes limits: {@code limits(l -> l.idleTimeout(Duration.ofMinutes(1)).maxConnections(500))}.
     *
     * @param change from the limits so far to the limits wanted
     * @return this
     */
    public ProxyBuilder limits(UnaryOperator<Limits> change) {
        this.limits =
                Objects.requireNonNull(Objects.requireNonNull(change, "change").apply(limits), "limits");
        return this;
    }

    /**
     * Sets when failures of the traffic itself eject a backend, and for how long.
     *
     * @param outliers default {@link OutlierPolicy#DEFAULT}: three failed connects in a row; {@link OutlierPolicy#OFF}
     *     ejects nobody
     * @return this
     */
    public ProxyBuilder outliers(OutlierPolicy outliers) {
        this.outliers = Objects.requireNonNull(outliers, "outliers");
        return this;
    }

    /**
     * Sets how a backend that was added or has come back regains its share.
     *
     * @param slowStart default {@link SlowStart#OFF}: at once
     * @return this
     */
    public ProxyBuilder slowStart(SlowStart slowStart) {
        this.slowStart = Objects.requireNonNull(slowStart, "slowStart");
        return this;
    }

    /**
     * Sets when backups serve, and when backends are tried that are not well.
     *
     * @param failover default {@link Failover#DEFAULT}: one tier at a time, all members if none is usable
     * @return this
     */
    public ProxyBuilder failover(Failover failover) {
        this.failover = Objects.requireNonNull(failover, "failover");
        return this;
    }

    /**
     * Sets where the set of backends comes from. Backends named here as well serve until it has said its first set.
     *
     * @param source begins with the proxy; default none
     * @return this
     */
    public ProxyBuilder source(BackendSource source) {
        this.source = Objects.requireNonNull(source, "source");
        return this;
    }

    /**
     * Sets who is told of what happens.
     *
     * @param observer called on event loops; default {@link ProxyObserver#NONE}
     * @return this
     */
    public ProxyBuilder observer(ProxyObserver observer) {
        this.observer = Objects.requireNonNull(observer, "observer");
        return this;
    }

    /**
     * Sets how to find out whether backends are well.
     *
     * @param check what to ask, and how often; default none, so that every backend is held for well
     * @return this
     */
    public ProxyBuilder healthCheck(HealthCheck check) {
        this.healthCheck = Objects.requireNonNull(check, "healthCheck");
        return this;
    }

    /**
     * Lets backends say how much work they want.
     *
     * @param check where their agents are, and how often to ask; default none
     * @return this
     */
    public ProxyBuilder agentCheck(AgentCheck check) {
        this.agentCheck = Objects.requireNonNull(check, "agentCheck");
        return this;
    }

    /**
     * Sets what becomes of the sessions that a backend has when its health check finds it down. A backend that is
     * {@linkplain Backends#drain drained} or {@linkplain Backends#remove removed} is not concerned.
     *
     * @param policy default {@link SessionPolicy#KEEP}: a check that fails does not prove that sessions which still
     *     move bytes are dead, and those that are dead end by their timeouts
     * @return this
     */
    public ProxyBuilder onBackendDown(SessionPolicy policy) {
        this.onBackendDown = Objects.requireNonNull(policy, "onBackendDown");
        return this;
    }

    /**
     * Sets what {@link Backends#drain(String)} does with the sessions that a backend has; a drain with a deadline of its
     * own goes by that.
     *
     * @param policy default {@link SessionPolicy#KEEP}
     * @return this
     */
    public ProxyBuilder onBackendDrained(SessionPolicy policy) {
        this.onBackendDrained = Objects.requireNonNull(policy, "onBackendDrained");
        return this;
    }

    /**
     * Sets what {@link Backends#remove(String)} does with the sessions that a backend has, and so does the replacement of
     * a set by one without it; a removal with a deadline of its own goes by that.
     *
     * @param policy default {@link SessionPolicy#KEEP}
     * @return this
     */
    public ProxyBuilder onBackendRemoved(SessionPolicy policy) {
        this.onBackendRemoved = Objects.requireNonNull(policy, "onBackendRemoved");
        return this;
    }

    /**
     * Sets whether live sessions move to a backend that was added or has recovered.
     *
     * @param rebalance how many in a second, and when it is enough; default {@link Rebalance#OFF}
     * @return this
     */
    public ProxyBuilder rebalance(Rebalance rebalance) {
        this.rebalance = Objects.requireNonNull(rebalance, "rebalance");
        return this;
    }

    /**
     * Sets who may come in, by the address of the client: the announced one, where a PROXY header is
     * {@linkplain Listener#acceptProxy accepted}. Whoever is denied is reset before a backend is chosen.
     *
     * @param access default {@link AccessRules#NONE}: everybody
     * @return this
     */
    public ProxyBuilder access(AccessRules access) {
        this.access = Objects.requireNonNull(access, "access");
        return this;
    }

    /**
     * Sets how many connections clients may make, and how fast.
     *
     * @param admission default {@link Admission#UNLIMITED}
     * @return this
     */
    public ProxyBuilder admission(Admission admission) {
        this.admission = Objects.requireNonNull(admission, "admission");
        return this;
    }

    /**
     * Adds backends for those clients whose first bytes say that they are theirs. The backends of the proxy itself are for all
     * others.
     *
     * @param route with a name, and with server names and protocols, that no other route has
     * @return this
     * @throws IllegalArgumentException if it is for nobody, or another route has its name or its clients
     */
    public ProxyBuilder route(Route route) {
        Objects.requireNonNull(route, "route");
        if (!route.isOfTls() && route.firstBytes() == null) {
            throw new IllegalArgumentException(
                    route + " is for nobody, must have a server name, a protocol or a matcher of first bytes");
        }
        List<String> taken = new ArrayList<>();
        for (Route other : routes) {
            if (other.name().equals(route.name())) {
                throw new IllegalArgumentException("route name is " + route.name() + ", must be unique in a proxy");
            }
            taken.addAll(other.claims());
        }
        for (String claim : route.claims()) {
            if (taken.contains(claim)) {
                throw new IllegalArgumentException(route + " has" + claim + ", must be for no other route's clients");
            }
            taken.add(claim);
        }
        routes.add(route);
        return this;
    }

    /**
     * Sets the number of event loops, each with a thread of its own. One loop relays several gigabytes a second; more
     * of them help only if there are processors to spare.
     *
     * @param loops 1 to 64; default the number of processors, at most 4
     * @return this
     */
    public ProxyBuilder loops(int loops) {
        this.loops = Range.of("loops", loops, 1, 64);
        return this;
    }

    /**
     * Binds the listeners, starts the loops and returns the running proxy.
     *
     * @return the proxy
     * @throws IllegalStateException if nothing was said to listen on, or if lbkit-core is not on the path
     * @throws java.io.UncheckedIOException if an address cannot be bound, or the source cannot begin for such a reason;
     *     nothing is left behind
     */
    public Proxy start() {
        if (listeners.isEmpty()) {
            throw new IllegalStateException("listen is not set: name at least one address to accept clients at");
        }
        return provider().start(config());
    }

    /**
     * Returns what was said so far, with the defaults for what was not: to look at, or to give to an engine oneself.
     *
     * @return what {@link #start()} would start with now
     */
    public ProxyConfig config() {
        return new ProxyConfig(
                name,
                listeners,
                backends,
                selector == null ? Selectors.powerOfTwo() : selector,
                limits,
                observer,
                loops,
                outliers,
                slowStart,
                failover,
                source,
                healthCheck,
                agentCheck,
                onBackendDown,
                onBackendDrained,
                onBackendRemoved,
                rebalance,
                access,
                admission,
                routes);
    }

    private static ProxyProvider provider() {
        Iterator<ProxyProvider> found = ServiceLoader.load(ProxyProvider.class, ProxyProvider.class.getClassLoader())
                .iterator();
        if (!found.hasNext()) {
            throw new IllegalStateException(
                    "no engine found: add the artifact io.lbkit:lbkit-core to the class path or module path");
        }
        return found.next();
    }
}
