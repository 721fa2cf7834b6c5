package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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

    @ParameterizedTest
    @ValueSource(strings = {"least-connections", "least-response-time", "power-of-two", "random"})
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
        try (CliThread cli = cli("--idle-timeout=50ms", "--access-log");
                Caller caller = Caller.to(cli.port())) {
            String name = caller.line();
            String line = cli.out().await("session=\\d+ .*").group();
            assertTrue(line.contains(" backend=" + name + " "), line);
            assertTrue(line.contains(" to-client=" + (name.length() + 1) + " "), line);
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
}
