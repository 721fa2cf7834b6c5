package io.lbkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Addresses as people write them. */
class AddressTextTest {

    @ParameterizedTest
    @CsvSource({
        "::1, [::1]:80",
        "::, [::]:80",
        "1::, [1::]:80",
        "fe80::1, [fe80::1]:80",
        "2001:DB8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:80",
        "2001:db8:0:1:1:1:1:1, [2001:db8:0:1:1:1:1:1]:80",
        "2001:0:0:1:0:0:0:1, [2001:0:0:1::1]:80",
        "1:2:3:4:5:6:7:8, [1:2:3:4:5:6:7:8]:80",
        "1:2:3:4:5:6:0:0, [1:2:3:4:5:6::]:80",
        "0:0:3:4:5:6:7:8, [::3:4:5:6:7:8]:80",
        "::ffff:10.0.0.1, 10.0.0.1:80",
        "10.0.0.1, 10.0.0.1:80"
    })
    void of_internet_addresses(String address, String text) throws UnknownHostException {
        assertEquals(text, AddressText.of(new InetSocketAddress(InetAddress.getByName(address), 80)));
    }

    @Test
    void a_scope_is_kept() throws UnknownHostException {
        byte[] linkLocal = HexFormat.of().parseHex("fe800000000000000000000000000001");
        InetAddress scoped = Inet6Address.getByAddress(null, linkLocal, 3);
        assertEquals("[fe80::1%3]:80", AddressText.of(new InetSocketAddress(scoped, 80)));
    }

    @Test
    void a_host_that_was_looked_up_shows_as_its_address() throws UnknownHostException {
        InetAddress named = InetAddress.getByAddress("db.example", new byte[] {10, 0, 0, 7});
        assertEquals("10.0.0.7:80", AddressText.of(new InetSocketAddress(named, 80)));
    }

    @Test
    void a_host_that_was_not_shows_on_one_line() {
        assertEquals("a\\u000ab:80", AddressText.of(InetSocketAddress.createUnresolved("a\nb", 80)));
    }
}
