package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.BackendState;
import io.lbkit.CloseReason;
import io.lbkit.HealthCheck;
import io.lbkit.Proxy;
import io.lbkit.SourceAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connections to backends come from where they are told to. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SourceAddressTest {

    @RegisterExtension
    final Lab lab = new Lab();

    private final Reports reports = new Reports();

    /** Says who has called. */
    private TestServer mirror(String name) throws IOException {
        return lab.server(name, socket -> {
            InetSocketAddress caller = (InetSocketAddress) socket.getRemoteSocketAddress();
            String line = caller.getAddress().getHostAddress() + ":" + caller.getPort() + "\n";
            socket.getOutputStream().write(line.getBytes());
            TestServer.echo(socket);
        });
    }

    /** The first of some free ports in a row, which other tests do not use. */
    private static int free(int count) throws IOException {
        for (int first = 21_000; ; first += count) {
            int bound = 0;
            for (int port = first; port < first + count; port++) {
                try (ServerSocket probe = new ServerSocket()) {
                    probe.bind(new InetSocketAddress("127.0.0.9", port));
                    bound++;
                } catch (IOException taken) {
                    break;
                }
            }
            if (bound == count) {
                return first;
            }
        }
    }

    @Test
    void sessions_and_checks_come_from_the_address() throws Exception {
        BlockingQueue<String> callers = new LinkedBlockingQueue<>();
        TestServer server = lab.server("a", socket -> {
            callers.add(socket.getInetAddress().getHostAddress());
            TestServer.echo(socket);
        });
        Proxy proxy = lab.start(lab.proxy()
                .backend(server.backend().source(SourceAddress.of("127.0.0.9")))
                .healthCheck(HealthCheck.tcp().interval(Duration.ofMillis(100))));
        assertEquals("127.0.0.9", callers.take(), "a check");
        lab.connect(proxy).ping("through");
        assertEquals("127.0.0.9", callers.take());
    }

    @Test
    void a_range_serves_each_backend_with_all_of_its_ports_and_then_nobody_is_to_blame() throws Exception {
        int first = free(3);
        SourceAddress three = SourceAddress.of("127.0.0.9").ports(first, first + 2);
        List<TestServer> servers = List.of(mirror("a"), mirror("b"));
        Proxy proxy = lab.start(lab.proxy()
                .backend(servers.get(0).backend().source(three))
                .backend(servers.get(1).backend().source(three))
                .selector((candidates, client) -> 0)
                .limits(limits -> limits.connectAttempts(2))
                .observer(reports)
                .loops(2));
        List<Client> clients = new ArrayList<>();
        Set<String> ofA = new TreeSet<>();
        Set<String> ofB = new TreeSet<>();
        for (int i = 0; i < 6; i++) { // the second three have to go to the other backend
            Client client = lab.connect(proxy);
            clients.add(client);
            (i < 3 ? ofA : ofB).add(client.line());
        }
        Set<String> all = new TreeSet<>();
        for (int port = first; port < first + 3; port++) {
            all.add("127.0.0.9:" + port);
        }
        assertEquals(all, ofA);
        assertEquals(all, ofB);

        lab.connect(proxy).expectReset();
        assertEquals(CloseReason.LOCAL_FAILURE, reports.only().reason());
        proxy.stats().backends().forEach(each -> {
            assertEquals(0, each.connectFailures());
            assertEquals(BackendState.UP, each.state());
        });

        clients.get(1).reset(); // no TIME_WAIT on either side
        assertEquals(CloseReason.RESET_BY_CLIENT, reports.awaitClosed(2).get(1).reason());
        assertTrue(all.contains(lab.connect(proxy).line()), "the port is free again");
    }

    @Test
    void a_port_that_somebody_else_has_is_passed_over() throws Exception {
        int first = free(2);
        try (ServerSocket other = new ServerSocket()) {
            other.bind(new InetSocketAddress("127.0.0.9", first));
            Proxy proxy = lab.start(lab.proxy()
                    .backend(mirror("a")
                            .backend()
                            .source(SourceAddress.of("127.0.0.9").ports(first, first + 1))));
            assertEquals("127.0.0.9:" + (first + 1), lab.connect(proxy).line());
        }
    }

    @Test
    void an_address_that_this_machine_has_not_fails_here() throws Exception {
        Proxy proxy = lab.start(lab.proxy()
                .backend(mirror("a").backend().source(SourceAddress.of("192.0.2.7")))
                .observer(reports));
        lab.connect(proxy).expectReset();
        assertEquals(CloseReason.LOCAL_FAILURE, reports.only().reason());
    }

    /** A socket that calls its own port gets an answer, from itself. */
    @Test
    void a_backend_that_is_gone_is_not_found_in_our_own_socket() throws Exception {
        TestServer server = lab.greeter("a");
        int port = server.address().getPort();
        Proxy proxy = lab.start(lab.proxy()
                .backend(server.backend().source(SourceAddress.of("127.0.0.1").ports(port, port)))
                .observer(reports));
        server.kill();
        lab.connect(proxy).expectReset();
        assertEquals(CloseReason.LOCAL_FAILURE, reports.only().reason());
        assertNotEquals(0, proxy.stats().localFailures());
        assertEquals(0, proxy.stats().connectFailures(), "no backend is blamed");
    }
}
