package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.BackendStats;
import io.lbkit.CloseReason;
import io.lbkit.DrainReport;
import io.lbkit.Proxy;
import io.lbkit.Replacement;
import io.lbkit.selector.Selectors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The set of backends changes while the proxy runs; only those sessions notice that are meant to. */
class MembershipTest {

    @RegisterExtension
    final Lab lab = new Lab();

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static Throwable failure(CompletionStage<?> stage) {
        return assertThrows(ExecutionException.class, () -> get(stage)).getCause();
    }

    private Proxy start(TestServer... servers) {
        return lab.start(lab.proxy(servers).selector(Selectors.roundRobin(0)).loops(2));
    }

    private Map<String, Long> next(Proxy proxy, int connections) throws Exception {
        Map<String, Long> names = new TreeMap<>();
        for (int i = 0; i < connections; i++) {
            try (Client client = Client.to(proxy)) {
                names.merge(client.line(), 1L, Long::sum);
                client.end().expectEnd();
            }
        }
        return names;
    }

    private static BackendStats stats(Proxy proxy, String id) {
        return proxy.stats().backends().stream()
                .filter(backend -> backend.backend().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void an_added_backend_gets_connections_and_a_removed_one_none() throws Exception {
        Proxy proxy = start(lab.greeter("a"), lab.greeter("b"));
        Client onA = lab.connect(proxy);
        assertEquals("a", onA.line());

        get(proxy.backends().add(lab.greeter("c").backend()));
        assertEquals(Map.of("a", 10L, "b", 10L, "c", 10L), next(proxy, 30));

        CompletionStage<DrainReport> removed = proxy.backends().remove("a");
        get(proxy.backends().weight("b", 1)); // changes come in order: this one done, the removal is in force
        assertEquals(Map.of("b", 10L, "c", 10L), next(proxy, 20));
        onA.ping("goes on");
        assertFalse(removed.toCompletableFuture().isDone());
        assertEquals(BackendState.REMOVED, stats(proxy, "a").state());
        assertEquals(
                List.of("b", "c"),
                proxy.backends().list().stream().map(Backend::id).toList());

        onA.end().expectEnd();
        DrainReport report = get(removed);
        assertEquals(1, report.finished());
        assertEquals(0, report.cut());
        patiently().until(() -> proxy.stats().backends().size() == 2);
    }

    @Test
    void weights_hold_from_the_moment_they_are_set() throws Exception {
        Proxy proxy = start(lab.greeter("a"), lab.greeter("b"));
        assertEquals(3, get(proxy.backends().weight("a", 3)).weight());
        assertEquals(Map.of("a", 30L, "b", 10L), next(proxy, 40));
        get(proxy.backends().weight("a", 0));
        assertEquals(Map.of("b", 10L), next(proxy, 10));
        assertEquals(BackendState.UP, stats(proxy, "a").state());
        get(proxy.backends().weight("a", 1));
        assertEquals(Map.of("a", 5L, "b", 5L), next(proxy, 10));
        assertEquals(35, stats(proxy, "a").sessions(), "the counters kept counting");
    }

    @Test
    void an_address_can_move_and_the_counters_stay_with_the_id() throws Exception {
        TestServer old = lab.greeter("old");
        Proxy proxy = lab.start(lab.proxy().backend(old.backend().id("db")).loops(2));
        Client before = lab.connect(proxy);
        assertEquals("old", before.line());
        get(proxy.backends().update(lab.greeter("new").backend().id("db")));
        assertEquals(Map.of("new", 4L), next(proxy, 4));
        before.ping("undisturbed");
        assertEquals(5, stats(proxy, "db").sessions());
    }

    @Test
    void a_drain_ends_with_the_last_session() throws Exception {
        Proxy proxy = start(lab.greeter("a"), lab.greeter("b"));
        List<Client> onA = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Client client = lab.connect(proxy);
            if (client.line().equals("a")) {
                onA.add(client);
            }
        }
        CompletableFuture<DrainReport> drained = proxy.backends().drain("a").toCompletableFuture();
        get(proxy.backends().weight("b", 1)); // in the order of the calls: the drain is in force
        assertEquals(Map.of("b", 8L), next(proxy, 8));
        for (Client client : onA) {
            assertFalse(drained.isDone());
            client.ping("goes on").end().expectEnd();
        }
        assertEquals(3, drained.get(20, TimeUnit.SECONDS).finished());
        assertEquals(BackendState.DRAINING, stats(proxy, "a").state());

        get(proxy.backends().ready("a"));
        assertEquals(Map.of("a", 4L, "b", 4L), next(proxy, 8));
    }

    @Test
    void at_the_deadline_of_a_drain_the_rest_is_reset_and_nobody_else() throws Exception {
        Reports reports = new Reports();
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"), lab.greeter("b"))
                .selector(Selectors.roundRobin())
                .loops(4)
                .observer(reports));
        List<Client> onA = new ArrayList<>();
        List<Client> onB = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Client client = lab.connect(proxy);
            (client.line().equals("a") ? onA : onB).add(client);
        }
        CompletionStage<DrainReport> drained = proxy.backends().drain("a", Duration.ofMillis(200));
        get(proxy.backends().weight("b", 1)); // changes come in order: this one done, the drain has begun
        onA.get(0).end().expectEnd();
        for (Client client : onA.subList(1, 8)) {
            client.expectReset();
        }
        DrainReport report = get(drained);
        assertEquals(1, report.finished());
        assertEquals(7, report.cut());
        assertTrue(report.duration().toMillis() >= 200, report.toString());
        for (Client client : onB) {
            client.ping("undisturbed");
        }
        assertEquals(7, proxy.stats().closed(CloseReason.BACKEND_REMOVED));
        assertEquals(List.of("a DRAINING"), reports.changes());
    }

    @Test
    void made_ready_again_before_the_deadline_a_drain_cuts_nobody() throws Exception {
        Proxy proxy = start(lab.greeter("a"));
        Client client = lab.connect(proxy);
        client.line();
        CompletionStage<DrainReport> drained = proxy.backends().drain("a", Duration.ofMillis(300));
        get(proxy.backends().ready("a"));
        assertEquals(0, get(drained).cut());
        assertEquals(Map.of("a", 1L), next(proxy, 1));
        // The next change comes after the old deadline; had that cut anyone, it would show.
        get(proxy.backends().drain("a", Duration.ofMillis(600)));
        client.expectReset();
        assertEquals(1, proxy.stats().closed(CloseReason.BACKEND_REMOVED));
    }

    @Test
    void an_id_that_comes_back_keeps_its_live_sessions_and_counters() throws Exception {
        TestServer a = lab.greeter("a");
        Proxy proxy = start(a);
        Client client = lab.connect(proxy);
        client.line();
        CompletionStage<DrainReport> removed = proxy.backends().remove("a");
        get(proxy.backends().add(a.backend()));
        assertEquals(0, get(removed).cut());
        assertEquals(1, stats(proxy, "a").active());
        assertEquals(Map.of("a", 2L), next(proxy, 2));
        assertEquals(3, stats(proxy, "a").sessions());
        client.ping("undisturbed");
    }

    @Test
    void the_last_backend_may_go_and_another_come() throws Exception {
        Proxy proxy = start(lab.greeter("a"));
        get(proxy.backends().remove("a"));
        lab.connect(proxy).expectReset();
        patiently().until(() -> proxy.stats().closed(CloseReason.NO_BACKEND) == 1);
        get(proxy.backends().add(lab.greeter("b").backend()));
        assertEquals(Map.of("b", 2L), next(proxy, 2));
    }

    @Test
    void the_whole_set_is_replaced_in_one_step() throws Exception {
        TestServer a = lab.greeter("a");
        TestServer b = lab.greeter("b");
        TestServer c = lab.greeter("c");
        Proxy proxy = start(a, b);
        Client onA = lab.connect(proxy);
        assertEquals("a", onA.line());
        Replacement done = get(proxy.backends().replaceAll(List.of(b.backend().weight(2), c.backend())));
        assertEquals(List.of(c.backend()), done.added());
        assertEquals(List.of(b.backend()), done.updated());
        assertEquals(List.of(a.backend()), done.removed());
        assertEquals(Map.of("b", 20L, "c", 10L), next(proxy, 30));
        onA.ping("undisturbed");

        assertEquals(2, get(proxy.backends().removeAll()).removed().size());
        lab.connect(proxy).expectReset();
        assertEquals(List.of(), proxy.backends().list());
    }

    @Test
    void an_empty_set_is_taken_for_a_mistake() throws Exception {
        TestServer a = lab.greeter("a");
        Proxy proxy = start(a);
        IllegalArgumentException empty = assertThrows(
                IllegalArgumentException.class, () -> proxy.backends().replaceAll(List.of()));
        assertEquals(
                "backends is empty, must have at least one; removeAll() takes all of them out", empty.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> proxy.backends()
                        .replaceAll(List.of(a.backend(), a.backend().weight(2))));
        assertEquals(Map.of("a", 1L), next(proxy, 1));
    }

    @Test
    void maintenance_ends_with_ready() throws Exception {
        Proxy proxy = start(lab.greeter("a"), lab.greeter("b"));
        get(proxy.backends().maintenance("a"));
        assertEquals(BackendState.MAINTENANCE, stats(proxy, "a").state());
        assertEquals(Map.of("b", 4L), next(proxy, 4));
        get(proxy.backends().ready("a"));
        assertEquals(Map.of("a", 2L, "b", 2L), next(proxy, 4));
    }

    /** Changes of a large set complete in their order, and each is in force when it completes. */
    @Test
    void a_large_set() throws Exception {
        TestServer a = lab.greeter("a");
        TestServer b = lab.greeter("b");
        List<Backend> many = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            many.add(a.backend().id("a" + i));
        }
        Proxy proxy = lab.start(
                lab.proxy().backends(many).selector(Selectors.roundRobin()).loops(2));
        assertEquals(Map.of("a", 20L), next(proxy, 20));
        List<CompletableFuture<Backend>> changes = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            changes.add(proxy.backends().weight("a" + i, 2).toCompletableFuture());
        }
        get(proxy.backends().add(b.backend()));
        assertTrue(changes.stream().allMatch(CompletableFuture::isDone), "those asked for before");
        assertEquals(2001, proxy.stats().pool().members());
        get(proxy.backends().replaceAll(List.of(b.backend())));
        assertEquals(Map.of("b", 20L), next(proxy, 20));
        get(proxy.backends().replaceAll(many));
        assertEquals(Map.of("a", 20L), next(proxy, 20));
        CompletableFuture<Backend> last = proxy.backends().weight("a0", 7).toCompletableFuture();
        proxy.close();
        assertTrue(last.isDone(), "nobody waits for a proxy that has ended");
    }

    @Test
    void what_cannot_be_done_is_said_through_the_stage() throws Exception {
        TestServer a = lab.greeter("a");
        Proxy proxy = start(a);
        Throwable twice = failure(proxy.backends().add(a.backend()));
        assertInstanceOf(IllegalArgumentException.class, twice);
        assertEquals("backend id is a, must not be in the pool already", twice.getMessage());
        for (CompletionStage<?> stage : List.of(
                proxy.backends().weight("x", 2),
                proxy.backends().drain("x"),
                proxy.backends().remove("x", Duration.ofSeconds(1)),
                proxy.backends().ready("x"),
                proxy.backends().maintenance("x"),
                proxy.backends().update(a.backend().id("x")))) {
            Throwable unknown = failure(stage);
            assertInstanceOf(IllegalArgumentException.class, unknown);
            assertEquals("backend id is x, must be in the pool", unknown.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> proxy.backends().weight("a", 65536));
        assertThrows(IllegalArgumentException.class, () -> proxy.backends().drain("a", Duration.ofSeconds(-1)));
        assertEquals(Map.of("a", 1L), next(proxy, 1));
    }

    @Test
    void after_close_every_change_fails() throws Exception {
        TestServer a = lab.greeter("a");
        Proxy proxy = start(a);
        proxy.close();
        for (CompletionStage<?> stage : List.of(
                proxy.backends().add(a.backend().id("b")),
                proxy.backends().weight("a", 2),
                proxy.backends().drain("a"),
                proxy.backends().remove("a"),
                proxy.backends().maintenance("a"),
                proxy.backends().replaceAll(List.of(a.backend())),
                proxy.backends().removeAll(),
                proxy.backends().ready("a"))) {
            assertInstanceOf(IllegalStateException.class, failure(stage));
        }
        // More of them than the inbox of a loop that runs no longer would take.
        for (int i = 0; i < 5000; i++) {
            assertTrue(proxy.backends().ready("a").toCompletableFuture().isCompletedExceptionally());
        }
    }

    /** Connections come all the time while the set changes all the time; nobody sees an error, nobody is cut. */
    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void under_traffic(int loops) throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("stays"), lab.greeter("a"), lab.greeter("b"))
                .selector(Selectors.roundRobin(0))
                .loops(loops));
        TestServer c = lab.greeter("c");
        List<Backend> all = proxy.backends().list();
        List<Backend> some = List.of(all.get(0), all.get(2), c.backend());
        Client steady = lab.connect(proxy);
        assertEquals("stays", steady.line());
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<Integer>> visitors = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                visitors.add(threads.submit(() -> {
                    int visits = 0;
                    for (; !over.get(); visits++) {
                        try (Client client = Client.to(proxy)) {
                            client.line();
                            client.ping("hello").end().expectEnd();
                        }
                    }
                    return visits;
                }));
            }
            for (int round = 0; round < 25; round++) {
                get(proxy.backends().replaceAll(all));
                get(proxy.backends().drain("a"));
                get(proxy.backends().add(c.backend()));
                get(proxy.backends().weight("b", 1 + round));
                get(proxy.backends().ready("a"));
                get(proxy.backends().remove("c"));
                get(proxy.backends().maintenance("b"));
                get(proxy.backends().ready("b"));
                get(proxy.backends().replaceAll(round % 2 == 0 ? some : all));
            }
            over.set(true);
            for (Future<Integer> visitor : visitors) {
                assertTrue(visitor.get(20, TimeUnit.SECONDS) > 0);
            }
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
        steady.ping("undisturbed");
        assertEquals(0, proxy.stats().connectFailures());
        assertEquals(
                proxy.stats().accepted() - 1,
                proxy.stats().closed(CloseReason.COMPLETED),
                () -> proxy.stats().closed().toString());
    }
}
