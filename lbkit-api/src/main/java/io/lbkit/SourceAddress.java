package io.lbkit;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where connections to a {@link Backend} come from: an address of this machine, a range of ports, or both.
 *
 * <p>A pair of addresses has some 28,000 connections at most (the ports that the system gives away). Two things get beyond that:
 * more addresses, each for some of the backends; and a range of ports, because a port of a range serves every backend once,
 * while an address without a range has its ports once for all backends together. (The Linux option that would cure the
 * latter, IP_BIND_ADDRESS_NO_PORT, is not to be had in Java.)
 *
 * <p>Ports of a range are taken in turn. One that is in use is passed over, {@value #MOST_TRIES} times at most for a
 * connect; if there is no other, the connect has failed, which is not held against the backend. A range should be twice as
 * large as what is needed, and outside of what the system gives away ({@code net.ipv4.ip_local_port_range}).
 *
 * <p>Immutable.
 *
 * @param host an address of this machine; null if the system chooses
 * @param firstPort the first port of the range; 0 if the system chooses
 * @param lastPort the last one; 0 if the system chooses
 */
public record SourceAddress(@Nullable InetAddress host, int firstPort, int lastPort) {

    /** Any address of this machine. */
    public static final SourceAddress ANY = new SourceAddress(null, 0, 0);

    /** How many ports of a range are tried for a connect. */
    public static final int MOST_TRIES = 32;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the ports are no range
     */
    public SourceAddress {
        if (firstPort != 0 || lastPort != 0) {
            Range.of("source firstPort", firstPort, 1, 65535);
            Range.of("source lastPort", lastPort, firstPort, 65535);
        }
    }

    /**
     * An address of this machine. A host name is resolved here, once, on the calling thread.
     *
     * @param host name or IP address; whether this machine has it is seen when connections are made, because such
     *     addresses come and go
     * @return that address, with ports that the system chooses
     * @throws IllegalArgumentException if the name does not resolve
     */
    public static SourceAddress of(String host) {
        try {
            return of(InetAddress.getByName(Range.text("source host", host, 255)));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "source host is " + host + ", must be a host name that resolves or an IP address", e);
        }
    }

    /**
     * An address of this machine.
     *
     * @param host of either family; backends must be of the same one
     * @return that address, with ports that the system chooses
     */
    public static SourceAddress of(InetAddress host) {
        return new SourceAddress(Objects.requireNonNull(host, "source host"), 0, 0);
    }

    /**
     * A copy with a range of ports.
     *
     * @param first 1 to 65535
     * @param last {@code first} to 65535
     * @return the copy
     */
    public SourceAddress ports(int first, int last) {
        Range.of("source firstPort", first, 1, 65535);
        return new SourceAddress(host, first, last);
    }

    /** {@return whether there is a range of ports} */
    public boolean hasPorts() {
        return firstPort != 0;
    }

    @Override
    public String toString() {
        return (host == null ? "*" : host.getHostAddress()) + (hasPorts() ? ":" + firstPort + "-" + lastPort : "");
    }
}
