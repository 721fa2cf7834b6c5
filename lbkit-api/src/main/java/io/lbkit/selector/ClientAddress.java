package io.lbkit.selector;

import io.lbkit.ConnectionInfo;

/**
 * The client's IP address as a key: IPv4 as a whole, of IPv6 a prefix, nothing of a unix-domain socket.
 *
 * <p>Immutable.
 */
final class ClientAddress implements Key {

    private final long highMask;
    private final long lowMask;

    ClientAddress(int ipv6PrefixBits) {
        if (ipv6PrefixBits < 1 || ipv6PrefixBits > 128) {
            throw new IllegalArgumentException("ipv6PrefixBits is " + ipv6PrefixBits + ", must be between 1 and 128");
        }
        highMask = leading(Math.min(64, ipv6PrefixBits));
        lowMask = leading(Math.max(0, ipv6PrefixBits - 64));
    }

    private static long leading(int bits) {
        return bits == 0 ? 0 : -1L << 64 - bits;
    }

    @Override
    public long of(ConnectionInfo client) {
        long high = client.clientIpHigh();
        long low = client.clientIpLow();
        boolean ipv4 = high == 0 && low >>> 32 == 0xffff;
        return ipv4 ? Hash.of(low, 0) : Hash.of(Hash.of(high & highMask, 0) ^ low & lowMask, 0);
    }
}
