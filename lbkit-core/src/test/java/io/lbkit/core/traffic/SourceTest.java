package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.BackendSource;
import io.lbkit.BackendState;
import io.lbkit.Backends;
import io.lbkit.FirstBytes;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.ProxyState;
import io.lbkit.Route;
import io.lbkit.SlowStart;
import io.lbkit.SourceStats;
import io.lbkit.Tls;
import io.lbkit.selector.Selectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A source says what the set of backends is; if it fails, or has lost its mind, the last good set stays. */
class SourceTest {

    @RegisterExtension
    final Lab lab = new Lab();

    /** A source that says what the test says. */
    private static final class Told implements BackendSource {
        private final Collection<Backend> first;
        private final AtomicInteger closed = new AtomicInteger();
        private Sink sink;

        Told(Collection<Backend> first) {
            this.first = first;
        }

        @Override
        public AutoCloseable start(Sink sink) {
            this.sink = sink;
            if (!first.isEmpty()) {
                sink.onBackends(first);
            }
            return closed::incrementAndGet;
        }
    }

    private static List<String> ids(Proxy proxy) {
        return ids(proxy.backends());
    }

    private static SourceStats source(Proxy proxy) {
        return proxy.stats().pool().source();
    }

    private static List<String> ids(Backends backends) {
        return backends.list().stream().map(Backend::id).toList();
    }

    private static SourceStats sourceOfRoute(Proxy proxy) {
        return proxy.stats().routes().get(0).pool().source();
    }

    @Test
    void what_it_says_at_the_start_serves_the_first_client() throws Exception {
        Told source = new Told(List.of(lab.greeter("a").backend()));
        Proxy proxy = lab.start(lab.proxy().source(source).slowStart(SlowStart.over(Duration.ofMinutes(1))));
        assertEquals(List.of("a"), ids(proxy));
        try (Client client = lab.connect(proxy)) {
            assertEquals("a", client.line());
            client.end().expectEnd();
        }
        assertEquals(BackendState.UP, proxy.stats().backends().get(0).state(), "a start is no recovery");
        assertEquals(1, source(proxy).sets());
        proxy.close();
        assertEquals(1, source.closed.get());
        source.sink.onBackends(List.of(lab.greeter("b").backend())); // nobody listens any more
        assertEquals(List.of("a"), ids(proxy));
    }

    @Test
    void each_set_replaces_the_one_before() throws Exception {
        TestServer a = lab.greeter("a");
        TestServer b = lab.greeter("b");
        Told source = new Told(List.of());
        Proxy proxy = lab.start(
                lab.proxy(a).source(source).selector(Selectors.roundRobin()).loops(2));
        Client onA = lab.connect(proxy);
        assertEquals("a", onA.line(), "what was configured serves until the source says something");
        assertNull(source(proxy).age());

        source.sink.onBackends(List.of(a.backend().weight(2), b.backend()));
        patiently().until(() -> ids(proxy).equals(List.of("a", "b")));
        assertEquals(2, proxy.backends().list().get(0).weight());
        source.sink.onBackends(List.of(b.backend()));
        patiently().until(() -> ids(proxy).equals(List.of("b")));
        for (int i = 0; i < 4; i++) {
            assertEquals("b", lab.connect(proxy).line());
        }
        onA.ping("goes on");
        assertEquals(2, source(proxy).sets());
        assertTrue(source(proxy).age().compareTo(Duration.ofSeconds(20)) < 0);
    }

    @Test
    void failures_and_nonsense_leave_the_last_good_set() throws Exception {
        Backend a = lab.greeter("a").backend();
        Told source = new Told(List.of(a));
        Proxy proxy = lab.start(lab.proxy().source(source));
        source.sink.onFailure("no answer");
        patiently().until(() -> "no answer".equals(source(proxy).failing()));
        source.sink.onBackends(List.of());
        patiently().until(() -> "it named no backend".equals(source(proxy).failing()));
        source.sink.onBackends(List.of(a, a.weight(2)));
        patiently().until(() -> "it named a twice".equals(source(proxy).failing()));
        source.sink.onBackends(Arrays.asList(a, null));
        patiently()
                .until(() -> String.valueOf(source(proxy).failing()).startsWith("it named a set that cannot be read"));
        assertEquals(4, source(proxy).failures());
        assertEquals(List.of("a"), ids(proxy));
        assertEquals("a", lab.connect(proxy).line());

        source.sink.onBackends(List.of(a.weight(5)));
        patiently().until(() -> source(proxy).failing() == null);
        assertEquals(2, source(proxy).sets());
        assertEquals(5, proxy.backends().list().get(0).weight());
    }

    @Test
    void a_backend_whose_files_there_are_not_leaves_the_last_good_set(@TempDir Path folder) throws Exception {
        Backend a = lab.greeter("a").backend();
        Told source = new Told(List.of(a));
        Proxy proxy = lab.start(lab.proxy().source(source));
        Path missing = folder.resolve("ca.crt");
        source.sink.onBackends(List.of(a.weight(2), a.id("b").tls(Tls.client().trust(missing))));
        patiently().until(() -> source(proxy).failing() != null);
        assertEquals(
                "it named b, which is refused: tls trust " + missing + " does not exist",
                source(proxy).failing());
        assertEquals(1, proxy.backends().list().get(0).weight());
        assertEquals("a", lab.connect(proxy).line());
    }

