package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;

/** Where connections to backends may come from. */
class SourceAddressTest {

    private final SourceAddress four = SourceAddress.of("127.0.0.5");
    private final Backend backend = Backend.of("10.0.0.1", 80);

    @Test
    void it_is_an_address_a_range_of_ports_or_both() {
        assertEquals("127.0.0.5", four.toString());
        assertEquals("127.0.0.5:20000-29999", four.ports(20_000, 29_999).toString());
        assertEquals("*:1-65535", SourceAddress.ANY.ports(1, 65_535).toString());
        assertFalse(four.hasPorts());
        assertTrue(four.ports(7, 7).hasPorts());
    }

    @Test
    void the_range_is_one() {
        assertRefused("source firstPort is 0, must be between 1 and 65535", () -> four.ports(0, 5));
        assertRefused("source lastPort is 6, must be between 7 and 65535", () -> four.ports(7, 6));
        assertRefused("source lastPort is 65536, must be between 1 and 65535", () -> four.ports(1, 65_536));
        assertRefused("source firstPort is 0, must be between 1 and 65535", () -> new SourceAddress(null, 0, 9));
    }

    @Test
    void a_host_must_resolve() {
        assertRefused(
                "source host is \"\", must be 1 to 255 printable characters without spaces",
                () -> SourceAddress.of(""));
        assertRefused(
                "source host is 1.2.3.256.invalid, must be a host name that resolves or an IP address",
                () -> SourceAddress.of("1.2.3.256.invalid"));
        assertNullRefused("source host", () -> SourceAddress.of((InetAddress) null));
    }

    @Test
    void it_is_of_the_family_of_the_backend_in_whichever_order_they_are_set() {
        assertEquals(four, backend.source(four).source());
        SourceAddress six = SourceAddress.of("::1");
        String why = "backend source is 0:0:0:0:0:0:0:1, must be an address of the family of 10.0.0.1:80";
        assertRefused(why, () -> backend.source(six));
        assertRefused(why, () -> Backend.of("::1", 80).source(six).address(backend.address()));
        SourceAddress any = SourceAddress.ANY.ports(5, 9);
        assertEquals(any, Backend.of("::1", 80).source(any).source());
        assertNullRefused("backend source", () -> backend.source(null));
    }

    @Test
    void a_unix_domain_socket_has_none() {
        UnixDomainSocketAddress unix = UnixDomainSocketAddress.of("/run/db.sock");
        String why = ", must not be set for a unix-domain socket";
        assertRefused(
                "backend source is " + SourceAddress.ANY + why,
                () -> Backend.of(unix).source(SourceAddress.ANY));
        assertRefused(
                "backend source is 127.0.0.5" + why, () -> backend.source(four).address(unix));
    }

    @Test
    void a_backend_with_another_is_not_the_same() {
        assertFalse(backend.isSameAs(backend.source(four)));
        assertFalse(backend.source(four).isSameAs(backend));
        assertTrue(backend.source(four).isSameAs(backend.source(SourceAddress.of("127.0.0.5"))));
        assertEquals("10.0.0.1:80,source=127.0.0.5", backend.source(four).toString());
    }
}
