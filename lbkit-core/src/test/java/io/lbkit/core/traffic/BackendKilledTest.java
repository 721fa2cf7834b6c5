package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.CloseReason;
import io.lbkit.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A backend dies while clients come: whoever has not been served yet is served by another one. */
class BackendKilledTest {

    private static final int CLIENTS = 200;

    @RegisterExtension
    final Lab lab = new Lab();

    private final ExecutorService threads = Executors.newFixedThreadPool(32);

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void no_client_sees_an_error_that_another_backend_could_have_served(int loops) throws Exception {
        TestServer dying = lab.greeter("dying");
        Reports reports = new Reports();
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"), dying, lab.greeter("b"))
                .loops(loops)
                .observer(reports));
        AtomicInteger served = new AtomicInteger();
        CountDownLatch someServed = new CountDownLatch(CLIENTS / 4);
        List<Future<String>> names = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            names.add(threads.submit(() -> {
                try (Client client = Client.to(proxy)) {
                    String name = client.line();
                    served.incrementAndGet();
                    someServed.countDown();
                    return name;
                }
            }));
        }
        assertTrue(someServed.await(20, TimeUnit.SECONDS));
        dying.kill();
        int servedBefore = served.get();
        for (Future<String> name : names) {
            name.get(30, TimeUnit.SECONDS); // throws what the client saw, if that was an error
        }
        // From now on nobody gets there, and nobody notices.
        for (int i = 0; i < 20; i++) {
            assertTrue(lab.connect(proxy).line().matches("a|b"));
        }
        System.out.printf(
                "killed after %d of %d clients; connects that failed: %d, retries: %d%n",
                servedBefore, CLIENTS, reports.failures().size(), proxy.stats().retries());
        assertTrue(reports.failures().stream().allMatch(f -> f.backend().id().equals("dying")));
        assertEquals(0, proxy.stats().closed(CloseReason.CONNECT_FAILED));
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void connections_to_the_other_backends_do_not_notice(int loops) throws Exception {
        TestServer dying = lab.greeter("dying");
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"), dying).loops(loops));
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            clients.add(lab.connect(proxy));
        }
        List<Client> onA = new ArrayList<>();
        List<Client> onDying = new ArrayList<>();
        for (Client client : clients) {
            (client.line().equals("a") ? onA : onDying).add(client);
        }
        dying.kill();
        for (Client client : onDying) {
            client.expectReset();
        }
        for (Client client : onA) {
            client.ping("still there");
        }
        assertTrue(!onA.isEmpty() && !onDying.isEmpty());
    }
}
