package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The addresses of a backend that has several. */
class AddressOrderTest {

    private final Backend backend = Backend.of("10.0.0.1", 80);

    private static List<SocketAddress> at(String... hosts) {
        return Arrays.stream(hosts)
                .map(host -> (SocketAddress) new InetSocketAddress(host, 80))
                .toList();
    }

    @Test
    void families_are_tried_in_turn_beginning_with_that_of_the_first() {
        assertEquals(
                at("::1", "10.0.0.1", "::2", "10.0.0.2", "::3"),
                backend.addresses(at("::1", "::2", "::3", "10.0.0.1", "10.0.0.2"))
                        .addresses());
        assertEquals(
                at("10.0.0.1", "::1", "10.0.0.2"),
                backend.addresses(at("10.0.0.1", "10.0.0.2", "::1")).addresses());
        assertEquals(
                at("10.0.0.2", "10.0.0.1"),
                backend.addresses(at("10.0.0.2", "10.0.0.1")).addresses());
    }

    @Test
    void one_address_is_a_list_of_one() {
        assertEquals(at("10.0.0.1"), backend.addresses());
        assertEquals(
                at("10.0.0.9"),
                backend.addresses(at("::1", "::2"))
                        .address(at("10.0.0.9").get(0))
                        .addresses());
    }

    @Test
    void the_first_is_the_address_and_the_id_stays() {
        Backend several = backend.addresses(at("::1", "10.0.0.1"));
        assertEquals(at("::1").get(0), several.address());
        assertEquals("10.0.0.1:80", several.id());
        assertFalse(several.isSameAs(several.addresses(at("::1", "10.0.0.2"))));
    }

    @Test
    void a_name_has_all_of_its_addresses() {
        assertEquals(7, ((InetSocketAddress) Backend.of("localhost", 7).address()).getPort());
        assertEquals(at("127.0.0.1"), Backend.of("127.0.0.1", 80).addresses());
        assertEquals(at("::1"), Backend.of("[::1]", 80).addresses());
    }

    @Test
    void there_are_limits() {
        assertRefused("backend addresses are 0, must be between 1 and 16", () -> backend.addresses(List.of()));
        assertRefused(
                "backend addresses are 17, must be between 1 and 16",
                () -> backend.addresses(Collections.nCopies(17, at("::1").get(0))));
        assertEquals(
                16,
                backend.addresses(Collections.nCopies(16, at("::1").get(0)))
                        .addresses()
                        .size());
        assertNullRefused("backend address", () -> backend.addresses(Collections.singletonList(null)));
        assertRefused(
                "backend address port is 0, must be between 1 and 65535",
                () -> backend.addresses(List.of(at("::1").get(0), new InetSocketAddress("::1", 0))));
    }

    @Test
    void a_unix_domain_socket_stands_alone() {
        SocketAddress unix = UnixDomainSocketAddress.of("/run/db.sock");
        assertEquals(List.of(unix), backend.address(unix).addresses());
        assertRefused(
                "backend address is unix:/run/db.sock, must not be a unix-domain socket where there are several",
                () -> backend.addresses(List.of(at("::1").get(0), unix)));
    }

    @Test
    void a_source_goes_with_all_of_them() {
        assertRefused(
                "backend source is 10.0.0.9, must be an address of the family of [::1]:80",
                () -> backend.source(SourceAddress.of("10.0.0.9")).addresses(at("10.0.0.1", "::1")));
    }
}
