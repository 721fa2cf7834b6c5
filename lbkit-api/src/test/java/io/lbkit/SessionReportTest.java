package io.lbkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One line for each session, whatever the client calls itself. */
class SessionReportTest {

    private static final SocketAddress CLIENT = new InetSocketAddress("127.0.0.1", 40_000);
    private static final SocketAddress LISTENER = new InetSocketAddress("127.0.0.1", 80);

    @Test
    void a_session_that_went_well() {
        SessionReport report = new SessionReport(
                17,
                "front",
                CLIENT,
                CLIENT,
                LISTENER,
                "db.example.org",
                "databases",
                Backend.of("127.0.0.1", 5432).id("db-7"),
                2,
                Duration.ZERO,
                Duration.ofNanos(1_234_567),
                Duration.ofMillis(40),
                Duration.ofSeconds(3661).plusNanos(1_000),
                1_000_000,
                5_000_000_000L,
                Phase.RELAYING,
                CloseReason.COMPLETED,
                "");
        assertEquals(
                "session=17 proxy=front client=127.0.0.1:40000 listener=127.0.0.1:80"
                        + " server-name=db.example.org route=databases backend=db-7 attempts=2 queue=0.000ms connect=1.234ms first-byte=40.000ms duration=3661000.001ms"
                        + " to-backend=1000000 to-client=5000000000 phase=RELAYING ended-by=BOTH reason=COMPLETED",
                report.toString());
    }

    @Test
    void what_there_was_none_of_is_a_dash() {
        assertEquals(
                "session=1 proxy=lbkit client=127.0.0.1:40000 listener=127.0.0.1:80 backend=- attempts=0"
                        + " queue=0.000ms connect=- first-byte=- duration=0.001ms to-backend=0 to-client=0"
                        + " phase=CONNECTING ended-by=PROXY reason=NO_BACKEND",
                report(CLIENT, null).toString());
    }

    @Test
    void a_client_of_a_unix_domain_socket_mostly_has_no_name() {
        assertClient("unix:", UnixDomainSocketAddress.of(""));
        assertClient("unix:/tmp/client.sock", UnixDomainSocketAddress.of("/tmp/client.sock"));
    }

    @Test
    void the_name_of_a_client_cannot_forge_a_line_or_a_field() {
        assertClient(
                "unix:/tmp/x\\u000asession=99\\u0020reason=COMPLETED",
                UnixDomainSocketAddress.of("/tmp/x\nsession=99 reason=COMPLETED"));
        assertClient(
                "unix:/tmp/\\u001b[2J\\u2028\\u0085\\u202e",
                UnixDomainSocketAddress.of("/tmp/\u001b[2J\u2028\u0085\u202e"));
    }

    @Test
    void the_path_of_a_backend_cannot_either() {
        String line = report(CLIENT, Backend.unix(Path.of("/tmp/a b\r\nc"))).toString();
        assertTrue(line.contains(" backend=unix:/tmp/a\\u0020b\\u000d\\u000ac attempts="), line);
        assertEquals(14, line.split(" ").length - 1, line);
    }

    @Test
    void what_else_there_is_to_say_comes_last_and_in_quotes() {
        String line = report(CLIENT, null, "UNTRUSTED: no \\\"path\\\"").toString();
        assertTrue(line.endsWith(" reason=NO_BACKEND detail=\"UNTRUSTED: no \\\"path\\\"\""), line);
        assertEquals(1, report(CLIENT, null, "a\nb").toString().lines().count());
    }

    private static void assertClient(String text, SocketAddress client) {
        String line = report(client, null).toString();
        assertTrue(line.startsWith("session=1 proxy=lbkit client=" + text + " listener="), line);
        assertEquals(1, line.lines().count());
    }

    private static SessionReport report(SocketAddress client, @Nullable Backend backend) {
        return report(client, backend, "");
    }

    private static SessionReport report(SocketAddress client, @Nullable Backend backend, String detail) {
        return new SessionReport(
                1,
                "lbkit",
                client,
                client,
                LISTENER,
                null,
                null,
                backend,
                0,
                Duration.ZERO,
                null,
                null,
                Duration.ofNanos(1_999),
                0,
                0,
                Phase.CONNECTING,
                CloseReason.NO_BACKEND,
                detail);
    }
}
