package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.BackendStats;
import io.lbkit.Proxy;
import io.lbkit.Selector;
import java.time.Duration;
import java.util.List;

/** A selector of the host's own: the largest backend that is not busy. */
public final class CustomSelector {

    private CustomSelector() {}

    /**
     * Runs once.
     *
     * @param args none
     * @throws Exception if the servers cannot be started
     */
    public static void main(String[] args) throws Exception {
        for (BackendStats stats : run()) {
            System.out.println(stats.backend().id() + ": " + stats.sessions() + " sessions");
        }
    }

    static List<BackendStats> run() throws Exception {
        try (HelloServer small = HelloServer.start("small");
                HelloServer large = HelloServer.start("large")) {
            // snippet: selector
            Selector largeUnlessBusy = (candidates, client) -> {
                int best = 0;
                for (int i = 1; i < candidates.size(); i++)
                    if (candidates.weight(i) > candidates.weight(best) && candidates.connections(i) < 10) best = i;
                return best;
            };
            // end
            try (Proxy proxy = Proxy.builder()
                    .listen("127.0.0.1", 0)
                    .backend(Backend.of("127.0.0.1", small.port()).id("small"))
                    .backend(Backend.of("127.0.0.1", large.port()).id("large").weight(10))
                    .selector(largeUnlessBusy)
                    .start()) {
                for (int i = 0; i < 20; i++) {
                    HelloServer.ask(proxy.port());
                }
                return proxy.stop(Duration.ofSeconds(5))
                        .thenApply(report -> proxy.stats().backends())
                        .toCompletableFuture()
                        .join();
            }
        }
    }
}
