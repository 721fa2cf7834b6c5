package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The command line, run by a thread of the test, which types its commands.
 *
 * <p>Owned by the thread of the test.
 */
final class CliThread implements AutoCloseable {

    private final Printed out = new Printed();
    private final Printed err = new Printed();
    private final OutputStream keyboard;
    private final FutureTask<Integer> status;
    private final int port;

    /** Started with a listener on a free port and commands, and these arguments besides. */
    CliThread(String... more) throws IOException {
        String[] args = new String[more.length + 3];
        args[0] = "--listen=127.0.0.1:0";
        args[1] = "--control";
        args[2] = "--drain-timeout=10s";
        System.arraycopy(more, 0, args, 3, more.length);
        Pipe pipe = Pipe.open(); // a PipedInputStream gives up when the thread that wrote last has ended
        keyboard = Channels.newOutputStream(pipe.sink());
        InputStream in = Channels.newInputStream(pipe.source());
        status = new FutureTask<>(() -> Cli.run(args, in, out.stream(), err.stream()));
        Thread thread = new Thread(status, "cli");
        thread.setDaemon(true);
        thread.start();
        port = Integer.parseInt(out.await("listening on 127\\.0\\.0\\.1:(\\d+)").group(1));
    }

    int port() {
        return port;
    }

    Printed out() {
        return out;
    }

    /** Types a command and returns its answer. */
    String say(String command) throws IOException {
        keyboard.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        keyboard.flush();
        return out.await("(ok|error) .*").group();
    }

    /** Whose greeting a new connection gets. */
    String served() throws IOException {
        try (Caller caller = Caller.to(port)) {
            String name = caller.line();
            caller.end();
            return name;
        }
    }

    @Override
    public void close() throws IOException {
        keyboard.write("stop\n".getBytes(StandardCharsets.UTF_8));
        keyboard.flush();
        try {
            assertEquals(0, status.get(Printed.PATIENCE_SECONDS, TimeUnit.SECONDS), "exit status");
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
        assertEquals("[]", err.all().toString(), "printed to standard error");
    }
}
