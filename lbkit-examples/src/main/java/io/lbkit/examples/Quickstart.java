package io.lbkit.examples;

import io.lbkit.BackendStats;
import io.lbkit.CloseReason;
import io.lbkit.Proxy;
import io.lbkit.ProxyStats;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The main job in one program: three HTTP servers, a proxy before them, 1,200 requests from eight clients, and in the midst
 * of them one server dies. Prints who served what and why the connections ended; exits with 0 if no request failed.
 */
public final class Quickstart {

    private static final int CLIENTS = 8;
    private static final int REQUESTS = 1200;

    private Quickstart() {}

    /** What came of it. */
    record Result(int answered, int failed, List<HelloServer> servers, ProxyStats stats) {}

    /**
     * Runs once.
     *
     * @param args none
     * @throws Exception if the servers cannot be started
     */
    public static void main(String[] args) throws Exception {
        Result result = run();
        print(result, System.out);
        if (result.failed > 0) {
            System.exit(1);
        }
    }

    static Result run() throws Exception {
        try (HelloServer one = HelloServer.start("one");
                HelloServer two = HelloServer.start("two");
                HelloServer three = HelloServer.start("three")) {
            // snippet: proxy
            try (Proxy proxy = Proxy.builder()
                    .listen("127.0.0.1", 0)
                    .backend("127.0.0.1", one.port())
                    .backend("127.0.0.1", two.port())
                    .backend("127.0.0.1", three.port())
                    .limits(limits -> limits.idleTimeout(Duration.ofMinutes(1)))
                    .start()) {
                URI address = URI.create("http://127.0.0.1:" + proxy.port() + "/");
                // end
                AtomicInteger answered = new AtomicInteger();
                int failed = load(address, answered, two);
                return new Result(answered.get(), failed, List.of(one, two, three), settled(proxy));
            }
        }
    }

    /** Sends the requests; when a third of them is answered, a server dies. Returns how many failed. */
    private static int load(URI address, AtomicInteger answered, HelloServer victim) throws Exception {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpRequest request =
                HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(20)).build();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                results.add(clients.submit(() -> {
                    int failed = 0;
                    for (int n = 0; n < REQUESTS / CLIENTS; n++) {
                        failed += isAnswered(http, request) ? 0 : 1;
                        if (answered.incrementAndGet() == REQUESTS / 3) {
                            victim.close();
                        }
                    }
                    return failed;
                }));
            }
            int failed = 0;
            for (Future<Integer> result : results) {
                failed += result.get();
            }
            answered.addAndGet(-failed);
            return failed;
        } finally {
            clients.shutdown();
        }
    }

    private static boolean isAnswered(HttpClient http, HttpRequest request) throws InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** The counters once the last sessions, whose answers have arrived already, have ended. */
    private static ProxyStats settled(Proxy proxy) {
        return proxy.stop(Duration.ofSeconds(10))
                .thenApply(report -> proxy.stats())
                .toCompletableFuture()
                .join();
    }

    private static void print(Result result, PrintStream out) {
        out.printf(
                "%n%-8s %-22s %9s %10s %17s %12s%n",
                "server", "backend", "answered", "sessions", "connects failed", "bytes out");
        for (int i = 0; i < result.servers.size(); i++) {
            BackendStats stats = result.stats.backends().get(i);
            HelloServer server = result.servers.get(i);
            out.printf(
                    "%-8s %-22s %9d %10d %17d %12d%n",
                    server.name(),
                    stats.backend().id(),
                    server.served(),
                    stats.sessions(),
                    stats.connectFailures(),
                    stats.bytesToClient());
        }
        out.printf("%n%-20s %8s%n", "why sessions ended", "count");
        for (CloseReason reason : CloseReason.values()) {
            if (result.stats.closed(reason) > 0) {
                out.printf("%-20s %8d%n", reason, result.stats.closed(reason));
            }
        }
        out.printf(
                "%n%d requests answered, %d failed; server two died on the way, and %d sessions went to another one%n",
                result.answered, result.failed, result.stats.retries());
    }
}
