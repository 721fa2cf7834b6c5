package io.lbkit;

/**
 * How many connections clients may make, and how fast, over all of them and each for itself. Clients are told apart by their
 * address: the whole of IPv4, the first bits of IPv6, and that which a PROXY header announced if there was one. Clients
 * behind unix-domain sockets have no such address, and are not counted one by one.
 *
 * <p>Rates are token buckets: so many in a second, and as many at once after a rest. Everything is off by default.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 *
 * @param connectionsPerSecond how many connections the proxy accepts in a second; 0 if that is off
 * @param overRate what becomes of those that come faster
 * @param connectionsPerClient how many connections one client may have; 0 if that is off
 * @param clientConnectionsPerSecond how many connections one client may make in a second; 0 if that is off
 * @param ipv6PrefixBits how many bits tell IPv6 clients apart, 1 to 128
 * @param clients how many clients are counted at once, 64 to 16,777,216; memory for them is taken at the start, 24 bytes for
 *     each, and 16 more if they have a rate. When more than half of the places are those of clients with connections, a
 *     further client may be refused as too fast: one of 50,000 at 60 %, one of 700 at 70 %
 * @param dryRun whether clients that are over a limit of their own are counted and let in
 */
public record Admission(
        int connectionsPerSecond,
        OverRate overRate,
        int connectionsPerClient,
        int clientConnectionsPerSecond,
        int ipv6PrefixBits,
        int clients,
        boolean dryRun) {

    /** What becomes of connections that come faster than the proxy accepts them. */
    public enum OverRate {
        /** They wait in the backlog of the system. */
        WAIT,
        /** They are reset, with {@link CloseReason#TOO_FAST}. */
        CLOSE
    }

    /** Everybody may come. What holds if nothing else is said. */
    public static final Admission UNLIMITED = new Admission(0, OverRate.WAIT, 0, 0, 64, 65536, false);

    /** Checks the values. */
    public Admission {
        Range.of("admission connectionsPerSecond", connectionsPerSecond, 0, 1_000_000);
        Range.of("admission connectionsPerClient", connectionsPerClient, 0, 1_000_000);
        Range.of("admission clientConnectionsPerSecond", clientConnectionsPerSecond, 0, 1_000_000);
        Range.of("admission ipv6PrefixBits", ipv6PrefixBits, 1, 128);
        Range.of("admission clients", clients, 64, 1 << 24);
        java.util.Objects.requireNonNull(overRate, "overRate");
    }

    /**
     * Sets how many connections the proxy accepts in a second.
     *
     * @param value 1 to 1,000,000, or 0 for off; default off
     * @return the changed copy
     */
    public Admission connectionsPerSecond(int value) {
        return new Admission(
                value, overRate, connectionsPerClient, clientConnectionsPerSecond, ipv6PrefixBits, clients, dryRun);
    }

    /**
     * Sets what becomes of connections that come faster than the proxy accepts them.
     *
     * @param value default {@link OverRate#WAIT}
     * @return the changed copy
     */
    public Admission overRate(OverRate value) {
        return new Admission(
                connectionsPerSecond,
                value,
                connectionsPerClient,
                clientConnectionsPerSecond,
                ipv6PrefixBits,
                clients,
                dryRun);
    }

    /**
     * Sets how many connections one client may have at once, exactly, over all loops.
     *
     * @param value 1 to 1,000,000, or 0 for off; default off
     * @return the changed copy
     */
    public Admission connectionsPerClient(int value) {
        return new Admission(
                connectionsPerSecond, overRate, value, clientConnectionsPerSecond, ipv6PrefixBits, clients, dryRun);
    }

    /**
     * Sets how many connections one client may make in a second.
     *
     * @param value 1 to 1,000,000, or 0 for off; default off
     * @return the changed copy
     */
    public Admission clientConnectionsPerSecond(int value) {
        return new Admission(
                connectionsPerSecond, overRate, connectionsPerClient, value, ipv6PrefixBits, clients, dryRun);
    }

    /**
     * Sets how many bits tell IPv6 clients apart.
     *
     * @param value 1 to 128; default 64, because whoever has one address of IPv6 has that many
     * @return the changed copy
     */
    public Admission ipv6PrefixBits(int value) {
        return new Admission(
                connectionsPerSecond,
                overRate,
                connectionsPerClient,
                clientConnectionsPerSecond,
                value,
                clients,
                dryRun);
    }

    /**
     * Sets how many clients are counted at once.
     *
     * @param value 64 to 16,777,216; default 65,536
     * @return the changed copy
     */
    public Admission clients(int value) {
        return new Admission(
                connectionsPerSecond,
                overRate,
                connectionsPerClient,
                clientConnectionsPerSecond,
                ipv6PrefixBits,
                value,
                dryRun);
    }

    /**
     * Sets whether clients that are over a limit of their own are only counted, in {@link ProxyStats#dryRun()}.
     *
     * @param value default false
     * @return the changed copy
     */
    public Admission dryRun(boolean value) {
        return new Admission(
                connectionsPerSecond,
                overRate,
                connectionsPerClient,
                clientConnectionsPerSecond,
                ipv6PrefixBits,
                clients,
                value);
    }
}
