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
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What may be asked for about sockets, and of which. */
class SocketOptionsTest {

    private static final SocketOptions DEFAULT = SocketOptions.DEFAULT;
    private static final SocketAddress UNIX = UnixDomainSocketAddress.of("/run/app.sock");

    /** Each differs from the default in one property; the first five are of TCP alone. */
    private static final List<SocketOptions> ONE_EACH = List.of(
            DEFAULT.noDelay(false),
            DEFAULT.keepAlive(false),
            DEFAULT.keepAliveIdle(Duration.ofSeconds(60)),
            DEFAULT.keepAliveInterval(Duration.ofSeconds(5)),
            DEFAULT.keepAliveCount(3),
            DEFAULT.sendBufferBytes(4096),
            DEFAULT.receiveBufferBytes(4096));

    @Test
    void the_defaults_are_what_a_relay_wants_and_the_rest_is_the_systems() {
        assertTrue(DEFAULT.noDelay());
        assertTrue(DEFAULT.keepAlive());
        assertEquals(Duration.ZERO, DEFAULT.keepAliveIdle());
        assertEquals(Duration.ZERO, DEFAULT.keepAliveInterval());
        assertEquals(0, DEFAULT.keepAliveCount());
        assertEquals(0, DEFAULT.sendBufferBytes());
        assertEquals(0, DEFAULT.receiveBufferBytes());
    }

    @Test
    void times_are_whole_seconds() {
        String range = ", must be zero (left to the system) or whole seconds between PT1S and PT9H6M7S";
        assertRefused("keepAliveIdle is PT0.5S" + range, () -> DEFAULT.keepAliveIdle(Duration.ofMillis(500)));
        assertRefused("keepAliveIdle is PT-1S" + range, () -> DEFAULT.keepAliveIdle(Duration.ofSeconds(-1)));
        assertRefused(
                "keepAliveInterval is PT9H6M8S" + range, () -> DEFAULT.keepAliveInterval(Duration.ofSeconds(32768)));
        assertEquals(
                Duration.ofSeconds(32767),
                DEFAULT.keepAliveIdle(Duration.ofSeconds(32767)).keepAliveIdle());
        assertEquals(
                Duration.ofSeconds(1),
                DEFAULT.keepAliveInterval(Duration.ofSeconds(1)).keepAliveInterval());
        assertEquals(DEFAULT, ONE_EACH.get(2).keepAliveIdle(Duration.ZERO));
        assertNullRefused("keepAliveIdle", () -> DEFAULT.keepAliveIdle(null));
    }

    @Test
    void numbers_have_their_ranges() {
        assertRefused("keepAliveCount is -1, must be between 0 and 127", () -> DEFAULT.keepAliveCount(-1));
        assertRefused("keepAliveCount is 128, must be between 0 and 127", () -> DEFAULT.keepAliveCount(128));
        String range = ", must be between 1024 and 1073741824";
        assertRefused("sendBufferBytes is 1023" + range, () -> DEFAULT.sendBufferBytes(1023));
        assertRefused("receiveBufferBytes is -1" + range, () -> DEFAULT.receiveBufferBytes(-1));
        assertEquals(1 << 30, DEFAULT.receiveBufferBytes(1 << 30).receiveBufferBytes());
        assertEquals(DEFAULT, ONE_EACH.get(5).sendBufferBytes(0));
    }

    @Test
    void they_are_equal_if_nothing_differs() {
        for (SocketOptions one : ONE_EACH) {
            assertNotEquals(DEFAULT, one);
            assertEquals(1, ONE_EACH.stream().filter(one::equals).count());
        }
        assertEquals(DEFAULT.keepAliveCount(3), ONE_EACH.get(4));
        assertEquals(DEFAULT.keepAliveCount(3).hashCode(), ONE_EACH.get(4).hashCode());
    }

    @Test
    void a_unix_domain_socket_has_buffers_and_nothing_else() {
        List<String> tcp = List.of(
                "noDelay is false",
                "keepAlive is false",
                "keepAliveIdle is PT1M",
                "keepAliveInterval is PT5S",
                "keepAliveCount is 3");
        for (int i = 0; i < tcp.size(); i++) {
            SocketOptions options = ONE_EACH.get(i);
            String why = " " + tcp.get(i) + ", must not be set for a unix-domain socket";
            assertRefused("listen" + why, () -> Listener.on(UNIX).socketOptions(options));
            assertRefused("backend" + why, () -> Backend.of(UNIX).socketOptions(options));
            assertRefused(
                    "backend" + why,
                    () -> Backend.of("127.0.0.1", 1).socketOptions(options).address(UNIX));
        }
        for (SocketOptions buffers : ONE_EACH.subList(5, 7)) {
            assertEquals(buffers, Listener.on(UNIX).socketOptions(buffers).socketOptions());
            assertEquals(
                    buffers,
                    Backend.unix(Path.of("/run/app.sock"))
                            .socketOptions(buffers)
                            .socketOptions());
        }
    }

    @Test
    void a_listener_keeps_them_whatever_else_is_set() {
        SocketOptions options = ONE_EACH.get(4);
        Listener listener = Listener.on(new InetSocketAddress("127.0.0.1", 1)).socketOptions(options);
        assertEquals(options, listener.backlog(7).acceptProxy().socketOptions());
        assertNullRefused("listen socketOptions", () -> listener.socketOptions(null));
    }

    @Test
    void a_backend_with_others_is_not_the_same() {
        Backend backend = Backend.of("127.0.0.1", 1);
        for (SocketOptions options : ONE_EACH) {
            assertFalse(backend.isSameAs(backend.socketOptions(options)));
            assertTrue(backend.socketOptions(options).isSameAs(backend.socketOptions(options)));
        }
        assertNullRefused("backend socketOptions", () -> backend.socketOptions(null));
    }
}
