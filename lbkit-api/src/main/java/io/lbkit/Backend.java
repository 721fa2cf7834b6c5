package io.lbkit;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A configured server. Its identity is its {@linkplain #id() id}: two backends with the same id are equal whatever
 * their address and weight, so that counters and live sessions survive a change of either.
 *
 * <pre>{@code
 * Backend db = Backend.of("10.0.0.7", 5432).id("db-7").weight(5).maxConnections(100);
 * }</pre>
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 */
public final class Backend implements Cloneable {

    /** {@link #maxConnections()} of a backend without a limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** How many addresses a backend may have: more are not tried in the time that a connect has. */
    public static final int MOST_ADDRESSES = 16;

    // Written only by the setters below, on a copy that nobody else has yet.
    private String id;
    private List<SocketAddress> addresses;
    private int weight = 1;
    private int maxConnections = UNLIMITED;
    private int priority;
    private String zone = "";
    private SendProxy sendProxy = SendProxy.OFF;
    private @Nullable Tls tls;
    private SocketOptions socketOptions = SocketOptions.DEFAULT;
    private @Nullable SourceAddress source;

    private Backend(List<? extends SocketAddress> addresses) {
        this.addresses = AddressOrder.checked(addresses);
        this.id = AddressText.of(address());
    }

    private Backend copy() {
        try {
            return (Backend) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * A backend reached by TCP. A host name is resolved here, once, on the calling thread; if it has several addresses, they are
     * taken for those of one server, see {@link #addresses(List)}. The JDK decides which comes first
     * ({@code java.net.preferIPv6Addresses}, by default IPv4).
     *
     * @param host name or IP address
     * @param port 1 to 65535
     * @return a backend whose id is {@code ip:port}, or {@code [ip]:port} for IPv6, by its first address; of weight 1, without a
     *     limit
     * @throws IllegalArgumentException if the name does not resolve or the port is out of range
     */
    public static Backend of(String host, int port) {
        Range.of("backend port", port, 1, 65535);
        return new Backend(AddressOrder.of(Range.text("backend host", host, 255), port));
    }

    /**
     * A backend at a socket address.
     *
     * @param address a resolved {@link InetSocketAddress}, or a {@link UnixDomainSocketAddress}
     * @return a backend whose id is the text of the address, of weight 1, without a limit
     * @throws IllegalArgumentException if the address is of another kind, unresolved or without a port
     */
    public static Backend of(SocketAddress address) {
        return new Backend(List.of(Objects.requireNonNull(address, "backend address")));
    }

    /**
     * A backend behind a unix-domain socket.
     *
     * @param socket path of the socket
     * @return a backend whose id is {@code unix:} and the path, spaces escaped, of weight 1, without a limit
     */
    public static Backend unix(Path socket) {
        return of(UnixDomainSocketAddress.of(socket));
    }

    /** {@return what this backend is known by, in the pool and in every report} */
    public String id() {
        return id;
    }

    /**
     * A copy with another id.
     *
     * @param id 1 to 200 printable characters without spaces, unique in a proxy
     * @return the copy
     */
    public Backend id(String id) {
        Backend copy = copy();
        copy.id = Range.text("backend id", id, 200);
        return copy;
    }

    /** {@return where it listens; the first of its addresses, if there are several} */
    public SocketAddress address() {
        return addresses.get(0);
    }

    /**
     * A copy at another address. Changed on a running proxy, it holds for connections made from then on.
     *
     * @param address a resolved {@link InetSocketAddress}, or a {@link UnixDomainSocketAddress}
     * @return the copy, with the id kept
     */
    public Backend address(SocketAddress address) {
        return addresses(List.of(Objects.requireNonNull(address, "backend address")));
    }

    /** {@return where it listens, in the order in which that is tried} */
    public List<SocketAddress> addresses() {
        return addresses;
    }

    /**
     * A copy that has several addresses, of IPv6 and of IPv4 perhaps; they are one server, with one state and one set of
     * counters. A connect tries the first one, and the next one as well when that has taken {@link Limits#addressDelay()}, or
     * at once when it has failed; the first to be connected is taken, and the others are closed (RFC 8305, known as happy
     * eyeballs). Families are tried in turn, beginning with that of the first address. Changed on a running proxy, it holds
     * for connections made from then on.
     *
     * @param addresses 1 to {@value #MOST_ADDRESSES}, each a resolved {@link InetSocketAddress}; or one
     *     {@link UnixDomainSocketAddress}
     * @return the copy, with the id kept
     */
    public Backend addresses(List<? extends SocketAddress> addresses) {
        Backend copy = copy();
        copy.addresses = AddressOrder.checked(addresses);
        return copy.checked();
    }

    /** {@return its share of connections relative to the weights of the others; 0 means no new ones} */
    public int weight() {
        return weight;
    }

    /**
     * A copy with another weight.
     *
     * @param weight 1 to 65535, or 0 for no new connections; default 1
     * @return the copy
     */
    public Backend weight(int weight) {
        Backend copy = copy();
        copy.weight = Range.of("backend weight", weight, 0, 65535);
        return copy;
    }

    /** {@return how many sessions it may have at once, {@link #UNLIMITED} if nothing was set} */
    public int maxConnections() {
        return maxConnections;
    }

    /**
     * A copy with a limit of sessions. The limit holds exactly, over all event loops: a place is taken before the
     * connection is made.
     *
     * @param maxConnections 1 to {@link #UNLIMITED}; default {@link #UNLIMITED}
     * @return the copy
     */
    public Backend maxConnections(int maxConnections) {
        Backend copy = copy();
        copy.maxConnections = Range.of("backend maxConnections", maxConnections, 1, UNLIMITED);
        return copy;
    }

    /** {@return its tier: 0 for a primary, more for backups, which get sessions only when no lower tier can have them} */
    public int priority() {
        return priority;
    }

    /**
     * A copy in another tier.
     *
     * @param priority 0 for primaries to 9 for the last resort; default 0
     * @return the copy
     */
    public Backend priority(int priority) {
        Backend copy = copy();
        copy.priority = Range.of("backend priority", priority, 0, 9);
        return copy;
    }

    /**
     * A copy that stands by: it gets sessions only when no primary is usable. The same as {@code priority(1)}.
     *
     * @return the copy
     */
    public Backend backup() {
        return priority(1);
    }

    /** {@return where it is, for selectors that prefer what is near; empty if nothing was said} */
    public String zone() {
        return zone;
    }

    /**
     * A copy in another zone: a data center, a rack, whatever makes some backends nearer than others.
     *
     * @param zone 1 to 100 printable characters without spaces; default none
     * @return the copy
     */
    public Backend zone(String zone) {
        Backend copy = copy();
        copy.zone = Range.text("backend zone", zone, 100);
        return copy;
    }

    /** {@return whether it is told who the client is} */
    public SendProxy sendProxy() {
        return sendProxy;
    }

    /**
     * A copy that is told who the client is. Changed on a running proxy, it holds for connections made from then on.
     *
     * @param version of the header, with {@linkplain SendProxy#tlv TLVs} of the host's perhaps; default {@link SendProxy#OFF}
     * @return the copy
     */
    public Backend sendProxy(SendProxy version) {
        Backend copy = copy();
        copy.sendProxy = Objects.requireNonNull(version, "backend sendProxy");
        return copy;
    }

    /** {@return how TLS is spoken with it; null if it is not} */
    public @Nullable Tls tls() {
        return tls;
    }

    /**
     * A copy with which TLS is spoken. A connect includes the handshake, and {@link Limits#connectTimeout()} bounds both; a
     * handshake that fails is a failed connect. Changed on a running proxy, it holds for connections made from then on.
     *
     * @param value as {@link Tls#client()}, for instance; its host name is verified unless it says otherwise
     * @return the copy
     */
    public Backend tls(Tls value) {
        Objects.requireNonNull(value, "backend tls").checkBackend();
        Backend copy = copy();
        copy.tls = value;
        return copy;
    }

    /** {@return what the system is asked for about the sockets towards it} */
    public SocketOptions socketOptions() {
        return socketOptions;
    }

    /**
     * A copy with other options of the sockets towards it. Changed on a running proxy, it holds for connections made from then
     * on.
     *
     * @param value default {@link SocketOptions#DEFAULT}; a unix-domain socket has none but those of its buffers
     * @return the copy
     */
    public Backend socketOptions(SocketOptions value) {
        Backend copy = copy();
        copy.socketOptions = Objects.requireNonNull(value, "backend socketOptions");
        return copy.checked();
    }

    /** {@return where connections to it come from; null if the system chooses} */
    public @Nullable SourceAddress source() {
        return source;
    }

    /**
     * A copy that is connected to from a given address, a range of ports, or both; checks come from there, too. Changed on a
     * running proxy, it holds for connections made from then on.
     *
     * @param value of the family of its address; default none: the system chooses
     * @return the copy
     */
    public Backend source(SourceAddress value) {
        Backend copy = copy();
        copy.source = Objects.requireNonNull(value, "backend source");
        return copy.checked();
    }

    /** Complains about what does not go together, in whichever order it was set. */
    private Backend checked() {
        if (address() instanceof UnixDomainSocketAddress) {
            socketOptions.checkUnix("backend");
            if (source != null) {
                throw new IllegalArgumentException(
                        "backend source is " + source + ", must not be set for a unix-domain socket");
            }
        } else if (source != null && source.host() != null) {
            boolean four = source.host() instanceof Inet4Address;
            for (SocketAddress address : addresses) {
                if (address instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet4Address != four) {
                    throw new IllegalArgumentException("backend source is " + source
                            + ", must be an address of the family of " + AddressText.of(address));
                }
            }
        }
        return this;
    }

    /**
     * Compares every property, while {@link #equals} compares the id alone.
     *
     * @param other another backend
     * @return true if nothing about the two differs
     */
    public boolean isSameAs(Backend other) {
        return this == other
                || id.equals(other.id)
                        && addresses.equals(other.addresses)
                        && weight == other.weight
                        && maxConnections == other.maxConnections
                        && priority == other.priority
                        && zone.equals(other.zone)
                        && sendProxy.equals(other.sendProxy)
                        && Objects.equals(tls, other.tls)
                        && socketOptions.equals(other.socketOptions)
                        && Objects.equals(source, other.source);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Backend that && id.equals(that.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        String at = AddressText.of(address());
        return (id.equals(at) ? id : id + "@" + at)
                + (weight == 1 ? "" : ",weight=" + weight)
                + (maxConnections == UNLIMITED ? "" : ",max=" + maxConnections)
                + (priority == 0 ? "" : ",priority=" + priority)
                + (zone.isEmpty() ? "" : ",zone=" + zone)
                + (sendProxy == SendProxy.OFF ? "" : ",send-proxy=" + sendProxy)
                + (tls == null ? "" : ",tls")
                + (source == null ? "" : ",source=" + source);
    }
}
