package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;

/** Addresses as numbers. */
class ClientIpTest {

    @Test
    void ipv4_is_mapped_into_ipv6() {
        assertIp(0, 0x0000ffff_0a0102ffL, new InetSocketAddress("10.1.2.255", 1));
    }

    @Test
    void ipv6_is_itself() {
        assertIp(0x20010db8_000100ffL, 0x80000000_00000001L, new InetSocketAddress("2001:db8:1:ff:8000::1", 1));
        assertIp(0, 1, new InetSocketAddress("::1", 1));
    }

    @Test
    void what_has_no_ip_address_is_zero() {
        assertIp(0, 0, UnixDomainSocketAddress.of(""));
        assertIp(0, 0, InetSocketAddress.createUnresolved("nowhere", 1));
    }

    private static void assertIp(long high, long low, SocketAddress address) {
        byte[] ip = ClientIp.bytes(address);
        assertEquals(high, ClientIp.high(ip));
        assertEquals(low, ClientIp.low(ip));
    }
}