    @Test
    void of_many_words_in_short_order_the_last_counts() throws Exception {
        TestServer a = lab.greeter("a");
        Told source = new Told(List.of(a.backend()));
        Proxy proxy = lab.start(lab.proxy().source(source));
        for (int weight = 1; weight <= 20_000; weight++) {
            source.sink.onBackends(List.of(a.backend().weight(weight)));
        }
        patiently().until(() -> proxy.backends().list().get(0).weight() == 20_000);
    }

    @Test
    void a_source_that_cannot_begin_keeps_the_proxy_from_starting() throws Exception {
        TestServer a = lab.greeter("a");
        IOException broken = new IOException("no such file");
        UncheckedIOException failure = assertThrows(
                UncheckedIOException.class,
                () -> lab.start(lab.proxy(a).source(sink -> {
                    throw broken;
                })));
        assertSame(broken, failure.getCause());
        IllegalStateException bug = new IllegalStateException("a bug");
        assertSame(
                bug,
                assertThrows(
                        IllegalStateException.class,
                        () -> lab.start(lab.proxy(a).source(sink -> {
                            throw bug;
                        }))));
        assertEquals(
                "the source of backends cannot begin",
                assertThrows(
                                IllegalStateException.class,
                                () -> lab.start(lab.proxy(a).source(sink -> {
                                    throw new Exception("checked");
                                })))
                        .getMessage());
    }

    @Test
    void each_route_may_have_a_source_of_its_own() throws Exception {
        TestServer a = lab.greeter("a");
        TestServer b = lab.greeter("b");
        Told ofRoute = new Told(List.of(a.backend()));
        Told ofProxy = new Told(List.of(a.backend(), b.backend()));
        Route ssh = Route.named("ssh").firstBytes(FirstBytes.startingWith((byte) 'S'));
        Proxy proxy = lab.start(lab.proxy().source(ofProxy).route(ssh.source(ofRoute)));
        assertEquals(List.of("a"), ids(proxy.backends("ssh")));
        ofRoute.sink.onBackends(List.of(b.backend()));
        patiently().until(() -> ids(proxy.backends("ssh")).equals(List.of("b")));
        try (Client client = lab.connect(proxy)) {
            assertEquals("b", client.send("S").line());
        }
        ofRoute.sink.onFailure("away");
        patiently().until(() -> sourceOfRoute(proxy).failing() != null);
        assertEquals("away", sourceOfRoute(proxy).failing());
        assertEquals(2, sourceOfRoute(proxy).sets());
        assertEquals(List.of("a", "b"), ids(proxy.backends()), "the other pool has a source of its own");
        assertEquals(1, source(proxy).sets());
        assertNull(source(proxy).failing());
        proxy.close();
        assertEquals(1, ofRoute.closed.get());
        assertEquals(1, ofProxy.closed.get());
    }

    @Test
    void one_source_that_cannot_begin_ends_those_that_have() throws Exception {
        Told ofProxy = new Told(List.of(lab.greeter("a").backend()));
        Route broken = Route.named("broken").serverName("a.example").source(sink -> {
            throw new IOException("no such file");
        });
        assertThrows(
                UncheckedIOException.class,
                () -> lab.start(lab.proxy().source(ofProxy).route(broken)));
        assertEquals(1, ofProxy.closed.get());
    }

    @Test
    void a_large_first_set_is_in_place_at_once() throws Exception {
        TestServer a = lab.greeter("a");
        List<Backend> many = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            many.add(a.backend().id("a" + i));
        }
        Proxy proxy = lab.start(lab.proxy().source(new Told(many)));
        assertEquals("a", lab.connect(proxy).line());
        assertEquals(3000, proxy.stats().pool().members());
    }

    @Test
    void a_source_that_cannot_even_be_linked_leaves_nothing_open() throws Exception {
        int port;
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = any.getLocalPort();
        }
        ProxyBuilder proxy = Proxy.builder()
                .name("lab")
                .listen("127.0.0.1", port)
                .backend(lab.greeter("a").backend());
        Told ofProxy = new Told(List.of(lab.greeter("a").backend()));
        Route broken = Route.named("broken").serverName("a.example").source(sink -> {
            throw new NoClassDefFoundError("thrown by a test");
        });
        assertThrows(
                NoClassDefFoundError.class,
                () -> lab.start(proxy.source(ofProxy).route(broken)));
        assertEquals(1, ofProxy.closed.get());
        new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }

    @Test
    void a_source_that_cannot_be_closed_does_not_keep_the_proxy_open() throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a")).source(sink -> () -> {
            throw new NoClassDefFoundError("thrown by a test");
        }));
        proxy.stop(Duration.ZERO).toCompletableFuture().get(5, TimeUnit.SECONDS);
        assertEquals(ProxyState.CLOSED, proxy.state());
    }
}
