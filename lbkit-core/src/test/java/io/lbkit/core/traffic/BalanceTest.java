package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.BackendStats;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.selector.Selectors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets how many connections, counted by the names that clients read. */
class BalanceTest {

    @RegisterExtension
    final Lab lab = new Lab();

    private final ExecutorService threads = Executors.newFixedThreadPool(8);

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 2, 4})
    void round_robin_is_exact_over_all_loops(int loops) throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"), lab.greeter("b"), lab.greeter("c"))
                .selector(Selectors.roundRobin())
                .loops(loops));
        assertEquals(Map.of("a", 100L, "b", 100L, "c", 100L), served(proxy, 300));
        assertTrue(
                proxy.stats().loops().stream().allMatch(n -> n > 0),
                () -> "loops " + proxy.stats().loops());
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void weighted_round_robin_is_exact_over_all_loops(int loops) throws Exception {
        ProxyBuilder builder = lab.proxy()
                .backend(lab.greeter("a").backend().weight(5))
                .backend(lab.greeter("b").backend())
                .backend(lab.greeter("c").backend());
        Proxy proxy = lab.start(builder.selector(Selectors.roundRobin()).loops(loops));
        assertEquals(Map.of("a", 500L, "b", 100L, "c", 100L), served(proxy, 700));
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void the_heavy_one_never_has_more_than_six_in_a_row(int loops) throws Exception {
        ProxyBuilder builder = lab.proxy()
                .backend(lab.greeter("a").backend().weight(5))
                .backend(lab.greeter("b").backend())
                .backend(lab.greeter("c").backend());
        Proxy proxy = lab.start(builder.selector(Selectors.roundRobin()).loops(loops));
        StringBuilder served = new StringBuilder();
        for (int i = 0; i < 700; i++) { // one after the other, so that their order is that of the picks
            try (Client client = Client.to(proxy)) {
                served.append(client.line());
            }
        }
        assertTrue(!served.toString().contains("a".repeat(7)), served.toString());
        assertEquals(500, served.chars().filter(name -> name == 'a').count(), served.toString());
        assertEquals(100, served.chars().filter(name -> name == 'b').count(), served.toString());
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void least_connections_are_even_while_connections_stay(int loops) throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"), lab.greeter("b"), lab.greeter("c"))
                .selector(Selectors.leastConnections())
                .loops(loops));
        Map<String, Long> names = new TreeMap<>();
        for (int i = 0; i < 90; i++) {
            names.merge(lab.connect(proxy).line(), 1L, Long::sum);
        }
        assertEquals(Map.of("a", 30L, "b", 30L, "c", 30L), names);
    }

    private Map<String, Long> served(Proxy proxy, int connections) throws Exception {
        List<Future<String>> names = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            names.add(threads.submit(() -> {
                try (Client client = Client.to(proxy)) {
                    String name = client.line();
                    client.end().expectEnd();
                    return name;
                }
            }));
        }
        Map<String, Long> served = new TreeMap<>();
        for (Future<String> name : names) {
            served.merge(name.get(30, TimeUnit.SECONDS), 1L, Long::sum);
        }
        for (BackendStats backend : proxy.stats().backends()) {
            assertEquals(served.get(backend.backend().id()), backend.sessions(), backend.toString());
        }
        return served;
    }
}
