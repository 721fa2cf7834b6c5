package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.BackendStats;
import io.lbkit.Backends;
import io.lbkit.CloseReason;
import io.lbkit.Proxy;
import io.lbkit.ProxyStats;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Commands from standard input; each is answered by a line that begins with {@code ok} or {@code error}. */
final class Control {

    private static final String HELP = "add ADDR[,id=NAME][,weight=N][,max=N] | remove ID|ADDR | drain ID|ADDR"
            + " | ready ID|ADDR | weight ID|ADDR N | stats | stop | help";

    private final Proxy proxy;
    private final PrintStream out;

    Control(Proxy proxy, PrintStream out) {
        this.proxy = proxy;
        this.out = out;
    }

    /** Obeys until told to stop (true) or until the input ends (false). */
    boolean obey(InputStream in) {
        try {
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.strip().split("\\s+", -1);
                if (words[0].equals("stop")) {
                    out.println("ok stopping");
                    out.flush();
                    return true;
                }
                if (!words[0].isEmpty()) {
                    out.println(answer(words));
                    out.flush();
                }
            }
        } catch (IOException e) {
            // As good as the end of input.
        }
        return false;
    }

    private String answer(String[] words) {
        try {
            return switch (words[0] + " " + (words.length - 1)) {
                case "add 1" -> "ok added " + await(backends().add(CliText.backend(words[1])));
                case "remove 1" -> {
                    backends().remove(id(words[1]));
                    yield "ok removed " + words[1];
                }
                case "drain 1" -> {
                    backends().drain(id(words[1]));
                    yield "ok draining " + words[1];
                }
                case "ready 1" -> "ok ready " + await(backends().ready(id(words[1])));
                case "weight 2" ->
                    "ok changed "
                            + await(backends().weight(id(words[1]), CliText.number(words[2], "weight", 0, 65535)));
                case "stats 0" -> stats(proxy.stats());
                case "help 0" -> "ok " + HELP;
                default -> "error expected one of: " + HELP;
            };
        } catch (IllegalArgumentException | CompletionException e) {
            Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
            return "error " + cause.getMessage();
        }
    }

    private Backends backends() {
        return proxy.backends();
    }

    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    /** The id of the backend known by an id or an address. */
    private String id(String text) {
        for (Backend backend : backends().list()) {
            if (backend.id().equals(text)) {
                return text;
            }
        }
        for (Backend backend : backends().list()) {
            if (CliText.text(backend.address()).equals(text)) {
                return backend.id();
            }
        }
        throw new IllegalArgumentException("no backend '" + text + "'");
    }

    private String stats(ProxyStats stats) {
        out.printf(
                "%-24s %-9s %6s %7s %10s %10s %14s %14s %11s%n",
                "backend",
                "state",
                "weight",
                "active",
                "sessions",
                "failures",
                "to-backend",
                "to-client",
                "connect-ms");
        for (BackendStats each : stats.backends()) {
            Duration connect = each.connectTime();
            out.printf(
                    "%-24s %-9s %6d %7d %10d %10d %14d %14d %11s%n",
                    each.backend().id(),
                    each.state(),
                    each.backend().weight(),
                    each.active(),
                    each.sessions(),
                    each.connectFailures(),
                    each.bytesToBackend(),
                    each.bytesToClient(),
                    connect == null ? "-" : String.format("%.3f", connect.toNanos() / 1e6));
        }
        StringBuilder ends = new StringBuilder();
        for (CloseReason reason : CloseReason.values()) {
            if (stats.closed(reason) > 0) {
                ends.append(' ').append(reason).append('=').append(stats.closed(reason));
            }
        }
        return "ok state=" + stats.state() + " accepted=" + stats.accepted() + " active=" + stats.active() + " retries="
                + stats.retries() + " accept-failures=" + stats.acceptFailures() + ends;
    }
}
