package io.lbkit.core.sim;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** One seed from its first step to its last, with an eye on the log. */
final class Run {

    private Run() {}

    static void of(long seed, Sabotage sabotage, Trace trace) throws Exception {
        PrintStream stderr = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, false, StandardCharsets.UTF_8));
        try {
            new Simulation(seed, sabotage, trace).run();
        } catch (Throwable failure) {
            System.err.flush();
            if (log.toString(StandardCharsets.UTF_8).contains("ERROR")) {
                failure.addSuppressed(new AssertionError("log:\n" + log.toString(StandardCharsets.UTF_8)));
            }
            throw failure;
        } finally {
            System.err.flush();
            System.setErr(stderr);
        }
        String text = log.toString(StandardCharsets.UTF_8);
        if (text.contains("ERROR")) {
            throw new AssertionError("logged at ERROR:\n" + text);
        }
    }
}
