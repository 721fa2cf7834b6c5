package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.CloseReason;
import io.lbkit.Proxy;
import io.lbkit.selector.Selectors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits of sessions hold exactly, and are not worn out by use. */
class LimitsTest {

    @RegisterExtension
    final Lab lab = new Lab();

    private final ExecutorService threads = Executors.newFixedThreadPool(24);

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    /** Counts the clients it serves at once: from the greeting until before the end is sent, which the proxy needs. */
    private static final class Counted implements TestServer.Script {
        final AtomicInteger now = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();

        @Override
        public void serve(java.net.Socket socket) throws java.io.IOException {
            int here = now.incrementAndGet();
            most.accumulateAndGet(here, Math::max);
            socket.getOutputStream().write('\n');
            socket.getInputStream().read();
            now.decrementAndGet();
        }
    }

    /** Connects, reads the greeting, stays for a moment, leaves. */
    private void visit(Proxy proxy) throws Exception {
        try (Client client = Client.to(proxy)) {
            client.line();
            Thread.yield();
            client.end().expectEnd();
        }
    }

    private void visitByMany(Proxy proxy, int visits) throws Exception {
        List<Future<?>> clients = new ArrayList<>();
        for (int i = 0; i < visits; i++) {
            clients.add(threads.submit(() -> {
                visit(proxy);
                return null;
            }));
        }
        for (Future<?> client : clients) {
            client.get(30, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 2})
    void beyond_the_maximum_of_the_proxy_clients_wait_in_the_backlog(int loops) throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a")).loops(loops).limits(limits -> limits.maxConnections(3)));
        List<Client> first = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            first.add(lab.connect(proxy));
            assertEquals("a", first.get(i).line());
        }
        Client waiting = lab.connect(proxy).expectSilence();
        assertEquals(3, proxy.stats().active());
        assertEquals(3, proxy.stats().accepted());

        first.get(1).end().expectEnd();
        assertEquals("a", waiting.line());
        assertEquals(3, proxy.stats().active());
        first.get(0).ping("undisturbed");
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void the_maximum_of_the_proxy_holds_and_nobody_waits_for_ever(int loops) throws Exception {
        Counted counted = new Counted();
        Proxy proxy = lab.start(lab.proxy(lab.server("a", counted), lab.server("b", counted))
                .listen("127.0.0.1", 0)
                .loops(loops)
                .limits(limits -> limits.maxConnections(2)));
        visitByMany(proxy, 300);
        assertTrue(counted.most.get() <= 2, () -> counted.most + " at once");
        assertEquals(300, proxy.stats().accepted());
    }

    @Test
    void after_a_hundred_resets_the_maximum_is_what_it_was() throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a")).loops(2).limits(limits -> limits.maxConnections(4)));
        for (int i = 0; i < 100; i++) {
            Client client = Client.to(proxy);
            client.line();
            client.reset();
        }
        beyond(proxy, 4);
    }

    private void beyond(Proxy proxy, int most) throws Exception {
        for (int i = 0; i < most; i++) {
            lab.connect(proxy).line();
        }
        lab.connect(proxy).expectSilence();
        assertEquals(most, proxy.stats().active());
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void the_maximum_of_a_backend_is_never_exceeded(int loops) throws Exception {
        Counted small = new Counted();
        Counted large = new Counted();
        Proxy proxy = lab.start(lab.proxy(lab.server("large", large))
                .backend(lab.server("small", small).backend().weight(10).maxConnections(3))
                .selector(Selectors.leastConnections())
                .loops(loops));
        visitByMany(proxy, 400);
        assertTrue(small.most.get() <= 3, () -> small.most + " at once");
        assertTrue(large.most.get() > 0);
        assertEquals(0, proxy.stats().closed(CloseReason.BACKENDS_FULL));
        patiently().until(() -> proxy.stats().active() == 0);
        proxy.stats().backends().forEach(backend -> assertEquals(0, backend.active()));
    }

    @Test
    void when_every_backend_is_full_the_client_is_reset_and_told_apart() throws Exception {
        Reports reports = new Reports();
        TestServer a = lab.greeter("a");
        Proxy proxy = lab.start(
                lab.proxy().backend(a.backend().maxConnections(1)).loops(2).observer(reports));
        Client first = lab.connect(proxy);
        assertEquals("a", first.line());
        lab.connect(proxy).expectReset();
        assertEquals(CloseReason.BACKENDS_FULL, reports.only().reason());
        first.ping("undisturbed").end().expectEnd();
        reports.awaitClosed(2);
        assertEquals("a", lab.connect(proxy).line());
    }
}
