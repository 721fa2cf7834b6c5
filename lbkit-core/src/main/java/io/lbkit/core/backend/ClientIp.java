package io.lbkit.core.backend;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** An IP address as a number of 128 bits; that of IPv4 is ::ffff:a.b.c.d, and what is no IP address is 0. Stateless. */
public final class ClientIp {

    private static final byte[] NONE = {};

    private ClientIp() {}

    /** The bytes of an address, 4, 16 or none. The JDK makes a copy for each call: so once for a session. */
    public static byte[] bytes(SocketAddress address) {
        return address instanceof InetSocketAddress inet && !inet.isUnresolved()
                ? inet.getAddress().getAddress()
                : NONE;
    }

    public static long high(byte[] ip) {
        return ip.length == 16 ? number(ip, 0, 8) : 0;
    }

    public static long low(byte[] ip) {
        return switch (ip.length) {
            case 16 -> number(ip, 8, 16);
            case 4 -> 0xffffL << 32 | number(ip, 0, 4);
            default -> 0;
        };
    }

    private static long number(byte[] ip, int from, int to) {
        long number = 0;
        for (int i = from; i < to; i++) {
            number = number << 8 | ip[i] & 0xff;
        }
        return number;
    }
}
