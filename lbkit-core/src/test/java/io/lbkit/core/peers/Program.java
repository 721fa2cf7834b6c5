package io.lbkit.core.peers;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.lbkit.core.traffic.Lab;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Somebody else's program, as its Debian package has it, with a folder of its own for what it reads and writes.
 *
 * <p>Owned by the thread of the test.
 */
final class Program implements AutoCloseable {

    /** Where servers listen; connections of clients have other addresses, and so never the port of a server. */
    static final String HOST = "127.0.0.77";

    private static final String NEEDED =
            "the tests of -Ppeers need the Debian packages haproxy, nginx, libnginx-mod-stream, openssl, curl, postgresql,"
                    + " redis-server and redis-tools";

    private final Process process;
    private final Path log;
    private final @Nullable InetSocketAddress address; // of a server

    private Program(Process process, Path log, @Nullable InetSocketAddress address) {
        this.process = process;
        this.log = log;
        this.address = address;
    }

    /** A port that is free on an address. */
    static InetSocketAddress free(String host) throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            return (InetSocketAddress) probe.getLocalSocketAddress();
        }
    }

    /** Where a program lies, on the path or where Debian puts servers; without it the test fails. */
    static String find(String name) throws IOException {
        List<Path> places = new ArrayList<>(Stream.of(System.getenv("PATH").split(":"))
                .map(place -> Path.of(place, name))
                .toList());
        places.add(Path.of("/usr/sbin", name));
        Path versions = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(versions)) {
            try (Stream<Path> each = Files.list(versions)) {
                each.map(version -> version.resolve("bin").resolve(name)).forEach(places::add);
            }
        }
        return places.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toString)
                .orElseGet(() -> fail(name + " is not installed; " + NEEDED));
    }

    /** Starts a server, and waits until it accepts connections. */
    static Program serve(Path folder, InetSocketAddress address, List<String> command) throws IOException {
        Path log = Files.createTempFile(folder, "log", ".txt");
        Program program = new Program(start(command, log), log, address);
        try {
            Lab.patiently().until(program::accepts);
        } catch (RuntimeException | AssertionError notYet) {
            program.close();
            throw notYet;
        }
        return program;
    }

    /** Starts a program that is no server. */
    static Program start(Path folder, List<String> command) throws IOException {
        Path log = Files.createTempFile(folder, "log", ".txt");
        return new Program(start(command, log), log, null);
    }

    private static Process start(List<String> command, Path log) throws IOException {
        return new ProcessBuilder(command)
                .directory(log.getParent().toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private boolean accepts() throws IOException {
        assertTrue(process.isAlive(), () -> "it has ended: " + text(log));
        try (Socket probe = new Socket()) {
            probe.connect(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Runs a program to its end, which must be a good one, and returns what it printed. */
    static String run(Path folder, List<String> command) throws Exception {
        try (Program program = start(folder, command)) {
            assertTrue(program.endsWell(), () -> command + " failed: " + program.said());
            return program.said();
        }
    }

    /** Has it read that no more comes, and waits for its end; whether that was a good one. */
    boolean endsWell() throws Exception {
        process.getOutputStream().close();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), () -> "it has not ended: " + said());
        return process.exitValue() == 0;
    }

    /** Writes what it reads from its standard input. */
    Program tell(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        return this;
    }

    /** What it has printed until now. */
    String said() {
        return text(log);
    }

    /** Waits until it has printed something. */
    Program awaitSaid(String text) {
        Lab.patiently().until(this::said, said -> said.contains(text));
        return this;
    }

    /** Ends it where it stands; the system closes what it had open. */
    void kill() {
        process.destroyForcibly();
    }

    private static String text(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** A command as root has to give it to somebody else, for programs that refuse to be run by root. */
    static List<String> notAsRoot(String user, String... command) {
        List<String> words = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            words.addAll(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--"));
        }
        Collections.addAll(words, command);
        return words;
    }

    InetSocketAddress address() {
        return Objects.requireNonNull(address);
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        process.getOutputStream().close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
