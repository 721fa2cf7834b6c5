package io.lbkit.examples;

import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * A load balancer for the command line: {@code java -jar lbkit-examples.jar --listen 127.0.0.1:8080 --backend 10.0.0.1:80
 * --backend 10.0.0.2:80}. {@code --help} tells the rest.
 */
public final class Cli {

    private static final int FAILED = 1;
    private static final int WRONG_ARGUMENTS = 2;

    private final ParseResult parsed;
    private final InputStream in;
    private final PrintStream out;
    private final CountDownLatch stop = new CountDownLatch(1);

    private Cli(ParseResult parsed, InputStream in, PrintStream out) {
        this.parsed = parsed;
        this.in = in;
        this.out = out;
    }

    /**
     * Runs until told to stop, by a signal or by the command {@code stop}.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        int status = run(args, System.in, System.out, System.err);
        if (status != 0) {
            System.exit(status);
        }
    }

    /** The exit status: 0, 1 when it could not start, 2 for wrong arguments. */
    static int run(String[] args, InputStream in, PrintStream out, PrintStream err) {
        CommandLine line = new CommandLine(CliOptions.spec());
        try {
            ParseResult parsed = line.parseArgs(args);
            if (parsed.isUsageHelpRequested()) {
                line.usage(out);
                return 0;
            }
            if (parsed.isVersionHelpRequested()) {
                line.printVersionHelp(out);
                return 0;
            }
            new Cli(parsed, in, out).serve(CliOptions.builder(parsed));
            return 0;
        } catch (ParameterException | IllegalArgumentException e) {
            err.println("lbkit: " + oneLine(e) + " (--help tells more)");
            return WRONG_ARGUMENTS;
        } catch (UncheckedIOException e) {
            err.println("lbkit: " + oneLine(e.getCause()));
            return FAILED;
        }
    }

    private static String oneLine(Exception e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    }

    private void serve(ProxyBuilder builder) {
        AccessLog log = parsed.hasMatchedOption("--access-log") ? new AccessLog(out) : null;
        if (log != null) {
            builder.observer(log);
        }
        Proxy proxy = builder.start();
        Thread atSignal = new Thread(() -> close(proxy, log), "stop");
        Runtime.getRuntime().addShutdownHook(atSignal);
        for (SocketAddress address : proxy.localAddresses()) {
            out.println("listening on " + CliText.text(address));
        }
        out.flush();
        try {
            if (!parsed.hasMatchedOption("--control") || !new Control(proxy, out).obey(in)) {
                stop.await(); // until a signal ends the process
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close(proxy, log);
        try {
            Runtime.getRuntime().removeShutdownHook(atSignal);
        } catch (IllegalStateException e) {
            // A signal came meanwhile; its hook finds everything closed.
        }
    }

    private static void close(Proxy proxy, AccessLog log) {
        proxy.close();
        if (log != null) {
            log.close();
        }
    }
}
