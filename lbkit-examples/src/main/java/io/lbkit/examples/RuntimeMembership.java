package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.BackendStats;
import io.lbkit.Backends;
import io.lbkit.DrainReport;
import io.lbkit.Proxy;
import io.lbkit.selector.Selectors;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Replaces a server while the proxy runs: adds the new one, drains the old one, awaits its last session, removes it. */
public final class RuntimeMembership {

    private RuntimeMembership() {}

    /**
     * Runs once.
     *
     * @param args none
     * @throws Exception if the servers cannot be started
     */
    public static void main(String[] args) throws Exception {
        for (String line : run()) {
            System.out.println(line);
        }
    }

    static List<String> run() throws Exception {
        try (HelloServer blue = HelloServer.start("blue");
                HelloServer green = HelloServer.start("green");
                Proxy proxy = Proxy.builder()
                        .listen("127.0.0.1", 0)
                        .backend(Backend.of("127.0.0.1", blue.port()).id("blue"))
                        .selector(Selectors.roundRobin())
                        .start()) {
            String before = HelloServer.ask(proxy.port());
            Backend next = Backend.of("127.0.0.1", green.port()).id("green").weight(1);
            // snippet: membership
            Backends backends = proxy.backends();
            CompletionStage<DrainReport> replaced = backends.add(next)
                    .thenCompose(added -> backends.weight("green", 10))
                    .thenCompose(changed -> backends.drain("blue", Duration.ofSeconds(10)))
                    .thenCompose(drained -> backends.remove("blue"));
            DrainReport report = replaced.toCompletableFuture().join();
            // end
            String after = HelloServer.ask(proxy.port());
            BackendStats left = proxy.stats().backends().get(0);
            return List.of(
                    "before: " + before,
                    "after: " + after + ", " + report.cut() + " sessions cut",
                    "in the pool: " + left.backend());
        }
    }
}
