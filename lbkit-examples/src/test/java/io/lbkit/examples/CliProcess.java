package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The packaged jar as a process of its own, on the JDK that runs the test. It does not outlive {@link #close}.
 *
 * <p>Owned by the thread of the test.
 */
final class CliProcess implements AutoCloseable {

    static final Path JAR = Path.of("target", "lbkit-examples.jar");

    private final Printed out = new Printed();
    private final Printed err = new Printed();
    private final Process process;
    private final List<Thread> readers = new ArrayList<>();

    private CliProcess(List<String> command) throws IOException {
        process = new ProcessBuilder(command).start();
        read("stdout", () -> out.takeAll(process.getInputStream()));
        read("stderr", () -> err.takeAll(process.getErrorStream()));
    }

    /** {@code java -jar lbkit-examples.jar} with arguments. */
    static CliProcess jar(String... arguments) throws IOException {
        return java(List.of("-jar", JAR.toString()), arguments);
    }

    /** The same, with a line in a file for each class that is loaded. */
    static CliProcess jarWithClassesLogged(Path file, String... arguments) throws IOException {
        return java(List.of("-Xlog:class+load=info:file=" + file, "-jar", JAR.toString()), arguments);
    }

    /** Another program of the jar. */
    static CliProcess main(Class<?> program, String... arguments) throws IOException {
        return java(List.of("-cp", JAR.toString(), program.getName()), arguments);
    }

    private static CliProcess java(List<String> options, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        Collections.addAll(command, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"); // short lives
        command.addAll(options);
        Collections.addAll(command, arguments);
        return new CliProcess(command);
    }

    private void read(String name, Runnable work) {
        Thread reader = new Thread(work, name);
        reader.setDaemon(true);
        reader.start();
        readers.add(reader);
    }

    Printed out() {
        return out;
    }

    Printed err() {
        return err;
    }

    /** The port of the next line that names one. */
    int port() {
        return Integer.parseInt(out.await("listening on 127\\.0\\.0\\.1:(\\d+)").group(1));
    }

    /** Types a command and returns its answer. */
    String say(String command) throws IOException {
        OutputStream keyboard = process.getOutputStream();
        keyboard.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        keyboard.flush();
        return out.await("(ok|error) .*").group();
    }

    /** Ends the standard input, as {@code < /dev/null} does. */
    void endInput() throws IOException {
        process.getOutputStream().close();
    }

    /** Sends a signal by its short name. */
    void signal(String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start();
        assertTrue(kill.waitFor(Printed.PATIENCE_SECONDS, TimeUnit.SECONDS) && kill.exitValue() == 0, "kill");
    }

    /** Whether processes that we start cannot be interrupted, because we were started in the background by a shell. */
    static boolean ignoresInterrupts() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }

    /** Awaits the end, and everything that was printed before it; the exit status. */
    int status() throws InterruptedException {
        if (!process.waitFor(Printed.PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            return fail("it does not end; printed so far: " + out.all() + err.all());
        }
        for (Thread reader : readers) {
            reader.join(TimeUnit.SECONDS.toMillis(Printed.PATIENCE_SECONDS));
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            assertTrue(process.waitFor(Printed.PATIENCE_SECONDS, TimeUnit.SECONDS), "killed, and yet alive");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the test took too long
        }
    }
}
