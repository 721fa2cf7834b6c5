package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.BackendStats;
import io.lbkit.Backends;
import io.lbkit.CloseReason;
import io.lbkit.DrainReport;
import io.lbkit.Explanation;
import io.lbkit.Proxy;
import io.lbkit.ProxyStats;
import io.lbkit.RouteStats;
import io.lbkit.SendProxy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Commands from standard input, one a line. Each is carried out before it is answered, by a line that begins with
 * {@code ok} or {@code error}; {@code stats} and {@code explain} print a table before that line. The backends of a route are
 * known by its name as well, {@code ROUTE/ID}: ids are unique in one pool.
 *
 * <p>Owned by the thread that reads.
 */
final class Control {

    static final List<String> COMMANDS = List.of(
            "add [ROUTE/]ADDR[,id=NAME][,weight=N][,max=N][,backup][,tls[,verify=off][,sni=NAME]]",
            "remove [ROUTE/]ID|ADDR",
            "drain [ROUTE/]ID|ADDR",
            "ready [ROUTE/]ID|ADDR",
            "weight [ROUTE/]ID|ADDR N",
            "explain ADDR [NAME]",
            "stats",
            "stop",
            "help");

    private final Proxy proxy;
    private final SendProxy sendProxy;
    private final PrintStream out;

    /** @param sendProxy what backends that are added are told */
    Control(Proxy proxy, SendProxy sendProxy, PrintStream out) {
        this.proxy = proxy;
        this.sendProxy = sendProxy;
        this.out = out;
    }

    /** Obeys until told to stop (true) or until the input ends (false). */
    boolean obey(InputStream in) {
        try {
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String command = line.strip();
                if (!command.isEmpty()) {
                    out.println(answer(command.split("\\s+")));
                    out.flush();
                }
                if (command.equals("stop")) {
                    return true;
                }
            }
        } catch (IOException e) {
            // As good as the end of input.
        }
        return false;
    }

    private String answer(String[] words) {
        try {
            String route = words.length == 1 ? null : route(words[1]);
            Backends pool = route == null ? proxy.backends() : proxy.backends(route);
            String which = words.length == 1 ? "" : route == null ? words[1] : words[1].substring(route.length() + 1);
            return switch (words[0] + " " + (words.length - 1)) {
                case "add 1" ->
                    "ok added " + await(pool.add(CliText.backend(which).sendProxy(sendProxy)));
                case "remove 1" -> {
                    Backend backend = find(pool, which);
                    begin(pool, backend, pool.remove(backend.id()));
                    yield "ok removed " + backend;
                }
                case "drain 1" -> {
                    Backend backend = find(pool, which);
                    begin(pool, backend, pool.drain(backend.id()));
                    yield "ok draining " + backend;
                }
                case "ready 1" ->
                    "ok ready " + await(pool.ready(find(pool, which).id()));
                case "weight 2" ->
                    "ok changed "
                            + await(pool.weight(find(pool, which).id(), CliText.number(words[2], "weight", 0, 65535)));
                case "explain 1" -> explain(await(proxy.explain(CliText.client(words[1]))));
                case "explain 2" -> explain(await(proxy.explain(CliText.client(words[1]), words[2])));
                case "stats 0" -> stats(proxy.stats());
                case "stop 0" -> "ok stopping";
                case "help 0" -> "ok " + String.join("; ", COMMANDS);
                default -> "error expected one of: " + String.join("; ", COMMANDS);
            };
        } catch (IllegalArgumentException | CompletionException e) {
            Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
            return "error " + cause.getMessage();
        }
    }

    /** The route that is named before a slash; null if none is, so that the proxy's own backends are meant. */
    private @Nullable String route(String text) {
        for (RouteStats route : proxy.stats().routes()) {
            if (text.startsWith(route.name() + "/")) {
                return route.name();
            }
        }
        return null;
    }

    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    /** Waits until a drain has begun, not until it has ended. */
    private static void begin(Backends pool, Backend backend, CompletionStage<DrainReport> drain) {
        // Changes are carried out in the order of the calls: once this one is done or refused, the drain is in force.
        await(pool.update(backend).handle((same, refused) -> null));
        CompletableFuture<DrainReport> begun = drain.toCompletableFuture();
        if (begun.isCompletedExceptionally()) {
            begun.join();
        }
    }

    /** The backend that is known by an id or an address. */
    private static Backend find(Backends pool, String text) {
        List<Backend> all = pool.list();
        for (Backend backend : all) {
            if (backend.id().equals(text)) {
                return backend;
            }
        }
        if (!text.contains(":")) {
            throw new IllegalArgumentException("no backend '" + text + "'");
        }
        SocketAddress address = CliText.address(text);
        List<Backend> there = all.stream()
                .filter(backend -> backend.address().equals(address))
                .toList();
        if (there.size() != 1) {
            throw new IllegalArgumentException(
                    (there.isEmpty() ? "no backend '" : there.size() + " backends, say which by id: '") + text + "'");
        }
        return there.get(0);
    }

    private static String explain(Explanation explanation) {
        StringBuilder text = new StringBuilder();
        explanation.backends().forEach(verdict -> text.append(verdict).append('\n'));
        String chosen =
                explanation.chosen() == null ? "nobody" : explanation.chosen().id();
        String route = explanation.route() == null ? "" : " route=" + explanation.route();
        return text + "ok " + chosen + (explanation.sample() ? " by chance" : "") + " mode=" + explanation.mode()
                + " tier=" + explanation.priority() + route;
    }

    private String stats(ProxyStats stats) {
        StringBuilder table = new StringBuilder(String.format(
                "%-24s %-9s %6s %7s %10s %10s %14s %14s %11s%n",
                "backend",
                "state",
                "weight",
                "active",
                "sessions",
                "failures",
                "to-backend",
                "to-client",
                "connect-ms"));
        stats.backends().forEach(each -> table.append(row("", each)));
        for (RouteStats route : stats.routes()) {
            route.backends().forEach(each -> table.append(row(route.name() + "/", each)));
        }
        table.append("ok state=").append(stats.state());
        table.append(" accepted=").append(stats.accepted());
        table.append(" active=").append(stats.active());
        table.append(" retries=").append(stats.retries());
        table.append(" accept-failures=").append(stats.acceptFailures());
        for (CloseReason reason : CloseReason.values()) {
            if (stats.closed(reason) > 0) {
                table.append(' ').append(reason).append('=').append(stats.closed(reason));
            }
        }
        return table.toString();
    }

    private static String row(String route, BackendStats stats) {
        return String.format(
                Locale.ROOT,
                "%-24s %-9s %6d %7d %10d %10d %14d %14d %11s%n",
                route + stats.backend().id(),
                stats.state(),
                stats.backend().weight(),
                stats.active(),
                stats.sessions(),
                stats.connectFailures(),
                stats.bytesToBackend(),
                stats.bytesToClient(),
                millis(stats.connectTime()));
    }

    private static String millis(@Nullable Duration time) {
        return time == null ? "-" : String.format(Locale.ROOT, "%.3f", time.toNanos() / 1e6);
    }
}
