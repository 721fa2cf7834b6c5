package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.BackendStats;
import io.lbkit.CloseReason;
import java.io.PrintStream;
import java.util.Formatter;
import java.util.Locale;

/**
 * What {@link Quickstart} prints at the end: who served what, and why each connection ended.
 *
 * <p>Owned by one thread.
 */
final class Scoreboard {

    private final Quickstart.Result result;
    private final Formatter table;

    Scoreboard(Quickstart.Result result, PrintStream out) {
        this.result = result;
        this.table = new Formatter(out, Locale.ROOT);
    }

    void print() {
        table.format(
                "%n%-20s %-16s %9s %15s %16s%n", "server", "address", "answers", "bytes answered", "failed connects");
        for (int i = 0; i < result.servers().size(); i++) {
            HelloServer server = result.servers().get(i);
            BackendStats stats = result.stats().backends().get(i);
            table.format(
                    "%-20s %-16s %9d %15d %16d%n",
                    server.name(), stats.backend(), server.served(), stats.bytesToClient(), stats.connectFailures());
        }
        table.format("%n%-20s %-16s %9s", "connections ended by", "act of", "all");
        result.servers().forEach(server -> table.format(" %9s", server.name()));
        for (CloseReason reason : CloseReason.values()) {
            if (result.stats().closed(reason) > 0) {
                table.format(
                        "%n%-20s %-16s %9d",
                        reason, reason.who(), result.stats().closed(reason));
                result.stats().backends().forEach(stats -> table.format(" %9d", count(reason, stats.backend())));
            }
        }
        int requests = Quickstart.REQUESTS;
        table.format(
                "%n%n%d requests: %d answered, %d failed.%n", requests, requests - result.failed(), result.failed());
        table.format(
                "Connections that found server %s dead and were given to another one: %d.%n",
                result.victim().name(), result.stats().retries());
        table.format(
                "Connections that it had when it was killed, so that the HTTP client had to ask again: %d.%n",
                result.stats().accepted() - requests);
    }

    private long count(CloseReason reason, Backend backend) {
        return result.reports().stream()
                .filter(report -> report.reason() == reason && backend.equals(report.backend()))
                .count();
    }
}
