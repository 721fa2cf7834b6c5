package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.ConnectFailure;
import io.lbkit.ConnectFailure.Cause;
import io.lbkit.ConnectionInfo;
import io.lbkit.Phase;
import io.lbkit.Proxy;
import io.lbkit.Selector;
import io.lbkit.SessionReport;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The search for a backend that can be reached. */
class ConnectTest {

    /** The first of those that are left, so that the tests know who is tried. */
    private static final Selector IN_ORDER = (candidates, client) -> 0;

    @RegisterExtension
    final Lab lab = new Lab();

    private final Reports reports = new Reports();

    private void resetWhenConnected(Socket socket) throws IOException {
        patiently().until(() -> !reports.connected().isEmpty());
        TestServer.reset(socket);
    }

    @Test
    void a_backend_that_refuses_is_passed_over() throws Exception {
        Proxy proxy = lab.start(lab.proxy()
                .backend(lab.refusing().id("closed"))
                .backend(lab.greeter("a").backend())
                .selector(IN_ORDER)
                .observer(reports));
        Client client = lab.connect(proxy);
        assertEquals("a", client.line());
        client.end().expectEnd();

        SessionReport report = reports.only();
        assertEquals(CloseReason.COMPLETED, report.reason());
        assertEquals(2, report.attempts());
        assertEquals("a", report.backend().id());
        ConnectFailure failure = reports.failures().get(0);
        assertEquals(Cause.REFUSED, failure.cause());
        assertEquals("closed", failure.backend().id());
        assertEquals(1, failure.attempt());
        assertEquals(report.sessionId(), failure.sessionId());
        assertEquals(1, proxy.stats().retries());
        assertEquals(1, proxy.stats().connectFailures());
        assertEquals(1, proxy.stats().backends().get(0).connectFailures());
        assertEquals(0, proxy.stats().backends().get(0).connectTimeouts());
    }

    @Test
    void a_backend_that_does_not_answer_is_given_up_after_the_connect_timeout() throws Exception {
        Proxy proxy = lab.start(lab.proxy()
                .backend(lab.closing(new Blackhole()).backend())
                .backend(lab.greeter("a").backend())
                .selector(IN_ORDER)
                .limits(limits -> limits.connectTimeout(Duration.ofMillis(150)))
                .observer(reports));
        Client client = lab.connect(proxy);
        client.send("sent while connecting\n");
        assertEquals("a", client.line());
        assertEquals("sent while connecting", client.line());
        client.end().expectEnd();

        SessionReport report = reports.only();
        assertEquals(2, report.attempts());
        assertTrue(report.duration().toMillis() >= 150, report.toString());
        assertTrue(report.connectTime().compareTo(report.duration()) < 0, report.toString());
        ConnectFailure failure = reports.failures().get(0);
        assertEquals(Cause.TIMEOUT, failure.cause());
        assertTrue(failure.after().toMillis() >= 150, failure.toString());
        assertEquals(1, proxy.stats().backends().get(0).connectTimeouts());
        assertNotNull(proxy.stats().backends().get(0).connectTime());
    }

    @Test
    void all_refuse() throws Exception {
        Proxy proxy = lab.start(lab.proxy()
                .backend(lab.refusing().id("x"))
                .backend(lab.refusing().id("y"))
                .backend(lab.refusing().id("z"))
                .backend(lab.refusing().id("never-tried"))
                .selector(IN_ORDER)
                .observer(reports));
        lab.connect(proxy).expectReset();
        SessionReport report = reports.only();
        assertEquals(CloseReason.CONNECT_FAILED, report.reason());
        assertEquals(Phase.CONNECTING, report.phase());
        assertEquals(3, report.attempts());
        assertEquals("z", report.backend().id());
        assertNull(report.connectTime());
        assertNull(report.firstByteTime());
        assertEquals(
                List.of(1, 2, 3),
                reports.failures().stream().map(ConnectFailure::attempt).toList());
        assertEquals(2, proxy.stats().retries());
    }

    @Test
    void the_deadline_of_the_search_counts_over_all_attempts() throws Exception {
        Proxy proxy = lab.start(lab.proxy()
                .backend(lab.closing(new Blackhole()).backend().id("x"))
                .backend(lab.closing(new Blackhole()).backend().id("y"))
                .backend(lab.greeter("a").backend())
                .selector(IN_ORDER)
                .limits(limits -> limits.connectTimeout(Duration.ofMillis(200)).connectDeadline(Duration.ofMillis(300)))
                .observer(reports));
        lab.connect(proxy).expectReset();
        SessionReport report = reports.only();
        assertEquals(CloseReason.CONNECT_FAILED, report.reason());
        assertEquals(2, report.attempts());
        assertTrue(report.duration().toMillis() >= 300, report.toString());
    }

