package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a program prints, line by line, to be awaited.
 *
 * <p>Shared; one thread prints, one awaits, and anybody may ask for everything so far.
 */
final class Printed extends OutputStream {

    static final long PATIENCE_SECONDS = 30;

    private final BlockingQueue<String> waiting = new LinkedBlockingQueue<>();
    private final List<String> lines = new ArrayList<>(); // guarded by itself
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    /** A stream whose lines come here. */
    PrintStream stream() {
        return new PrintStream(this, true, StandardCharsets.UTF_8);
    }

    /** Takes what a process prints, until it ends. */
    void takeAll(InputStream in) {
        try (in) {
            in.transferTo(this);
        } catch (IOException e) {
            // The process is gone.
        }
    }

    @Override
    public synchronized void write(int b) {
        if (b == '\n') {
            String text = line.toString(StandardCharsets.UTF_8);
            line.reset();
            synchronized (lines) {
                lines.add(text);
            }
            waiting.add(text);
        } else {
            line.write(b);
        }
    }

    /** The next line of a form, and its groups; lines of other forms are passed over. */
    Matcher await(String form) {
        Pattern pattern = Pattern.compile(form);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        try {
            while (true) {
                String next = waiting.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (next == null) {
                    return fail("no line \"" + form + "\" in " + all());
                }
                Matcher matcher = pattern.matcher(next);
                if (matcher.matches()) {
                    return matcher;
                }
            }
        } catch (InterruptedException e) {
            return fail(e);
        }
    }

    /** Every line so far. */
    List<String> all() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }
}
