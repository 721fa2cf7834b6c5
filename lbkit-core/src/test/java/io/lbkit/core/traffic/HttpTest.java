package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.Proxy;
import io.lbkit.selector.Selectors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The JDK's HTTP client and server, with a proxy between them. */
class HttpTest {

    // One for all tests, and made before the first: it cannot be closed before Java 21.
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @RegisterExtension
    final Lab lab = new Lab();

    private Backend server(String name) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 100);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("Server-Name", name);
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        lab.closing(() -> server.stop(0));
        return Backend.of(server.getAddress()).id(name);
    }

    @Test
    void requests_are_answered_whole_by_both_servers() throws Exception {
        Proxy proxy = lab.start(lab.proxy()
                .backend(server("a"))
                .backend(server("b"))
                .selector(Selectors.roundRobin())
                .loops(2));
        URI uri = URI.create("http://127.0.0.1:" + proxy.port() + "/");
        List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .timeout(Duration.ofSeconds(20))
                    .POST(HttpRequest.BodyPublishers.ofString(("request " + i + " ").repeat(1 + 200 * i)))
                    .build();
            responses.add(CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
        }
        Map<String, Integer> served = new TreeMap<>();
        for (int i = 0; i < responses.size(); i++) {
            HttpResponse<String> response = responses.get(i).get(30, TimeUnit.SECONDS);
            assertEquals(200, response.statusCode());
            assertEquals(("request " + i + " ").repeat(1 + 200 * i), response.body());
            served.merge(response.headers().firstValue("Server-Name").orElseThrow(), 1, Integer::sum);
        }
        assertTrue(served.getOrDefault("a", 0) > 0 && served.getOrDefault("b", 0) > 0, served::toString);
        assertEquals(0, proxy.stats().closed(CloseReason.RESET_BY_BACKEND));
    }
}
