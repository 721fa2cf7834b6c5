package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A backend is its id; everything else about it may change. */
class BackendTest {

    private final Backend backend = Backend.of("127.0.0.1", 5432);

    @Test
    void defaults() {
        assertEquals("127.0.0.1:5432", backend.id());
        assertEquals(new InetSocketAddress("127.0.0.1", 5432), backend.address());
        assertEquals(1, backend.weight());
        assertEquals(Backend.UNLIMITED, backend.maxConnections());
        assertEquals(0, backend.priority());
        assertEquals("", backend.zone());
    }

    @Test
    void a_change_makes_a_copy() {
        SocketAddress elsewhere = new InetSocketAddress("127.0.0.2", 1);
        Backend changed = backend.id("db-7")
                .weight(5)
                .maxConnections(100)
                .address(elsewhere)
                .backup()
                .zone("b");
        assertEquals("db-7", changed.id());
        assertEquals(5, changed.weight());
        assertEquals(100, changed.maxConnections());
        assertEquals(elsewhere, changed.address());
        assertEquals(1, changed.priority());
        assertEquals("b", changed.zone());
        defaults();
    }

    @Test
    void the_id_decides_what_is_equal() {
        Backend changed = backend.weight(5).maxConnections(1).address(new InetSocketAddress("127.0.0.2", 1));
        assertEquals(backend, changed);
        assertEquals(Set.of(backend), Set.of(changed));
        assertNotEquals(backend, backend.id("other"));
        assertNotEquals((Object) backend, "127.0.0.1:5432");
    }

    @Test
    void its_text_says_what_differs_from_the_defaults() {
        assertEquals("127.0.0.1:5432", backend.toString());
        assertEquals(
                "db-7@127.0.0.1:5432,weight=0,max=9,priority=1,zone=b",
                backend.id("db-7")
                        .weight(0)
                        .maxConnections(9)
                        .backup()
                        .zone("b")
                        .toString());
    }

    @Test
    void the_id_has_its_limits() {
        assertEquals(200, backend.id("x".repeat(200)).id().length());
        String range = ", must be 1 to 200 printable characters without spaces";
        assertRefused("backend id is \"\"" + range, () -> backend.id(""));
        assertRefused("backend id is \"db 7\"" + range, () -> backend.id("db 7"));
        assertRefused("backend id is \"db\\u000d\\u000a7\"" + range, () -> backend.id("db\r\n7"));
        assertRefused("backend id is \"" + "x".repeat(201) + "\"" + range, () -> backend.id("x".repeat(201)));
        assertNullRefused("backend id", () -> backend.id(null));
    }

    @Test
    void the_weight_has_a_range() {
        assertEquals(0, backend.weight(0).weight());
        assertEquals(65535, backend.weight(65535).weight());
        assertRefused("backend weight is -1, must be between 0 and 65535", () -> backend.weight(-1));
        assertRefused("backend weight is 65536, must be between 0 and 65535", () -> backend.weight(65536));
    }

    @Test
    void the_limit_has_a_range() {
        assertEquals(1, backend.maxConnections(1).maxConnections());
        assertEquals(
                Backend.UNLIMITED, backend.maxConnections(Integer.MAX_VALUE).maxConnections());
        assertRefused("backend maxConnections is 0, must be between 1 and 2147483647", () -> backend.maxConnections(0));
    }

    @Test
    void the_priority_has_a_range() {
        assertEquals(9, backend.priority(9).priority());
        assertRefused("backend priority is -1, must be between 0 and 9", () -> backend.priority(-1));
        assertRefused("backend priority is 10, must be between 0 and 9", () -> backend.priority(10));
    }

    @Test
    void the_zone_is_a_word() {
        String range = ", must be 1 to 100 printable characters without spaces";
        assertRefused("backend zone is \"a b\"" + range, () -> backend.zone("a b"));
    }

    @Test
    void the_port_has_a_range() {
        assertEquals("127.0.0.1:65535", Backend.of("127.0.0.1", 65535).id());
        assertRefused("backend port is 0, must be between 1 and 65535", () -> Backend.of("127.0.0.1", 0));
        assertRefused("backend port is 65536, must be between 1 and 65535", () -> Backend.of("127.0.0.1", 65536));
        assertRefused(
                "backend address port is 0, must be between 1 and 65535",
                () -> Backend.of(new InetSocketAddress("127.0.0.1", 0)));
    }

    @Test
    void an_internet_address_of_version_6_stands_in_brackets() {
        assertEquals("[::1]:5432", Backend.of("::1", 5432).id());
        assertEquals("[::1]:5432", Backend.of("[::1]", 5432).id());
    }

    @Test
    void a_unix_domain_socket_is_known_by_its_path() {
        Backend unix = Backend.unix(Path.of("/run/db.sock"));
        assertEquals("unix:/run/db.sock", unix.id());
        assertEquals(UnixDomainSocketAddress.of("/run/db.sock"), unix.address());
    }

    @Test
    void a_path_needs_a_name() {
        assertRefused(
                "backend address is an empty path, must name a unix-domain socket", () -> Backend.unix(Path.of("")));
    }

    @Test
    void a_host_name_must_resolve() {
        SocketAddress unresolved = InetSocketAddress.createUnresolved("db.invalid", 5432);
        String message = "backend address is db.invalid:5432, must be a host name that resolves or an IP address";
        assertRefused(message, () -> Backend.of(unresolved));
        assertRefused(message, () -> backend.address(unresolved));
    }

    @Test
    void no_host_is_not_the_loopback() {
        String range = ", must be 1 to 255 printable characters without spaces";
        assertRefused("backend host is \"\"" + range, () -> Backend.of("", 5432));
        assertRefused("backend host is \" db\"" + range, () -> Backend.of(" db", 5432));
        assertNullRefused("backend host", () -> Backend.of(null, 5432));
    }

    @Test
    void other_kinds_of_addresses_are_refused() {
        SocketAddress other = new SocketAddress() {
            private static final long serialVersionUID = 1;

            @Override
            public String toString() {
                return "vm:7";
            }
        };
        assertRefused(
                "backend address is vm:7, must be an InetSocketAddress or a UnixDomainSocketAddress",
                () -> Backend.of(other));
        assertNullRefused("backend address", () -> Backend.of((SocketAddress) null));
    }

    @Test
    void sameness_is_more_than_identity() {
        assertTrue(backend.isSameAs(backend.weight(1)));
        for (Backend other : List.of(
                backend.id("x"),
                backend.address(new InetSocketAddress("127.0.0.1", 1)),
                backend.weight(2),
                backend.maxConnections(3),
                backend.backup(),
                backend.zone("z"))) {
            assertFalse(backend.isSameAs(other), other::toString);
            assertFalse(other.isSameAs(backend), other::toString);
        }
    }
}
