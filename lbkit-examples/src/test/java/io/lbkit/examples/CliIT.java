package io.lbkit.examples;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packaged jar as a process: what it prints, how it ends. */
@Timeout(180)
class CliIT {

    private static final int HALF = 8 << 20;

    private EchoServer one;
    private EchoServer two;

    @BeforeEach
    void start() throws Exception {
        one = EchoServer.start("one");
        two = EchoServer.start("two");
    }

    @AfterEach
    void close() throws Exception {
        one.close();
        two.close();
    }

    private CliProcess serve(String... more) throws IOException {
        return CliProcess.jar(arguments(more));
    }

    private String[] arguments(String... more) {
        String[] args = new String[more.length + 3];
        args[0] = "--listen=127.0.0.1:0";
        args[1] = "--backend=" + one.backend();
        args[2] = "--access-log";
        System.arraycopy(more, 0, args, 3, more.length);
        return args;
    }

    private static List<String> lambdasOfTheEngine(Path classes) throws IOException {
        List<String> loaded = Files.readAllLines(classes);
        assertTrue(loaded.stream().anyMatch(line -> line.contains("io.lbkit.core.relay.Session ")), "the log is one");
        return loaded.stream()
                .filter(line -> line.contains("io.lbkit.core.") && line.contains("$$Lambda"))
                .toList();
    }

    @Test
    void the_jar_carries_code_for_newer_releases_and_names_its_version() throws Exception {
        try (JarFile jar = new JarFile(CliProcess.JAR.toFile())) {
            assertTrue(jar.isMultiRelease(), "Multi-Release: true");
            String version = jar.getManifest().getMainAttributes().getValue("Implementation-Version");
            try (CliProcess cli = CliProcess.jar("--version")) {
                assertEquals(0, cli.status());
                assertEquals(List.of("lbkit " + version), cli.out().all());
            }
        }
    }

    @Test
    void bytes_are_relayed_and_commands_obeyed(@TempDir Path folder) throws Exception {
        Path classes = folder.resolve("classes");
        try (CliProcess cli = CliProcess.jarWithClassesLogged(classes, arguments("--control"))) {
            int port = cli.port();
            try (Caller caller = Caller.to(port)) {
                assertEquals("one", caller.line());
                assertEquals(List.of(), lambdasOfTheEngine(classes), "each costs the start a millisecond");
                byte[] sent = bytes(1);
                CompletableFuture<Void> sending = send(caller.socket(), sent);
                assertArrayEquals(sent, received(caller.socket()));
                sending.join();

                assertTrue(cli.say("add " + two.backend()).startsWith("ok added two@"));
                assertTrue(cli.say("drain one").startsWith("ok draining one@"));
                try (Caller next = Caller.to(port)) {
                    assertEquals("two", next.line());
                    next.end();
                }
                caller.ping("the drained one keeps what it has");
                caller.end();
            }
            assertTrue(cli.say("add nonsense").startsWith("error "));
            assertEquals("ok stopping", cli.say("stop"));
            assertEquals(0, cli.status(), "exit status");
            assertEquals(2, logLines(cli, "ended-by=BOTH reason=COMPLETED"));
            assertEquals(List.of(), cli.err().all(), "standard error");
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130"})
    @DisabledOnOs(OS.WINDOWS)
    void a_signal_lets_a_transfer_finish(String signal, int status) throws Exception {
        assumeFalse(signal.equals("INT") && CliProcess.ignoresInterrupts(), "interrupts are ignored here");
        try (CliProcess cli = serve("--drain-timeout=20s")) {
            cli.endInput();
            int port = cli.port();
            try (Caller caller = Caller.to(port)) {
                caller.line();
                byte[] first = bytes(1);
                CompletableFuture<Void> sending = send(caller.socket(), first);
                assertArrayEquals(first, received(caller.socket()));
                sending.join();

                cli.signal(signal);
                awaitRefusal(port);
                assertTrue(cli.isAlive(), "a session is left");
                byte[] second = bytes(2);
                sending = send(caller.socket(), second);
                assertArrayEquals(second, received(caller.socket()));
                sending.join();
                caller.end();
            }
            assertEquals(status, cli.status(), "exit status");
            assertEquals(
                    1,
                    logLines(
                            cli,
                            "to-backend=" + 2 * HALF + " to-client=" + (2 * HALF + "one\n".length())
                                    + " phase=RELAYING ended-by=BOTH reason=COMPLETED"));
            assertEquals(List.of(), cli.err().all(), "standard error");
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void a_signal_cuts_what_does_not_finish_in_time() throws Exception {
        try (CliProcess cli = serve("--drain-timeout=100ms");
                Caller caller = Caller.to(cli.port())) {
            caller.line();
            cli.signal("TERM");
            assertThrows(IOException.class, caller::line, "reset, not ended");
            assertEquals(143, cli.status(), "exit status");
            assertEquals(1, logLines(cli, "ended-by=PROXY reason=DRAIN_TIMEOUT"));
            assertEquals(List.of(), cli.err().all(), "standard error");
        }
    }

    @Test
    void a_stop_by_command_cuts_what_does_not_finish_in_time_too() throws Exception {
        try (CliProcess cli = serve("--control", "--drain-timeout=off");
                Caller caller = Caller.to(cli.port())) {
            caller.line();
            cli.say("stop");
            assertThrows(IOException.class, caller::line, "reset, not ended");
            assertEquals(0, cli.status(), "exit status");
            assertEquals(1, logLines(cli, "ended-by=PROXY reason=DRAIN_TIMEOUT"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--listen=127.0.0.1:0 --backend=nowhere, 2",
        "--backend=127.0.0.1:1, 2",
        "--listen=127.0.0.1:0 --idle-timeout=100000h, 2",
        "--listen=127.0.0.1:0 @/, 2",
        "--listen=unix:/no/such/directory/lb.sock, 1",
    })
    void what_cannot_be_is_told_in_one_line(String arguments, int status) throws Exception {
        try (CliProcess cli = CliProcess.jar(arguments.split(" "))) {
            assertEquals(status, cli.status(), "exit status");
            assertEquals(
                    1,
                    cli.err().all().size(),
                    () -> "standard error " + cli.err().all());
            assertTrue(
                    cli.err().all().get(0).startsWith("lbkit: "),
                    () -> "standard error " + cli.err().all());
            assertEquals(List.of(), cli.out().all(), "standard output");
        }
    }

    @Test
    void the_quickstart_ends_well() throws Exception {
        try (CliProcess quickstart = CliProcess.main(Quickstart.class)) {
            assertEquals(
                    0,
                    quickstart.status(),
                    () -> "exit status; " + quickstart.out().all());
            quickstart.out().await("1200 requests: 1200 answered, 0 failed\\.");
            assertEquals(List.of(), quickstart.err().all(), "standard error");
        }
    }

    private static byte[] bytes(long seed) {
        byte[] bytes = new byte[HALF];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static CompletableFuture<Void> send(Socket socket, byte[] bytes) throws IOException {
        OutputStream out = socket.getOutputStream();
        return CompletableFuture.runAsync(() -> {
            try {
                out.write(bytes);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static byte[] received(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        return in.readNBytes(HALF);
    }

    private static void awaitRefusal(int port) {
        await().atMost(Duration.ofSeconds(Printed.PATIENCE_SECONDS))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThrows(
                        ConnectException.class, () -> Caller.to(port).close()));
    }

    private static long logLines(CliProcess cli, String end) {
        return cli.out().all().stream()
                .filter(line -> line.startsWith("session=") && line.endsWith(end))
                .collect(Collectors.counting());
    }
}
