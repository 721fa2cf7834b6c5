package io.lbkit.examples;

import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.SendProxy;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A load balancer for the command line: {@code java -jar lbkit-examples.jar --listen 127.0.0.1:8080 --backend 10.0.0.1:80
 * --backend 10.0.0.2:80}. {@code --help} tells the rest.
 *
 * <p>Owned by the main thread; the stop at a signal comes from a thread of the JDK.
 */
public final class Cli implements Runnable {

    private static final int FAILED = 1;
    private static final int WRONG_ARGUMENTS = 2;

    private final Proxy proxy;
    private final @Nullable AccessLog log;
    private final PrintStream out;

    private Cli(Proxy proxy, @Nullable AccessLog log, PrintStream out) {
        this.proxy = proxy;
        this.log = log;
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
        try {
            CliWords words = CliWords.of(args);
            if (words == null) {
                words = CliParser.parse(args, out);
            }
            if (words != null) {
                start(CliProxy.of(words), words.has("--access-log"), out)
                        .serve(words.has("--control") ? in : null, CliClients.sendProxy(words));
            }
            return 0;
        } catch (IllegalArgumentException e) {
            err.println("lbkit: " + oneLine(e) + " (--help tells more)");
            return WRONG_ARGUMENTS;
        } catch (UncheckedIOException e) {
            err.println("lbkit: " + oneLine(Objects.<Exception>requireNonNullElse(e.getCause(), e)));
            return FAILED;
        }
    }

    private static String oneLine(Exception e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    }

    private static Cli start(ProxyBuilder builder, boolean logs, PrintStream out) {
        if (!logs) {
            return new Cli(builder.start(), null, out);
        }
        AccessLog log = new AccessLog(out);
        Cli cli = new Cli(builder.observer(log).start(), log, out);
        log.start();
        return cli;
    }

    private void serve(@Nullable InputStream commands, SendProxy sendProxy) {
        Thread atSignal = new Thread(this, "stop");
        try {
            Runtime.getRuntime().addShutdownHook(atSignal);
        } catch (IllegalStateException e) {
            close(); // a signal has come already
            return;
        }
        for (SocketAddress address : proxy.localAddresses()) {
            out.println("listening on " + Listener.on(address));
        }
        out.flush();
        try {
            if (commands == null || !new Control(proxy, sendProxy, out).obey(commands)) {
                new CountDownLatch(1).await(); // until a signal ends the process
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
        try {
            Runtime.getRuntime().removeShutdownHook(atSignal);
        } catch (IllegalStateException e) {
            // A signal came meanwhile; its hook finds everything closed.
        }
    }

    /** Stops, at a signal. */
    @Override
    public void run() {
        close();
    }

    private void close() {
        proxy.close();
        if (log != null) {
            log.close();
        }
    }
}
