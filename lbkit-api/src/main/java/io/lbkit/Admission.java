package io.lbkit;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * How many connections clients may make, and how fast, over all of them and each for itself. Clients are told apart by their
 * address: the whole of IPv4, the first bits of IPv6, and that which a PROXY header announced if there was one. Clients
 * behind unix-domain sockets have no such address, and are not counted one by one.
 *
 * <p>Rates are token buckets: so many in a second, and after a rest as many at once, or what the burst says. Everything is off
 * by default.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 */
public final class Admission implements Cloneable {

    /** What becomes of connections that come faster than the proxy accepts them. */
    public enum OverRate {
        /** They wait in the backlog of the system. */
        WAIT,
        /** They are reset, with {@link CloseReason#TOO_FAST}. */
        CLOSE
    }

    /** What can be limited, each with a {@linkplain #dryRun(Limit...) dry run} of its own. */
    public enum Limit {
        /** {@link #connectionsPerSecond(int)}. */
        CONNECTIONS_PER_SECOND,
        /** {@link #connectionsPerClient(int)}. */
        CONNECTIONS_PER_CLIENT,
        /** {@link #clientConnectionsPerSecond(int)}. */
        CLIENT_CONNECTIONS_PER_SECOND
    }

    /** Everybody may come. What holds if nothing else is said. */
    public static final Admission UNLIMITED = new Admission();

    private static final int MOST = 1_000_000;

    // Written only by the setters below, on a copy that nobody else has yet.
    private int connectionsPerSecond;
    private int connectionsBurst;
    private OverRate overRate = OverRate.WAIT;
    private int connectionsPerClient;
    private int clientConnectionsPerSecond;
    private int clientConnectionsBurst;
    private int ipv6PrefixBits = 64;
    private int clients = 65_536;
    private Set<Limit> dryRun = Set.of();

    private Admission() {}

    private Admission copy() {
        try {
            return (Admission) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return how many connections the proxy accepts in a second; 0 if that is off} */
    public int connectionsPerSecond() {
        return connectionsPerSecond;
    }

    /**
     * Sets how many connections the proxy accepts in a second.
     *
     * @param value 1 to 1,000,000, or 0 for off; default off
     * @return the changed copy
     */
    public Admission connectionsPerSecond(int value) {
        Admission copy = copy();
        copy.connectionsPerSecond = Range.of("admission connectionsPerSecond", value, 0, MOST);
        return copy;
    }

    /** {@return how many connections the proxy accepts at once after a rest} */
    public int connectionsBurst() {
        return connectionsBurst == 0 ? connectionsPerSecond : connectionsBurst;
    }

    /**
     * Sets how many connections the proxy accepts at once after a rest, where {@link #connectionsPerSecond(int)} is set.
     *
     * @param value 1 to 1,000,000, or 0 for those of a second; default 0
     * @return the changed copy
     */
    public Admission connectionsBurst(int value) {
        Admission copy = copy();
        copy.connectionsBurst = Range.of("admission connectionsBurst", value, 0, MOST);
        return copy;
    }

    /** {@return what becomes of connections that come faster} */
    public OverRate overRate() {
        return overRate;
    }

    /**
     * Sets what becomes of connections that come faster than the proxy accepts them.
     *
     * @param value default {@link OverRate#WAIT}
     * @return the changed copy
     */
    public Admission overRate(OverRate value) {
        Admission copy = copy();
        copy.overRate = Objects.requireNonNull(value, "admission overRate");
        return copy;
    }

    /** {@return how many connections one client may have; 0 if that is off} */
    public int connectionsPerClient() {
        return connectionsPerClient;
    }

    /**
     * Sets how many connections one client may have at once, exactly, over all loops.
     *
     * @param value 1 to 1,000,000, or 0 for off; default off
     * @return the changed copy
     */
    public Admission connectionsPerClient(int value) {
        Admission copy = copy();
        copy.connectionsPerClient = Range.of("admission connectionsPerClient", value, 0, MOST);
        return copy;
    }

    /** {@return how many connections one client may make in a second; 0 if that is off} */
    public int clientConnectionsPerSecond() {
        return clientConnectionsPerSecond;
    }

    /**
     * Sets how many connections one client may make in a second.
     *
     * @param value 1 to 1,000,000, or 0 for off; default off
     * @return the changed copy
     */
    public Admission clientConnectionsPerSecond(int value) {
        Admission copy = copy();
        copy.clientConnectionsPerSecond = Range.of("admission clientConnectionsPerSecond", value, 0, MOST);
        return copy;
    }

    /** {@return how many connections one client may make at once after a rest} */
    public int clientConnectionsBurst() {
        return clientConnectionsBurst == 0 ? clientConnectionsPerSecond : clientConnectionsBurst;
    }

    /**
     * Sets how many connections one client may make at once after a rest, where {@link #clientConnectionsPerSecond(int)} is
     * set.
     *
     * @param value 1 to 1,000,000, or 0 for those of a second; default 0
     * @return the changed copy
     */
    public Admission clientConnectionsBurst(int value) {
        Admission copy = copy();
        copy.clientConnectionsBurst = Range.of("admission clientConnectionsBurst", value, 0, MOST);
        return copy;
    }

    /** {@return how many bits tell IPv6 clients apart} */
    public int ipv6PrefixBits() {
        return ipv6PrefixBits;
    }

    /**
     * Sets how many bits tell IPv6 clients apart.
     *
     * @param value 1 to 128; default 64, because whoever has one address of IPv6 has that many
     * @return the changed copy
     */
    public Admission ipv6PrefixBits(int value) {
        Admission copy = copy();
        copy.ipv6PrefixBits = Range.of("admission ipv6PrefixBits", value, 1, 128);
        return copy;
    }

    /** {@return how many clients are counted at once} */
    public int clients() {
        return clients;
    }

    /**
     * Sets how many clients are counted at once. Memory for them is taken at the start, 24 bytes for each, and 16 more if they
     * have a rate. When more than half of the places are those of clients with connections, a further client may be refused
     * as too fast: one of 50,000 at 60 %, one of 700 at 70 %.
     *
     * @param value 64 to 16,777,216; default 65,536
     * @return the changed copy
     */
    public Admission clients(int value) {
        Admission copy = copy();
        copy.clients = Range.of("admission clients", value, 64, 1 << 24);
        return copy;
    }

    /** {@return of which limits there is a dry run} */
    public Set<Limit> dryRun() {
        return dryRun;
    }

    /**
     * Sets whether whoever is over any of the limits is only counted, in {@link ProxyStats#dryRun()}, and let in at once.
     *
     * @param value default false
     * @return the changed copy
     */
    public Admission dryRun(boolean value) {
        return dryRun(value ? Limit.values() : new Limit[0]);
    }

    /**
     * Sets for which limits whoever is over them is only counted, in {@link ProxyStats#dryRun()}, and let in at once. The
     * other limits are in force.
     *
     * @param values default none
     * @return the changed copy
     */
    public Admission dryRun(Limit... values) {
        EnumSet<Limit> chosen = EnumSet.noneOf(Limit.class);
        for (Limit value : values) {
            chosen.add(Objects.requireNonNull(value, "admission dryRun"));
        }
        Admission copy = copy();
        copy.dryRun = Set.copyOf(chosen);
        return copy;
    }
}
