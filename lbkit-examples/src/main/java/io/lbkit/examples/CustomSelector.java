package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.BackendStats;
import io.lbkit.Proxy;
import io.lbkit.Selector;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A selector of the host's own: fills one server after another, so that the last ones can be switched off when there is
 * little to do.
 */
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
            System.out.println(stats.backend().id() + " had " + stats.sessions() + " of the connections");
        }
    }

    static List<BackendStats> run() throws Exception {
        // snippet: selector
        Selector fillUp = (candidates, client) -> {
            for (int i = 0; i < candidates.size(); i++)
                if (candidates.connections(i) < 10 * candidates.weight(i)) return i;
            return client.random().nextInt(candidates.size()); // all are busy
        };
        // end
        try (HelloServer first = HelloServer.start("first");
                HelloServer second = HelloServer.start("second");
                HelloServer third = HelloServer.start("third");
                Proxy proxy = Proxy.builder()
                        .listen("127.0.0.1", 0)
                        .backend(Backend.of("127.0.0.1", first.port()).id("first"))
                        .backend(Backend.of("127.0.0.1", second.port())
                                .id("second")
                                .weight(2))
                        .backend(Backend.of("127.0.0.1", third.port()).id("third"))
                        .selector(fillUp)
                        .loops(1) // several would count at the same time, and overfill by a few
                        .start()) {
            List<Socket> open = new ArrayList<>();
            for (int i = 0; i < 25; i++) {
                open.add(new Socket("127.0.0.1", proxy.port()));
            }
            for (Socket socket : open) {
                HelloServer.ask(socket);
            }
            return proxy.stop(Duration.ofSeconds(5))
                    .thenApply(report -> proxy.stats().backends())
                    .toCompletableFuture()
                    .join();
        }
    }
}
