package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.ConnectionInfo;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

/** Which clients belong together. */
class KeyTest {

    @Test
    void the_port_of_a_client_does_not_count() {
        assertEquals(key(64, at("10.1.2.3", 40_000)), key(64, at("10.1.2.3", 50_000)));
        assertEquals(key(128, at("2001:db8::1", 40_000)), key(128, at("2001:db8::1", 50_000)));
    }

    @Test
    void every_bit_of_an_ipv4_address_counts_whatever_the_prefix() {
        for (int prefix : new int[] {1, 64, 128}) {
            assertNotEquals(key(prefix, at("10.1.2.3", 1)), key(prefix, at("10.1.2.2", 1)));
            assertNotEquals(key(prefix, at("10.1.2.3", 1)), key(prefix, at("138.1.2.3", 1)));
        }
    }

    @Test
    void of_an_ipv6_address_the_prefix_counts() {
        assertEquals(key(64, at("2001:db8:1:2:3:4:5:6", 1)), key(64, at("2001:db8:1:2:ffff:ffff:ffff:ffff", 1)));
        assertNotEquals(key(64, at("2001:db8:1:2:3:4:5:6", 1)), key(64, at("2001:db8:1:3:3:4:5:6", 1)));
        assertEquals(key(48, at("2001:db8:1:2::", 1)), key(48, at("2001:db8:1:3::", 1)));
        assertNotEquals(key(48, at("2001:db8:1:2::", 1)), key(48, at("2001:db8:2:2::", 1)));
        assertEquals(key(127, at("2001:db8::2", 1)), key(127, at("2001:db8::3", 1)));
        assertNotEquals(key(128, at("2001:db8::2", 1)), key(128, at("2001:db8::3", 1)));
        assertEquals(key(1, at("2001:db8::", 1)), key(1, at("7fff::", 1)));
        assertNotEquals(key(1, at("2001:db8::", 1)), key(1, at("fe80::", 1)));
    }

    @Test
    void the_zone_of_an_ipv6_address_does_not_count() throws UnknownHostException {
        byte[] ip = InetAddress.getByName("fe80::1").getAddress();
        SocketAddress scoped = new InetSocketAddress(Inet6Address.getByAddress(null, ip, 7), 1);
        assertEquals(key(128, at("fe80::1", 1)), key(128, scoped));
    }

    @Test
    void an_ipv4_address_is_the_same_when_it_comes_as_ipv6() throws UnknownHostException {
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 1, 2, 3};
        SocketAddress ipv6 = new InetSocketAddress(Inet6Address.getByAddress(null, mapped, 0), 1);
        assertEquals(key(64, at("10.1.2.3", 1)), key(64, ipv6));
        assertEquals(key(1, at("10.1.2.3", 1)), key(1, ipv6));
    }

    @Test
    void clients_of_unix_domain_sockets_have_one_key() {
        assertEquals(key(64, UnixDomainSocketAddress.of("")), key(64, UnixDomainSocketAddress.of("/tmp/some")));
    }

    @Test
    void addresses_have_these_keys_for_ever() {
        assertEquals(0x5d16ffdb5dc85b47L, key(64, at("10.1.2.3", 1)));
        assertEquals(0x7d58df79c46fa8d2L, key(64, at("2001:db8:1:2:3:4:5:6", 1)));
        assertEquals(0xd85cd4cefa813a16L, key(128, at("2001:db8:1:2:3:4:5:6", 1)));
        assertEquals(0xcf6971d8579dd8f0L, key(48, at("2001:db8:1:2:3:4:5:6", 1)));
    }

    @Test
    void half_a_network_is_what_is_taken_if_nothing_is_said() {
        Pool.Client client = new Pool.Client(1).at(at("2001:db8:1:2:3:4:5:6", 1));
        assertEquals(0x7d58df79c46fa8d2L, Key.clientAddress().of(client));
    }

    @Test
    void a_text_of_the_host_is_a_key() {
        Key key = Key.text(client -> client.sessionId() == 1 ? "abcde" : null);
        assertEquals(0x5aab4e3ac886ace7L, key.of(new Pool.Client(1).id(1)));
        assertEquals(0xe220a8397b1dcdafL, key.of(new Pool.Client(1).id(2)));
    }

    @Test
    void an_extension_of_the_clients_header_is_the_key_that_it_would_be_as_a_text() {
        Pool.Client client = new Pool.Client(1).custom(new byte[] {'a', 'b', 'c', 'd', 'e'});
        assertEquals(0x5aab4e3ac886ace7L, Key.proxyTlv(0xE0).of(client));
        assertEquals(0xe220a8397b1dcdafL, Key.proxyTlv(0xE1).of(client));
        Pool.Client binary = new Pool.Client(1).custom(new byte[] {(byte) 0xff});
        assertEquals(Key.text(any -> "\u00ff").of(binary), Key.proxyTlv(0xE0).of(binary));
    }

    @Test
    void the_type_of_an_extension_is_a_byte() {
        for (int type : new int[] {-1, 256}) {
            assertEquals(
                    "proxyTlv type is " + type + ", must be between 0 and 255",
                    assertThrows(IllegalArgumentException.class, () -> Key.proxyTlv(type))
                            .getMessage());
        }
    }

    @Test
    void the_prefix_has_a_range() {
        for (int prefix : new int[] {0, -1, 129}) {
            assertEquals(
                    "ipv6PrefixBits is " + prefix + ", must be between 1 and 128",
                    assertThrows(IllegalArgumentException.class, () -> Key.clientAddress(prefix))
                            .getMessage());
        }
    }

    private static long key(int prefix, SocketAddress address) {
        ConnectionInfo client = new Pool.Client(1).at(address);
        return Key.clientAddress(prefix).of(client);
    }

    private static SocketAddress at(String ip, int port) {
        return new InetSocketAddress(ip, port);
    }
}
