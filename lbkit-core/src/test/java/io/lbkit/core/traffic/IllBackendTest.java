package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import io.lbkit.CloseReason;
import io.lbkit.Explanation;
import io.lbkit.OutlierPolicy;
import io.lbkit.PoolMode;
import io.lbkit.Proxy;
import io.lbkit.selector.Selectors;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A backend falls ill and gets well again; the traffic finds out, and no client notices. */
class IllBackendTest {

    private static final OutlierPolicy QUICK =
            OutlierPolicy.DEFAULT.baseEjection(Duration.ofMillis(300)).maxEjection(Duration.ofMillis(300));

    @RegisterExtension
    final Lab lab = new Lab();

    private final AtomicBoolean ill = new AtomicBoolean();

    private TestServer moody() throws Exception {
        TestServer.Script well = TestServer.greeter("moody");
        return lab.server("moody", socket -> {
            if (ill.get()) {
                TestServer.reset(socket);
            } else {
                well.serve(socket);
            }
        });
    }

    private static BackendStats stats(Proxy proxy, String id) {
        return proxy.stats().backends().stream()
                .filter(stats -> stats.backend().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static String visit(Proxy proxy) throws Exception {
        try (Client client = Client.to(proxy)) {
            String name = client.line();
            client.end().expectEnd();
            return name;
        }
    }

    @Test
    void it_is_ejected_and_comes_back() throws Exception {
        Reports reports = new Reports();
        TestServer moody = moody();
        Proxy proxy = lab.start(lab.proxy(moody, lab.greeter("a"), lab.greeter("b"))
                .selector(Selectors.roundRobin())
                .loops(2)
                .outliers(QUICK)
                .observer(reports));
        ill.set(true);
        patiently().until(() -> {
            visit(proxy);
            return stats(proxy, "moody").state() == BackendState.EJECTED;
        });
        assertEquals("3 connects in a row failed", stats(proxy, "moody").why());
        assertEquals(1, proxy.stats().pool().ejections());

        ill.set(false);
        patiently().until(() -> {
            visit(proxy);
            return stats(proxy, "moody").state() == BackendState.UP;
        });
        assertEquals(List.of("moody EJECTED", "moody PROBING", "moody UP"), reports.changes());
        patiently().until(() -> visit(proxy).equals("moody"));
        assertEquals(
                proxy.stats().accepted(),
                reports.awaitClosed((int) proxy.stats().accepted()).stream()
                        .filter(report -> report.reason() == CloseReason.COMPLETED)
                        .count());
    }

    @Test
    void while_it_stays_ill_only_probes_get_there() throws Exception {
        TestServer moody = moody();
        ill.set(true);
        Proxy proxy = lab.start(lab.proxy(moody, lab.greeter("a")).loops(2).outliers(QUICK));
        patiently().until(() -> {
            visit(proxy);
            return stats(proxy, "moody").ejections() >= 4;
        });
        BackendStats stats = stats(proxy, "moody");
        assertTrue(
                stats.picks() <= 3 + stats.ejections(),
                stats.picks() + " sessions for " + stats.ejections() + " ejections");
    }

    @Test
    void an_explanation_of_it_changes_nothing() throws Exception {
        TestServer moody = moody();
        ill.set(true);
        Proxy proxy = lab.start(lab.proxy(moody, lab.greeter("a"), lab.greeter("b"))
                .selector(Selectors.roundRobin())
                .loops(1));
        patiently().until(() -> {
            visit(proxy);
            return stats(proxy, "moody").state() == BackendState.EJECTED;
        });
        InetSocketAddress client = new InetSocketAddress("192.0.2.1", 4711);
        for (int i = 0; i < 4; i++) {
            Explanation explanation =
                    proxy.explain(client).toCompletableFuture().get(20, TimeUnit.SECONDS);
            assertEquals(PoolMode.NORMAL, explanation.mode());
            assertFalse(explanation.sample());
            assertTrue(explanation.toString().contains("moody@"), explanation.toString());
            assertTrue(explanation.toString().contains("EJECTED out: ejected for another"), explanation.toString());
            assertEquals(visit(proxy), explanation.chosen().id());
        }
        proxy.close();
        assertTrue(proxy.explain(client).toCompletableFuture().isCompletedExceptionally());
        assertNull(stats(proxy, "a").ejectedFor());
    }
}