    @Test
    void a_backend_that_resets_before_a_byte_has_moved_is_passed_over() throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.server("resetting", this::resetWhenConnected), lab.greeter("a"))
                .selector(IN_ORDER)
                .observer(reports));
        assertEquals("a", lab.connect(proxy).line());
        assertEquals(Cause.RESET, reports.failures().get(0).cause());
        assertEquals(1, proxy.stats().retries());
    }

    @Test
    void retries_are_counted_once_each_whatever_failed() throws Exception {
        Proxy proxy = lab.start(lab.proxy()
                .backend(lab.refusing().id("closed"))
                .backend(lab.server("resetting", this::resetWhenConnected).backend())
                .backend(lab.greeter("a").backend())
                .selector(IN_ORDER)
                .observer(reports));
        Client client = lab.connect(proxy);
        assertEquals("a", client.line());
        client.end().expectEnd();
        assertEquals(3, reports.only().attempts());
        assertEquals(2, proxy.stats().retries());
    }

    @Test
    void no_other_backend_is_tried_once_a_byte_was_delivered() throws Exception {
        TestServer other = lab.greeter("a");
        TestServer reading = lab.server("reading", socket -> {
            socket.getInputStream().read();
            TestServer.reset(socket);
        });
        Proxy proxy = lab.start(lab.proxy(reading, other).selector(IN_ORDER).observer(reports));
        lab.connect(proxy).send("pay 100").expectReset();
        assertEquals(CloseReason.RESET_BY_BACKEND, reports.only().reason());
        assertEquals(1, reports.only().attempts());
        assertEquals(0, other.accepted());
    }

    @Test
    void no_other_backend_is_tried_once_one_has_spoken() throws Exception {
        TestServer other = lab.greeter("a");
        TestServer speaking = lab.server("speaking", socket -> {
            socket.getOutputStream().write("hello\n".getBytes());
            socket.getInputStream().read();
            TestServer.reset(socket);
        });
        Proxy proxy = lab.start(lab.proxy(speaking, other).selector(IN_ORDER).observer(reports));
        Client client = lab.connect(proxy);
        assertEquals("hello", client.line());
        client.send("x").expectReset();
        assertEquals(CloseReason.RESET_BY_BACKEND, reports.only().reason());
        assertEquals(0, other.accepted());
    }

    @Test
    void what_a_backend_said_before_its_reset_arrives_first() throws Exception {
        TestServer speaking = lab.server("speaking", socket -> {
            socket.getOutputStream().write("last words\n".getBytes());
            socket.getInputStream().read();
            TestServer.reset(socket);
        });
        Proxy proxy = lab.start(lab.proxy(speaking).observer(reports));
        Client client = lab.connect(proxy).send("x");
        assertEquals("last words", client.line());
        client.expectReset();
        assertEquals("last words\n".length(), reports.only().bytesToClient());
    }

    @Test
    void a_client_that_leaves_while_we_connect_is_gone_at_once() throws Exception {
        Proxy proxy = lab.start(lab.proxy()
                .backend(lab.closing(new Blackhole()).backend())
                .limits(limits -> limits.connectTimeout(Duration.ofMinutes(1)).connectDeadline(Duration.ofMinutes(2)))
                .observer(reports));
        Client client = lab.connect(proxy);
        client.send("hello");
        patiently().until(() -> proxy.stats().active() == 1);
        client.reset();
        SessionReport report = reports.only();
        assertEquals(CloseReason.RESET_BY_CLIENT, report.reason());
        assertEquals(Phase.CONNECTING, report.phase());
        assertTrue(report.duration().toSeconds() < 30, report.toString());
        assertEquals(0, proxy.stats().backends().get(0).active());
    }

    @Test
    void a_selector_sees_who_calls_and_what_was_tried() throws Exception {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        Backend closed = lab.refusing().id("closed");
        TestServer a = lab.greeter("a");
        Selector curious = (candidates, client) -> {
            seen.add(describe(client, closed) + " of " + candidates.size());
            return candidates.size() - 1;
        };
        Proxy proxy = lab.start(lab.proxy(a).backend(closed).selector(curious).observer(reports));
        Client client = lab.connect(proxy);
        assertEquals("a", client.line());
        String who = client.localAddress() + " " + proxy.localAddress();
        assertEquals(List.of(who + " attempt 1 tried false of 2", who + " attempt 2 tried true of 1"), seen);
    }

    private static String describe(ConnectionInfo client, Backend closed) {
        return client.clientAddress() + " " + client.listenerAddress() + " attempt " + client.attempt() + " tried "
                + client.tried(closed);
    }
}
