package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.Backends;
import io.lbkit.DrainReport;
import io.lbkit.Proxy;
import java.net.Socket;
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
                        .loops(1) // who connects first is served first
                        .start()) {
            Socket connected = new Socket("127.0.0.1", proxy.port());
            String before = HelloServer.ask(proxy.port());
            Backend next = Backend.of("127.0.0.1", green.port()).id("green");
            // snippet: membership
            Backends backends = proxy.backends();
            backends.add(next);
            CompletionStage<DrainReport> drained = backends.drain("blue", Duration.ofSeconds(10));
            backends.weight("green", 10).toCompletableFuture().join(); // in the order of the calls: now all are done
            // end
            String after = HelloServer.ask(proxy.port());
            String meanwhile = HelloServer.ask(connected);
            DrainReport report = drained.toCompletableFuture().join();
            backends.remove("blue").toCompletableFuture().join();
            return List.of(
                    "a new connection before the change: " + before,
                    "a new connection after it: " + after,
                    "the one that was open all the time: " + meanwhile,
                    "sessions of blue that were cut: " + report.cut(),
                    "in the pool: " + backends.list());
        }
    }
}
