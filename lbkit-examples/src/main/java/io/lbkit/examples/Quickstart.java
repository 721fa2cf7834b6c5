package io.lbkit.examples;

import io.lbkit.Proxy;
import io.lbkit.ProxyObserver;
import io.lbkit.ProxyStats;
import io.lbkit.SessionReport;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The main job in one program: three HTTP servers, a proxy before them, 1,200 requests from eight clients, and in the midst
 * of them one server is killed. Prints who served what and why the connections ended; exits with 0 if no request failed.
 */
public final class Quickstart {

    static final int CLIENTS = 8;
    static final int REQUESTS = 1200;

    private Quickstart() {}

    /**
     * What came of it.
     *
     * @param failed requests without an answer
     * @param servers in the order of the backends
     * @param victim the one that was killed
     * @param reports of all connections
     */
    record Result(
            int failed, List<HelloServer> servers, HelloServer victim, ProxyStats stats, List<SessionReport> reports) {}

    /**
     * Runs once.
     *
     * @param args none
     * @throws Exception if the servers cannot be started
     */
    public static void main(String[] args) throws Exception {
        System.exit(report(run(System.out), System.out));
    }

    /** Prints what came of it, and returns the exit status. */
    static int report(Result result, PrintStream out) {
        new Scoreboard(result, out).print();
        return result.failed == 0 ? 0 : 1;
    }

    static Result run(PrintStream out) throws Exception {
        Queue<SessionReport> reports = new ConcurrentLinkedQueue<>();
        // snippet: observer
        ProxyObserver observer = new ProxyObserver() {
            @Override
            public void onClosed(SessionReport report) { // on an event loop: take it and go
                reports.add(report);
            }
        };
        // end
        try (HelloServer one = HelloServer.start("one");
                HelloServer two = HelloServer.start("two");
                HelloServer three = HelloServer.start("three")) {
            // snippet: proxy
            Proxy proxy = Proxy.builder()
                    .listen("127.0.0.1", 0)
                    .backend("127.0.0.1", one.port())
                    .backend("127.0.0.1", two.port())
                    .backend("127.0.0.1", three.port())
                    .limits(limits -> limits.idleTimeout(Duration.ofMinutes(1)))
                    .observer(observer)
                    .start();
            URI address = URI.create("http://127.0.0.1:" + proxy.port() + "/");
            // end
            try (proxy) {
                out.println("\n" + CLIENTS + " clients send " + REQUESTS + " requests to " + address
                        + ", where lbkit spreads them over three servers.");
                int failed = load(address, two, out);
                ProxyStats stats = settled(proxy);
                return new Result(failed, List.of(one, two, three), two, stats, List.copyOf(reports));
            }
        }
    }

    /** Sends the requests; when a third of them is answered, a server is killed. Returns how many failed. */
    private static int load(URI address, HelloServer victim, PrintStream out) throws Exception {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpRequest request =
                HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(20)).build();
        AtomicInteger done = new AtomicInteger();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                results.add(clients.submit(() -> {
                    int failed = 0;
                    for (int n = 0; n < REQUESTS / CLIENTS; n++) {
                        failed += isAnswered(http, request) ? 0 : 1;
                        if (done.incrementAndGet() == REQUESTS / 3) {
                            victim.close();
                            out.println("After " + REQUESTS / 3 + " of them, server " + victim.name() + " is killed.");
                        }
                    }
                    return failed;
                }));
            }
            int failed = 0;
            for (Future<Integer> result : results) {
                failed += result.get();
            }
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
}
