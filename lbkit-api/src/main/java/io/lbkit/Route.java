package io.lbkit;

import io.lbkit.selector.Selectors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sends some of the clients to backends of their own, by what they send first. The bytes reach the backend unchanged: TLS is
 * looked at, not terminated.
 *
 * <pre>{@code
 * Route api = Route.named("api").serverName("api.example.org", "*.api.example.org")
 *         .backend("10.0.1.1", 443)
 *         .backend("10.0.1.2", 443);
 * }</pre>
 *
 * <p>A client that begins with a TLS ClientHello takes the route that fits the server name and a protocol it names there (SNI, RFC
 * 6066, and ALPN, RFC 7301). A route that asks for a protocol goes before all that do not, so that {@code acme-tls/1} can have
 * backends of its own whatever the name, and of several protocols that of which the client prefers; then the route of the exact name
 * goes before that of the longest wildcard. Whoever fits none of these is shown to the {@link FirstBytes} of the routes in the order
 * in which they were {@linkplain ProxyBuilder#route added}; if those know nothing of it either, to the backends of the proxy itself,
 * which are the default route. So is a client that sends no TLS, or ends its stream before its ClientHello is complete. If the
 * proxy has no backends of its own, the session ends with {@link CloseReason#NO_ROUTE}.
 *
 * <p>All this has to come within {@link Limits#preludeTimeout()}, after which the session ends with
 * {@link CloseReason#PRELUDE_TIMEOUT}. So a proxy with routes is not for protocols in which the backend speaks first. A ClientHello
 * that is malformed, or longer than 64 KiB (or than {@link Limits#bufferBytes()} less 1 KiB), is
 * {@link CloseReason#PRELUDE_REJECTED}.
 *
 * <p>The backends of a route are a pool like those of the proxy itself: {@linkplain Proxy#backends(String) changed} at run time,
 * checked, ejected and counted for themselves, with a queue, a budget of retries and a rate of cuts of their own. Ids of backends are
 * unique in a pool. What is not said here is as the proxy's own.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 */
public final class Route implements Cloneable {

    private static final Pattern SERVER_NAME = Pattern.compile("(\\*\\.)?[\\w-]{1,63}(\\.[\\w-]{1,63})*\\.?");

    private static final int MOST_OF_NAME = 255;

    private final String name;
    // Written only by the setters below, on a copy that nobody else has yet.
    private List<String> serverNames = List.of();
    private List<String> protocols = List.of();
    private @Nullable FirstBytes firstBytes;
    private List<Backend> backends = List.of();
    private Selector selector = Selectors.powerOfTwo();
    private @Nullable HealthCheck healthCheck;
    private @Nullable AgentCheck agentCheck;
    private @Nullable OutlierPolicy outliers;
    private @Nullable SlowStart slowStart;
    private @Nullable Failover failover;
    private @Nullable BackendSource source;
    private int bandwidthToBackend; // 0 as the proxy's, as the other
    private int bandwidthToClient;

    private Route(String name) {
        this.name = name;
    }

    /**
     * A route that nobody takes yet.
     *
     * @param name by which to find it again; 1 to 100 printable characters without spaces
     * @return the route
     */
    public static Route named(String name) {
        return new Route(Range.text("route name", name, 100));
    }

    private Route copy() {
        try {
            return (Route) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Adds server names: of any case, with or without a dot at the end, internationalized ones in their ASCII form.
     *
     * @param names host names; {@code *.example.org} stands for one or more labels before {@code example.org}, not for
     *     {@code example.org} itself; default none, so that the name does not matter
     * @return the copy
     */
    public Route serverName(String... names) {
        List<String> all = new ArrayList<>(serverNames);
        for (String text : names) {
            boolean right =
                    text.length() <= MOST_OF_NAME && SERVER_NAME.matcher(text).matches();
            if (!right) {
                throw new IllegalArgumentException("route " + name + ": server name is \"" + Range.printable(text)
                        + "\", must be a host name, or *. and a host name");
            }
            String lower = text.toLowerCase(Locale.ROOT);
            all.add(lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower);
        }
        Route copy = copy();
        copy.serverNames = List.copyOf(all);
        return copy;
    }

    /**
     * Adds application protocols, of which the client must offer one (ALPN).
     *
     * @param names as registered at IANA, such as {@code h2} or {@code postgresql}; 1 to 255 printable characters without spaces;
     *     default none, so that protocols do not matter
     * @return the copy
     */
    public Route protocol(String... names) {
        List<String> all = new ArrayList<>(protocols);
        for (String text : names) {
            all.add(Range.text("route " + name + ": protocol", text, 255));
        }
        Route copy = copy();
        copy.protocols = List.copyOf(all);
        return copy;
    }

    /**
     * Sets what knows the clients of this route by their first bytes, where server names and protocols decide nothing.
     *
     * @param matcher such as {@link FirstBytes#startingWith}; default none
     * @return the copy
     */
    public Route firstBytes(FirstBytes matcher) {
        Route copy = copy();
        copy.firstBytes = Objects.requireNonNull(matcher, "firstBytes");
        return copy;
    }

    /**
     * Adds a backend of weight 1, known by its address.
     *
     * @param host name or IP address, resolved here
     * @param port 1 to 65535
     * @return the copy
     */
    public Route backend(String host, int port) {
        return backend(Backend.of(host, port));
    }

    /**
     * Adds a backend. A route may be without any until they come at run time.
     *
     * @param backend with an id that no other of this route has
     * @return the copy
     */
    public Route backend(Backend backend) {
        if (backends.contains(Objects.requireNonNull(backend, "backend"))) {
            throw new IllegalArgumentException("backend id is " + backend.id() + ", must be unique in route " + name);
        }
        List<Backend> all = new ArrayList<>(backends);
        all.add(backend);
        Route copy = copy();
        copy.backends = List.copyOf(all);
        return copy;
    }

    /**
     * Sets who chooses among the backends.
     *
     * @param value a selector that serves no other pool; default {@link Selectors#powerOfTwo()}
     * @return the copy
     */
    public Route selector(Selector value) {
        Route copy = copy();
        copy.selector = Objects.requireNonNull(value, "selector");
        return copy;
    }

    /**
     * Sets how to find out whether the backends are well.
     *
     * @param check what to ask, and how often; default that of the proxy
     * @return the copy
     */
    public Route healthCheck(HealthCheck check) {
        Route copy = copy();
        copy.healthCheck = Objects.requireNonNull(check, "healthCheck");
        return copy;
    }

    /**
     * Lets the backends say how much work they want.
     *
     * @param check where their agents are, and how often to ask; default that of the proxy
     * @return the copy
     */
    public Route agentCheck(AgentCheck check) {
        Route copy = copy();
        copy.agentCheck = Objects.requireNonNull(check, "agentCheck");
        return copy;
    }

    /**
     * Sets when failures of the traffic itself eject a backend.
     *
     * @param policy default that of the proxy
     * @return the copy
     */
    public Route outliers(OutlierPolicy policy) {
        Route copy = copy();
        copy.outliers = Objects.requireNonNull(policy, "outliers");
        return copy;
    }

    /**
     * Sets how a backend that was added or has come back regains its share.
     *
     * @param value default that of the proxy
     * @return the copy
     */
    public Route slowStart(SlowStart value) {
        Route copy = copy();
        copy.slowStart = Objects.requireNonNull(value, "slowStart");
        return copy;
    }

    /**
     * Sets when backups serve, and when backends are tried that are not well.
     *
     * @param value default that of the proxy
     * @return the copy
     */
    public Route failover(Failover value) {
        Route copy = copy();
        copy.failover = Objects.requireNonNull(value, "failover");
        return copy;
    }

    /**
     * Sets where the set of backends comes from. Backends named here as well serve until it has said its first set.
     *
     * @param value begins with the proxy; default none: that of the proxy is for the proxy's own backends
     * @return the copy
     */
    public Route source(BackendSource value) {
        Route copy = copy();
        copy.source = Objects.requireNonNull(value, "source");
        return copy;
    }

    /**
     * Sets how many bytes a second each session of this route moves from its client to its backend at most; see
     * {@link Limits#bandwidthToBackend(int)}. What was read to find the route is reckoned with.
     *
     * @param value 1024 to {@link Limits#UNLIMITED} bytes a second, which lifts a limit of the proxy; default that of the proxy
     * @return the copy
     */
    public Route bandwidthToBackend(int value) {
        Route copy = copy();
        copy.bandwidthToBackend = Range.of("bandwidthToBackend", value, 1024, Limits.UNLIMITED);
        return copy;
    }

    /**
     * Sets how many bytes a second each session of this route moves from its backend to its client at most; see
     * {@link Limits#bandwidthToClient(int)}.
     *
     * @param value 1024 to {@link Limits#UNLIMITED} bytes a second, which lifts a limit of the proxy; default that of the proxy
     * @return the copy
     */
    public Route bandwidthToClient(int value) {
        Route copy = copy();
        copy.bandwidthToClient = Range.of("bandwidthToClient", value, 1024, Limits.UNLIMITED);
        return copy;
    }

    /** {@return by what to find it again} */
    public String name() {
        return name;
    }

    /** {@return host names and wildcards, in lower case and without a dot at the end; empty if the name does not matter} */
    public List<String> serverNames() {
        return serverNames;
    }

    /** {@return the protocols of which a client must offer one; empty if they do not matter} */
    public List<String> protocols() {
        return protocols;
    }

    /** {@return what knows its clients by their first bytes, null if nothing does} */
    public @Nullable FirstBytes firstBytes() {
        return firstBytes;
    }

    /** {@return the backends to begin with} */
    public List<Backend> backends() {
        return backends;
    }

    /** {@return who chooses} */
    public Selector selector() {
        return selector;
    }

    /** {@return how to find out whether its backends are well, null if as for the proxy's own} */
    public @Nullable HealthCheck healthCheck() {
        return healthCheck;
    }

    /** {@return how to ask the agents of its backends, null if as for the proxy's own} */
    public @Nullable AgentCheck agentCheck() {
        return agentCheck;
    }

    /** {@return when failures eject a backend, null if as for the proxy's own} */
    public @Nullable OutlierPolicy outliers() {
        return outliers;
    }

    /** {@return how a backend regains its share, null if as for the proxy's own} */
    public @Nullable SlowStart slowStart() {
        return slowStart;
    }

    /** {@return when backups serve, null if as for the proxy's own} */
    public @Nullable Failover failover() {
        return failover;
    }

    /** {@return where the set of its backends comes from, null if the host changes it} */
    public @Nullable BackendSource source() {
        return source;
    }

    /** {@return how many bytes a second a session moves to its backend at most, 0 if as for the proxy's own} */
    public int bandwidthToBackend() {
        return bandwidthToBackend;
    }

    /** {@return how many bytes a second a session moves to its client at most, 0 if as for the proxy's own} */
    public int bandwidthToClient() {
        return bandwidthToClient;
    }

    /** What holds for its sessions, where this holds for the proxy's. */
    Limits limits(Limits ofProxy) {
        Limits limits = bandwidthToBackend == 0 ? ofProxy : ofProxy.bandwidthToBackend(bandwidthToBackend);
        return bandwidthToClient == 0 ? limits : limits.bandwidthToClient(bandwidthToClient);
    }

    /** Whether a ClientHello can lead to it. */
    boolean isOfTls() {
        return !serverNames.isEmpty() || !protocols.isEmpty();
    }

    /** What it claims of all ClientHellos: no two routes may claim the same. */
    List<String> claims() {
        List<String> claims = new ArrayList<>();
        for (String protocol : protocols.isEmpty() ? List.of("") : protocols) {
            for (String serverName : serverNames.isEmpty() ? List.of("") : serverNames) {
                if (isOfTls()) {
                    claims.add((serverName.isEmpty() ? "" : " server name " + serverName)
                            + (protocol.isEmpty() ? "" : " protocol " + protocol));
                }
            }
        }
        return claims;
    }

    @Override
    public String toString() {
        return "route " + name;
    }
}
