package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.lbkit.selector.Selectors;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the options do, with clients and servers. */
@Timeout(120)
class CliServingTest {

    private EchoServer one;
    private EchoServer two;
    private EchoServer three;

    @BeforeEach
    void start() throws Exception {
        one = EchoServer.start("one");
        two = EchoServer.start("two");
        three = EchoServer.start("three");
    }

    @AfterEach
    void close() throws Exception {
        one.close();
        two.close();
        three.close();
    }

    private CliThread cli(String... more) throws Exception {
        List<String> args = new ArrayList<>(
                List.of("--backend", one.backend(), "--backend", two.backend(), "--backend", three.backend()));
        Collections.addAll(args, more);
        return new CliThread(args.toArray(String[]::new));
    }

    @Test
    void round_robin_takes_turns() throws Exception {
        try (CliThread cli = cli("--selector=round-robin")) {
            List<String> served = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                served.add(cli.served());
            }
            assertEquals(served.subList(0, 3), served.subList(3, 6));
            assertEquals(Set.of("one", "two", "three"), Set.copyOf(served));
        }
    }

    static List<String> selectors() {
        return Selectors.names();
    }

    @ParameterizedTest
    @MethodSource("selectors")
    void every_selector_serves(String selector) throws Exception {
        try (CliThread cli = cli("--selector", selector);
                Caller caller = Caller.to(cli.port())) {
            assertTrue(Set.of("one", "two", "three").contains(caller.line()));
            caller.ping("and bytes flow");
        }
    }

    @Test
    void as_many_loops_as_were_asked_for() throws Exception {
        try (CliThread cli = cli("--loops=3")) {
            cli.served();
            Set<String> loops = Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .filter(name -> name.startsWith("lbkit-loop-"))
                    .collect(Collectors.toSet());
            assertEquals(Set.of("lbkit-loop-0", "lbkit-loop-1", "lbkit-loop-2"), loops);
        }
    }

    @Test
    void no_more_connections_than_allowed() throws Exception {
        try (CliThread cli = cli("--max-connections=1");
                Caller first = Caller.to(cli.port())) {
            first.line();
            Caller second = Caller.to(cli.port());
            second.socket().setSoTimeout(200);
            assertThrows(SocketTimeoutException.class, second::line, "it waits in the backlog");
            second.socket().setSoTimeout(30_000);
            first.end();
            second.line();
            second.end();
        }
    }

    @Test
    void idle_connections_end_and_the_log_says_why() throws Exception {
        try (CliThread cli = new CliThread("--backend", one.backend(), "--idle-timeout=50ms", "--access-log");
                Caller caller = Caller.to(cli.port())) {
            String came = caller.rest(); // the greeting, unless the server needed longer than that for it
            String line = cli.out().await("session=\\d+ .*").group();
            assertTrue(line.contains(" backend=one "), line);
            assertTrue(line.contains(" to-client=" + came.length() + " "), line);
            assertTrue(line.endsWith(" ended-by=PROXY reason=IDLE_TIMEOUT"), line);
        }
    }

    @Test
    void the_log_has_a_line_for_each_connection() throws Exception {
        try (CliThread cli = cli("--access-log")) {
            for (int i = 0; i < 20; i++) {
                cli.served();
            }
            for (int i = 0; i < 20; i++) {
                cli.out().await("session=.* ended-by=BOTH reason=COMPLETED");
            }
        }
    }

    @Test
    void a_dead_backend_costs_nobody_anything() throws Exception {
        two.close();
        try (CliThread cli = cli("--selector=round-robin")) {
            for (int i = 0; i < 9; i++) {
                assertTrue(Set.of("one", "three").contains(cli.served()));
            }
            cli.say("stats");
            assertTrue(
                    cli.out().all().stream()
                            .anyMatch(line -> line.matches("two +EJECTED +1 +0 +0 +3 .*")), // and is asked no more
                    () -> cli.out().all().toString());
        }
    }

    @Test
    void checks_take_a_backend_out_and_bring_it_back() throws Exception {
        AtomicInteger status = new AtomicInteger(200);
        HttpServer beside = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        beside.createContext("/health", exchange -> {
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        beside.start();
        String check = "http:/health,port=" + beside.getAddress().getPort();
        try (CliThread cli =
                cli("--health-check", check, "--health-interval=20ms", "--health-timeout=5s", "--rise=1", "--fall=2")) {
            awaitState(cli, "UP");
            status.set(500);
            awaitState(cli, "DOWN");
            status.set(204);
            awaitState(cli, "UP");
        } finally {
            beside.stop(0);
        }
    }

    /** Asks for the statistics until all backends are in a state. */
    private static void awaitState(CliThread cli, String state) {
        Awaitility.await().atMost(Duration.ofSeconds(Printed.PATIENCE_SECONDS)).until(() -> {
            int before = cli.out().all().size();
            cli.say("stats");
            return cli.out().all().stream()
                            .skip(before)
                            .filter(line -> line.matches("(one|two|three) +" + state + " .*"))
                            .count()
                    == 3;
        });
    }

    @Test
    void several_listeners_of_every_kind(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("lb.sock");
        try (CliThread cli = cli("--listen", "127.0.0.1:0", "--listen", "unix:" + socket)) {
            int second = Integer.parseInt(
                    cli.out().await("listening on 127\\.0\\.0\\.1:(\\d+)").group(1));
            cli.out().await("listening on unix:\\Q" + socket + "\\E");
            try (Caller caller = Caller.to(second)) {
                caller.line();
                caller.ping("by TCP");
            }
            try (SocketChannel caller = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                ByteBuffer name = ByteBuffer.allocate(10);
                assertTrue(caller.read(name) > 0);
            }
        }
    }

    // ---- clients: who they are, and who may come in

    private static final String FROM_10_0_0_1 = "PROXY TCP4 10.0.0.1 10.0.0.9 1001 80\r\n";

    /** Sends something, and expects a reset for an answer. */
    private static void refused(CliThread cli, String text) throws Exception {
        try (Caller caller = Caller.to(cli.port())) {
            assertThrows(SocketException.class, () -> caller.send(text).line());
        }
    }

    @Test
    void every_connection_brings_a_header() throws Exception {
        try (CliThread cli = cli("--accept-proxy", "--access-log")) {
            try (Caller caller = Caller.to(cli.port())) {
                caller.send(FROM_10_0_0_1).line();
                caller.ping("and bytes flow").end();
            }
            cli.out().await("session=.* client=10\\.0\\.0\\.1:1001 peer=127\\.0\\.0\\.1:.* reason=COMPLETED");
            refused(cli, "hello\n");
            cli.out().await("session=.* reason=PRELUDE_REJECTED detail=\"no PROXY header\"");
        }
    }

    @Test
    void only_those_who_are_trusted_bring_a_header() throws Exception {
        try (CliThread cli = cli("--accept-proxy", "--trust=10.0.0.0/8", "--trust=127.0.0.2");
                Caller plain = Caller.to(cli.port());
                Caller trusted = Caller.from("127.0.0.2", cli.port())) {
            plain.line();
            plain.ping(FROM_10_0_0_1.strip());
            trusted.send(FROM_10_0_0_1).line();
            trusted.ping("no header before this");
        }
    }

    @Test
    void a_header_that_does_not_come() throws Exception {
        try (CliThread cli = cli("--accept-proxy", "--prelude-timeout=50ms", "--access-log")) {
            refused(cli, "PROXY ");
            cli.out().await("session=.* ended-by=CLIENT reason=PRELUDE_TIMEOUT");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2"})
    void two_in_a_row_see_one_client(String version) throws Exception {
        try (CliThread inner = cli("--accept-proxy", "--access-log");
                CliThread outer = new CliThread("--send-proxy", version, "--access-log")) {
            outer.say("add 127.0.0.1:" + inner.port()); // told like those that were there from the beginning
            outer.served();
            String client = outer.out()
                    .await("session=.* (client=\\S+) listener=.* reason=COMPLETED")
                    .group(1);
            inner.out().await("session=.* " + client + " peer=.* reason=COMPLETED");
        }
        try (CliThread inner = cli("--accept-proxy");
                CliThread outer = new CliThread("--send-proxy", version, "--backend", "127.0.0.1:" + inner.port())) {
            outer.served();
        }
    }

    @Test
    void who_is_denied_and_who_is_not() throws Exception {
        try (CliThread cli = cli("--allow=127.0.0.0/8", "--deny=127.0.0.1", "--deny=127.0.0.3");
                Caller allowed = Caller.from("127.0.0.2", cli.port())) {
            allowed.line();
            refused(cli, "");
            assertTrue(cli.say("stats").endsWith(" ACCESS_DENIED=1"));
        }
    }

    @Test
    void no_more_connections_of_a_client_than_allowed() throws Exception {
        try (CliThread cli = cli("--max-per-client=1");
                Caller first = Caller.to(cli.port());
                Caller other = Caller.from("127.0.0.2", cli.port())) {
            first.line();
            other.line();
            refused(cli, "");
            assertTrue(cli.say("stats").endsWith(" CLIENT_FULL=1"));
        }
    }

    @Test
    void those_over_the_rate_wait() throws Exception {
        try (CliThread cli = cli("--rate=1/s,burst=1")) {
            cli.served();
            try (Caller second = Caller.to(cli.port())) {
                second.socket().setSoTimeout(100);
                assertThrows(SocketTimeoutException.class, second::line, "it waits in the backlog");
                second.socket().setSoTimeout(30_000);
                second.line();
            }
        }
    }
}
