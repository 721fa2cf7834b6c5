package io.lbkit.core.traffic;

import static io.lbkit.core.wire.Hellos.alpn;
import static io.lbkit.core.wire.Hellos.body;
import static io.lbkit.core.wire.Hellos.extension;
import static io.lbkit.core.wire.Hellos.hello;
import static io.lbkit.core.wire.Hellos.records;
import static io.lbkit.core.wire.Hellos.sni;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.AccessRules;
import io.lbkit.AddressSet;
import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.CloseReason;
import io.lbkit.ConnectFailure;
import io.lbkit.ConnectionInfo;
import io.lbkit.Explanation;
import io.lbkit.FirstBytes;
import io.lbkit.HealthCheck;
import io.lbkit.Listener;
import io.lbkit.PoolMode;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.ProxyObserver;
import io.lbkit.ProxyState;
import io.lbkit.ProxyStats;
import io.lbkit.Route;
import io.lbkit.RouteStats;
import io.lbkit.Selector;
import io.lbkit.SendProxy;
import io.lbkit.SessionReport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes by what clients send first, over real sockets. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RoutingTest {

    private static final int SOME = 50;

    @RegisterExtension
    final Lab lab = new Lab();

    private final Reports reports = new Reports();

    private static byte[] tls(byte[]... extensions) {
        return records(hello(body(extensions)), 1 << 14);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private Route to(String server, Route route) throws IOException {
        return route.backend(lab.greeter(server).backend());
    }

    private Proxy start(ProxyBuilder builder) {
        return lab.start(builder.observer(reports));
    }

    private Client send(Proxy proxy, byte[] bytes) throws IOException {
        Client client = lab.connect(proxy);
        client.socket().getOutputStream().write(bytes);
        return client;
    }

    /** The backend answers with its name, and then with what it was sent. */
    private static Client expectFrom(String server, byte[] sent, Client client) throws IOException {
        assertEquals(server, client.line());
        assertArrayEquals(sent, client.socket().getInputStream().readNBytes(sent.length));
        return client;
    }

    // ---- what a backend is told

    @Test
    void a_header_of_version_2_has_the_server_name_as_authority() throws Exception {
        BlockingQueue<byte[]> first = new LinkedBlockingQueue<>();
        int most = 28 + 3 + 9 + 3 + 8; // addresses, authority, unique id
        TestServer server =
                lab.server("a", socket -> first.add(socket.getInputStream().readNBytes(most)));
        Proxy proxy = start(lab.proxy()
                .route(Route.named("a")
                        .serverName("a.example")
                        .backend(server.backend().sendProxy(SendProxy.V2))));
        send(proxy, tls(sni("a.example")));
        String header = HexFormat.of().formatHex(first.take());
        assertEquals("0d0a0d0a000d0a515549540a21110023", header.substring(0, 32));
        assertEquals("020009" + HexFormat.of().formatHex(ascii("a.example")) + "050008", header.substring(56, 86));
    }

    // ---- how fast

    @Test
    void a_route_has_a_bandwidth_of_its_own() throws Exception {
        Proxy proxy = start(lab.proxy()
                .backend(lab.greeter("other").backend())
                .route(to("ssh", Route.named("ssh").firstBytes(FirstBytes.startingWith(ascii("SSH-"))))
                        .bandwidthToBackend(1024)));
        byte[] plain = ascii("x".repeat(3000));
        expectFrom("other", plain, send(proxy, plain));
        assertEquals(Duration.ZERO, proxy.stats().pool().throttledTime());
        byte[] ssh = ascii("SSH-" + "x".repeat(3000));
        expectFrom("ssh", ssh, send(proxy, ssh)); // which was read to find the route, and is paid for now
        assertEquals(1, proxy.stats().routes().get(0).pool().throttled());
        assertEquals(0, proxy.stats().pool().throttled());
    }

    // ---- where to

    @ParameterizedTest
    @CsvSource({
        "a.example, exact",
        "A.EXAMPLE., exact",
        "x.b.example, wild",
        "y.x.b.example, wild",
        "deep.x.c.example, deep",
        "other.c.example, shallow",
        "b.example, other",
        "c.example, other",
        "nobody.example, other",
        ", other"
    })
    void a_server_name_takes_its_route(String name, String expected) throws Exception {
        Proxy proxy = start(lab.proxy(lab.greeter("other"))
                .route(to("exact", Route.named("exact").serverName("a.example")))
                .route(to("wild", Route.named("wild").serverName("*.b.example")))
                .route(to("shallow", Route.named("shallow").serverName("*.c.example")))
                .route(to("deep", Route.named("deep").serverName("*.x.c.example"))));
        byte[] hello = name == null ? tls(alpn("h2")) : tls(sni(name));
        expectFrom(expected, hello, send(proxy, hello)).end().expectEnd();
        SessionReport report = reports.only();
        String known = name == null ? null : name.equals("A.EXAMPLE.") ? "a.example" : name;
        assertEquals(known, report.serverName());
        String route = expected.equals("other") ? null : expected;
        assertEquals(route, report.route());
        String said = (known == null ? "" : " server-name=" + known) + (route == null ? "" : " route=" + route);
        assertTrue(report.toString().contains(said + " backend=" + expected), report.toString());
        assertEquals(hello.length, report.bytesToBackend());
    }

    @ParameterizedTest
    @CsvSource({
        "a.example, acme-tls/1, acme",
        "b.example, acme-tls/1, acme",
        "a.example, h2 http/1.1, a",
        "a.example, xmpp-client, xmpp",
        "b.example, xmpp-client, other",
        "a.example, xmpp-client acme-tls/1, xmpp",
        "a.example, acme-tls/1 xmpp-client, acme",
        "b.example, h2, other"
    })
    void a_protocol_goes_before_a_name_and_the_client_prefers(String name, String protocols, String expected)
            throws Exception {
        Proxy proxy = start(lab.proxy(lab.greeter("other"))
                .route(to("a", Route.named("a").serverName("a.example")))
                .route(to("acme", Route.named("acme").protocol("acme-tls/1")))
                .route(to("xmpp", Route.named("xmpp").protocol("xmpp-client").serverName("a.example"))));
        byte[] hello = tls(sni(name), alpn(protocols.split(" ")));
        expectFrom(expected, hello, send(proxy, hello));
    }

    @ParameterizedTest
    @CsvSource({"SSH-2.0-x, ssh", "GET /, http", "SSH-1.9, other", "HELO x, other"})
    void a_matcher_takes_its_route(String first, String expected) throws Exception {
        Proxy proxy = start(lab.proxy(lab.greeter("other"))
                .route(to("ssh", Route.named("ssh").firstBytes(FirstBytes.startingWith(ascii("SSH-2.0-")))))
                .route(to("http", Route.named("http").firstBytes(FirstBytes.startingWith(ascii("GET ")))))
                .route(to("tls", Route.named("tls").serverName("a.example"))));
        Client client = lab.connect(proxy);
        for (byte b : ascii(first)) {
            client.socket().getOutputStream().write(b);
        }
        expectFrom(expected, ascii(first), client).end().expectEnd();
        assertNull(reports.only().serverName());
    }

    @Test
    void the_first_matcher_that_knows_it_wins_however_late_it_does() throws Exception {
        Proxy proxy = start(lab.proxy()
                .route(to("long", Route.named("long").firstBytes(FirstBytes.startingWith(ascii("abcdef")))))
                .route(to("short", Route.named("short").firstBytes(FirstBytes.startingWith(ascii("abc"))))));
        Client slow = send(proxy, ascii("abc")).expectSilence();
        slow.socket().getOutputStream().write(ascii("def"));
        expectFrom("long", ascii("abcdef"), slow);
        expectFrom("short", ascii("abcx"), send(proxy, ascii("abcx")));
        expectFrom("short", ascii("abcd"), send(proxy, ascii("abcd")).end());
    }

    @Test
    void a_matcher_that_throws_ends_the_session() throws Exception {
        Proxy proxy =
                start(lab.proxy(lab.greeter("other")).route(Route.named("wrong").firstBytes(bytes -> {
                    throw new IllegalStateException("thrown by a test");
                })));
        send(proxy, ascii("x")).expectReset();
        assertEquals(CloseReason.SELECTOR_FAILED, reports.only().reason());
    }

    @Test
    void a_matcher_cannot_write_to_what_it_is_shown() throws Exception {
        Proxy proxy =
                start(lab.proxy(lab.greeter("other")).route(Route.named("wrong").firstBytes(bytes -> {
                    assertThrows(java.nio.ReadOnlyBufferException.class, () -> bytes.put(0, (byte) 0));
                    bytes.position(bytes.limit());
                    return FirstBytes.Verdict.DIFFERENT;
                })));
        expectFrom("other", ascii("whole"), send(proxy, ascii("whole")));
    }

    @Test
    void what_nobody_wants_ends_with_no_route() throws Exception {
        Proxy proxy = start(lab.proxy().route(to("a", Route.named("a").serverName("a.example"))));
        send(proxy, tls(sni("b.example"))).expectReset();
        assertEquals(CloseReason.NO_ROUTE, reports.only().reason());
        assertEquals("b.example", reports.only().serverName());
        send(proxy, ascii("GET / HTTP/1.0\r\n\r\n")).expectReset();
        lab.connect(proxy).end().expectReset();
        reports.awaitClosed(3);
        assertEquals(3, proxy.stats().closed(CloseReason.NO_ROUTE));
    }

    @Test
    void backends_of_the_proxy_itself_that_come_later_are_the_default_route() throws Exception {
        Proxy proxy = start(lab.proxy().route(to("a", Route.named("a").serverName("a.example"))));
        proxy.backends()
                .add(lab.greeter("late").backend())
                .toCompletableFuture()
                .get();
        expectFrom("late", ascii("x"), send(proxy, ascii("x")));
        proxy.backends().drain("late");
        Lab.patiently().until(() -> proxy.stats().backends().get(0).state() == BackendState.DRAINING);
        send(proxy, ascii("x")).expectReset();
        assertEquals(CloseReason.NO_BACKEND, reports.only().reason());
    }

    @Test
    void a_client_that_ends_its_stream_too_early_takes_the_default_route() throws Exception {
        Proxy proxy = start(
                lab.proxy(lab.greeter("other")).route(to("a", Route.named("a").serverName("a.example"))));
        byte[] half = Arrays.copyOf(tls(sni("a.example")), 30);
        expectFrom("other", half, send(proxy, half).end()).expectEnd();
        expectFrom("other", new byte[0], lab.connect(proxy).end()).expectEnd();
    }

    @ParameterizedTest
    @ValueSource(strings = {"16030100000100", "160301000402000000", "1603010004010fffff"})
    void malformed_tls_never_reaches_a_backend(String hex) throws Exception {
        TestServer server = lab.greeter("other");
        Proxy proxy = start(lab.proxy(server).route(to("a", Route.named("a").serverName("a.example"))));
        send(proxy, java.util.HexFormat.of().parseHex(hex)).expectReset();
        assertEquals(CloseReason.PRELUDE_REJECTED, reports.only().reason());
        assertEquals(0, server.accepted());
    }

    @Test
    void a_reset_within_a_hello_is_the_clients() throws Exception {
        Proxy proxy = start(lab.proxy().route(to("a", Route.named("a").serverName("a.example"))));
        Client client = send(proxy, Arrays.copyOf(tls(sni("a.example")), 30)).expectSilence();
        client.reset();
        assertEquals(CloseReason.RESET_BY_CLIENT, reports.only().reason());
    }

    // ---- however it comes

    @Test
    void a_hello_may_be_cut_at_every_byte() throws Exception {
        Proxy proxy = start(lab.proxy().route(to("a", Route.named("a").serverName("a.example"))));
        byte[] hello = tls(sni("a.example"), alpn("h2"));
        List<Client> clients = new ArrayList<>();
        for (int cut = 1; cut < hello.length; cut++) {
            clients.add(send(proxy, Arrays.copyOf(hello, cut)));
        }
        clients.get(clients.size() - 1).expectSilence(); // all have been read, and none was decided
        for (int i = 0; i < clients.size(); i++) {
            clients.get(i).socket().getOutputStream().write(hello, i + 1, hello.length - i - 1);
            expectFrom("a", hello, clients.get(i));
        }
    }

    @Test
    void a_hello_may_come_in_up_to_20_records() throws Exception {
        Proxy proxy = start(lab.proxy().route(to("a", Route.named("a").serverName("a.example"))));
        SplittableRandom random = new SplittableRandom(5);
        for (int most = 1; most <= 20; most++) {
            byte[] hello = records(hello(body(sni("a.example"), extension(21, new int[5000]))), most, random);
            Client client = lab.connect(proxy);
            for (int at = 0; at < hello.length; ) {
                int size = Math.min(hello.length - at, 1 + random.nextInt(2000));
                client.socket().getOutputStream().write(hello, at, size);
                at += size;
            }
            expectFrom("a", hello, client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16_000, 16_384, 17_000, 40_000, 64_000})
    void a_hello_may_be_larger_than_a_small_buffer(int bytes) throws Exception {
        Proxy proxy = start(lab.proxy().route(to("a", Route.named("a").serverName("a.example"))));
        byte[] hello = tls(extension(21, new int[bytes]), sni("a.example"));
        Client client = lab.connect(proxy);
        for (int at = 0; at < hello.length; at += 1000) {
            client.socket().getOutputStream().write(hello, at, Math.min(1000, hello.length - at));
        }
        expectFrom("a", hello, client).end().expectEnd();
        assertEquals(hello.length, reports.only().bytesToBackend());
    }

    @Test
    void a_hello_is_bounded_by_the_largest_buffer() throws Exception {
        Proxy proxy = start(lab.proxy()
                .limits(limits -> limits.bufferBytes(4096))
                .route(to("a", Route.named("a").serverName("a.example"))));
        byte[] longest = tls(extension(21, new int[2900]), sni("a.example"));
        expectFrom("a", longest, send(proxy, longest)).end().expectEnd();
        send(proxy, tls(extension(21, new int[3072]), sni("a.example"))).expectReset();
        assertEquals(CloseReason.PRELUDE_REJECTED, reports.awaitClosed(2).get(1).reason());
    }

    @Test
    void a_matcher_that_never_has_enough_is_asked_no_more_at_the_bound() throws Exception {
        Proxy proxy = start(lab.proxy(lab.greeter("other"))
                .limits(limits -> limits.bufferBytes(4096))
                .route(to("a", Route.named("a").firstBytes(bytes -> FirstBytes.Verdict.NEEDS_MORE))));
        byte[] much = new byte[3072];
        Client client = send(proxy, Arrays.copyOf(much, 3071)).expectSilence();
        client.socket().getOutputStream().write(0);
        expectFrom("other", much, client);
    }

    @Test
    void what_follows_the_hello_in_one_segment_follows_it_to_the_backend() throws Exception {
        Proxy proxy = start(lab.proxy().route(to("a", Route.named("a").serverName("a.example"))));
        byte[] hello = tls(sni("a.example"));
        byte[] all = Arrays.copyOf(hello, 500_000);
        Arrays.fill(all, hello.length, all.length, (byte) 7);
        Client client = lab.connect(proxy);
        Thread writer = new Thread(() -> {
            try {
                client.socket().getOutputStream().write(all);
                client.end();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        writer.start();
        expectFrom("a", all, client).expectEnd();
        writer.join();
    }

    // ---- with the rest of the prelude

    @Test
    void a_proxy_header_goes_before_the_hello_wherever_they_are_cut() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        Selector selector = (candidates, client) -> {
            seen.add(client.clientAddress() + " " + client.serverName());
            return 0;
        };
        Proxy proxy = start(Proxy.builder()
                .name("lab")
                .listen(Listener.on("127.0.0.1", 0).acceptProxy())
                .route(to("a", Route.named("a").serverName("a.example").selector(selector))));
        byte[] header = ascii("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n");
        byte[] hello = tls(sni("a.example"));
        byte[] all = Arrays.copyOf(header, header.length + hello.length);
        System.arraycopy(hello, 0, all, header.length, hello.length);
        for (int cut = 0; cut <= all.length; cut += 6) {
            Client client = send(proxy, Arrays.copyOf(all, cut));
            client.socket().getOutputStream().write(all, cut, all.length - cut);
            expectFrom("a", hello, client).end().expectEnd();
            assertEquals("/192.168.0.1:56324 a.example", seen.take());
        }
        assertEquals(hello.length, reports.closed().get(0).bytesToBackend());
    }

    @Test
    void who_is_denied_is_gone_before_a_hello_is_waited_for() throws Exception {
        Proxy proxy = start(lab.proxy()
                .access(AccessRules.NONE.deny(AddressSet.of("127.0.0.0/8")))
                .route(to("a", Route.named("a").serverName("a.example"))));
        lab.connect(proxy).expectReset();
        assertEquals(CloseReason.ACCESS_DENIED, reports.only().reason());
    }

    @Test
    void a_drip_does_not_push_the_deadline_out() throws Exception {
        Duration limit = Duration.ofMillis(500);
        Proxy proxy = start(lab.proxy(lab.greeter("other"))
                .limits(limits -> limits.preludeTimeout(limit))
                .route(to("a", Route.named("a").serverName("a.example"))));
        byte[] hello = tls(sni("a.example"));
        Client client = lab.connect(proxy);
        try {
            for (int i = 0; i < hello.length - 1; i++) {
                client.socket().getOutputStream().write(hello[i]);
                client.expectSilence();
            }
        } catch (IOException | AssertionError reset) {
            // The reset has come in the midst of it.
        }
        SessionReport report = reports.only();
        assertEquals(CloseReason.PRELUDE_TIMEOUT, report.reason());
        assertTrue(report.duration().compareTo(limit) >= 0, report.toString());
        assertTrue(report.duration().compareTo(limit.plusSeconds(2)) < 0, report.toString());
    }

    @Test
    void three_hundred_clients_stuck_in_a_hello_are_gone_in_time_and_slow_nobody() throws Exception {
        Duration limit = Duration.ofSeconds(3);
        Proxy proxy = start(lab.proxy()
                .limits(limits -> limits.preludeTimeout(limit))
                .route(to("a", Route.named("a").serverName("a.example"))));
        byte[] hello = tls(sni("a.example"));
        expectFrom("a", hello, send(proxy, hello)).end().expectEnd();
        long alone = medianOfSome(proxy, hello);
        List<Client> stuck = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            stuck.add(send(proxy, Arrays.copyOf(hello, 1 + i % (hello.length - 1))));
        }
        long beside = medianOfSome(proxy, hello);
        Lab.patiently().until(() -> proxy.stats().active() == 300); // all of them are still there
        for (Client client : stuck) {
            client.expectReset();
        }
        reports.awaitTooLate(1 + 2 * SOME + 300, 300, limit);
        System.out.printf("median of a session: %d us alone, %d us beside 300 that are stuck%n", alone, beside);
        assertTrue(beside < Math.max(10 * alone, 50_000), beside + " us, and " + alone + " us alone");
    }

    /** The median time of a session, in microseconds. */
    private long medianOfSome(Proxy proxy, byte[] hello) throws IOException {
        long[] micros = new long[SOME];
        for (int i = 0; i < SOME; i++) {
            long begun = System.nanoTime();
            expectFrom("a", hello, send(proxy, hello)).end().expectEnd();
            micros[i] = (System.nanoTime() - begun) / 1000;
        }
        Arrays.sort(micros);
        return micros[SOME / 2];
    }

    // ---- pools

    @Test
    void each_route_has_checks_and_states_of_its_own() throws Exception {
        AtomicBoolean well = new AtomicBoolean(true);
        HealthCheck check = HealthCheck.test(backend -> well.get())
                .interval(Duration.ofMillis(50))
                .rise(1)
                .fall(1);
        Set<String> askedByProxys = ConcurrentHashMap.newKeySet();
        HealthCheck proxys = HealthCheck.test(backend -> askedByProxys.add(backend.id()) || true)
                .interval(Duration.ofMillis(50));
        Proxy proxy = start(lab.proxy(lab.greeter("x"))
                .healthCheck(proxys)
                .route(to("x", Route.named("a").serverName("a.example").healthCheck(check)))
                .route(to("y", Route.named("b").serverName("b.example"))));
        Lab.patiently().until(() -> askedByProxys.equals(Set.of("x", "y")));
        well.set(false);
        Lab.patiently().until(() -> stateOf(proxy.stats(), 0) == BackendState.DOWN);
        Lab.patiently().until(() -> proxy.stats().routes().get(0).pool().mode() == PoolMode.FAIL_OPEN);
        ProxyStats stats = proxy.stats();
        assertEquals(BackendState.UP, stats.backends().get(0).state(), "of the same id, in another pool");
        assertEquals(BackendState.UP, stateOf(stats, 1));
        assertEquals(0, stats.routes().get(0).pool().serving());
        assertEquals(PoolMode.FAIL_OPEN, stats.routes().get(0).pool().mode());
        byte[] hello = tls(sni("a.example"));
        expectFrom("x", hello, send(proxy, hello));
        assertEquals(1, proxy.stats().routes().get(0).pool().failOpenPicks());
        assertEquals(0, proxy.stats().pool().failOpenPicks());
        well.set(true);
        Lab.patiently().until(() -> stateOf(proxy.stats(), 0) == BackendState.UP);
    }

    private static BackendState stateOf(ProxyStats stats, int route) {
        return stats.routes().get(route).backends().get(0).state();
    }

    @Test
    void the_backends_of_a_route_change_while_it_runs() throws Exception {
        Proxy proxy = start(lab.proxy(lab.greeter("x"))
                .route(Route.named("a").serverName("a.example"))
                .route(to("y", Route.named("b").serverName("b.example"))));
        byte[] hello = tls(sni("a.example"));
        send(proxy, hello).expectReset();
        assertEquals(CloseReason.NO_BACKEND, reports.only().reason(), "a route of its own, and nobody there");
        Backend x = lab.greeter("new").backend().id("x"); // as one of the proxy itself
        assertEquals(x, proxy.backends("a").add(x).toCompletableFuture().get());
        Client kept = expectFrom("new", hello, send(proxy, hello));
        assertEquals(List.of(x), proxy.backends("a").list());
        assertEquals(1, proxy.backends().list().size());
        assertEquals(0, proxy.stats().backends().get(0).active());

        var drained = proxy.backends("a").drain("x").toCompletableFuture();
        Lab.patiently().until(() -> stateOf(proxy.stats(), 0) == BackendState.DRAINING);
        send(proxy, hello).expectReset();
        assertEquals(BackendState.UP, proxy.stats().backends().get(0).state());
        assertTrue(!drained.isDone());
        kept.ping("still here").end().expectEnd();
        assertEquals(1, drained.get().finished());

        Client cut = expectFrom("y", tls(sni("b.example")), send(proxy, tls(sni("b.example"))));
        proxy.backends("b").remove("y", Duration.ZERO);
        cut.expectReset();
        assertEquals(
                "route is c, must be one of [a, b]",
                assertThrows(IllegalArgumentException.class, () -> proxy.backends("c"))
                        .getMessage());
    }

    @Test
    void the_counters_of_each_route_are_its_own() throws Exception {
        Proxy proxy = start(lab.proxy(lab.greeter("x"))
                .route(to("a", Route.named("a").serverName("a.example")))
                .route(to("b", Route.named("b").serverName("b.example"))));
        byte[] hello = tls(sni("b.example"));
        Client client = expectFrom("b", hello, send(proxy, hello));
        ProxyStats stats = proxy.stats();
        assertEquals(
                List.of("a", "b"), stats.routes().stream().map(RouteStats::name).toList());
        assertEquals(1, stats.routes().get(1).backends().get(0).active());
        assertEquals(0, stats.routes().get(0).backends().get(0).active());
        assertEquals(0, stats.backends().get(0).active());
        assertEquals(1, stats.routes().get(1).pool().members());
        assertEquals(1, stats.active());
        client.end().expectEnd();
    }

    @Test
    void what_an_observer_is_told_names_the_route() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        ProxyObserver observer = new ProxyObserver() {
            @Override
            public void onConnected(ConnectionInfo client, Backend backend) {
                told.add(client.route() + " connected " + backend.id());
            }

            @Override
            public void onConnectFailed(ConnectFailure failure) {
                told.add(failure.route() + " failed " + failure.backend().id());
            }

            @Override
            public void onClosed(SessionReport report) {
                told.add(report.route() + " closed " + report.reason());
            }

            @Override
            public void onBackendChanged(String route, Backend backend, BackendState state) {
                told.add(route + " changed " + backend.id() + " " + state);
            }

            @Override
            public void onPoolChanged(String route, PoolMode mode, int priority) {
                told.add(route + " is " + mode);
            }
        };
        Backend refuses = lab.refusing().id("gone");
        Proxy proxy = lab.start(lab.proxy(lab.greeter("x"))
                .observer(observer)
                .route(Route.named("a").serverName("a.example").backend(refuses)));
        send(proxy, tls(sni("a.example"))).expectReset();
        assertEquals("a failed gone", told.take());
        assertEquals("a closed CONNECT_FAILED", told.take());
        proxy.backends("a").update(refuses.weight(0)).toCompletableFuture().get();
        assertEquals("a is EMPTY", told.take());
        proxy.backends("a").remove("gone");
        assertEquals("a changed gone REMOVED", told.take());
        expectFrom("x", ascii("hi"), send(proxy, ascii("hi"))).end().expectEnd();
        assertEquals("null connected x", told.take());
        assertEquals("null closed COMPLETED", told.take());
        proxy.backends().drain("x");
        assertEquals("null changed x DRAINING", told.take());
        assertEquals("null is EMPTY", told.take());
    }

    @Test
    void a_selector_is_told_the_route_and_the_name_and_asked_the_same_by_an_explanation() throws Exception {
        BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        Selector selector = (candidates, client) -> {
            asked.add(client.route() + " " + client.serverName());
            return 0;
        };
        Proxy proxy = start(lab.proxy(lab.greeter("x"))
                .route(to("a", Route.named("a").serverName("*.example").selector(selector)))
                .route(to("h2", Route.named("h2").protocol("h2"))));
        SocketAddress client = new InetSocketAddress("10.1.2.3", 4711);

        expectFrom("a", tls(sni("w.example")), send(proxy, tls(sni("w.example"))));
        Explanation byName =
                proxy.explain(client, "W.EXAMPLE.").toCompletableFuture().get();
        assertEquals(List.of("a w.example", "a w.example"), List.of(asked.take(), asked.take()));
        assertEquals("a", byName.route());
        assertEquals("a", byName.chosen().id());
        assertEquals(1, byName.backends().size(), "those of the other pools have nothing to do with it");
        assertEquals("weight 1, sessions 1", byName.backends().get(0).why());
        Explanation byProtocol = proxy.explain(client, "w.example", "http/1.1", "h2")
                .toCompletableFuture()
                .get();
        assertEquals("h2", byProtocol.route());
        Explanation nobodys =
                proxy.explain(client, "other").toCompletableFuture().get();
        assertNull(nobodys.route());
        assertEquals("x", nobodys.chosen().id());
        assertEquals(
                "x", proxy.explain(client).toCompletableFuture().get().chosen().id());
        assertEquals(
                "a",
                proxy.backends("a").explain(client).toCompletableFuture().get().route());
        assertEquals("a null", asked.take());
        assertEquals(
                "server name is \"a b\", must be a host name",
                assertThrows(IllegalArgumentException.class, () -> proxy.explain(client, "a b"))
                        .getMessage());
    }

    @Test
    void who_has_no_route_would_get_nobody() throws Exception {
        Proxy proxy = start(lab.proxy().route(to("a", Route.named("a").serverName("a.example"))));
        Explanation lost = proxy.explain(new InetSocketAddress("10.1.2.3", 4711), "b.example")
                .toCompletableFuture()
                .get();
        assertNull(lost.route());
        assertNull(lost.chosen());
        assertEquals(PoolMode.EMPTY, lost.mode());
    }

    @Test
    void each_route_has_a_queue_of_its_own() throws Exception {
        Proxy proxy = start(lab.proxy(lab.greeter("x"))
                .limits(limits -> limits.queueCapacity(1))
                .route(Route.named("a")
                        .serverName("a.example")
                        .backend(lab.greeter("a").backend().maxConnections(1)))
                .route(to("b", Route.named("b").serverName("b.example"))));
        byte[] a = tls(sni("a.example"));
        Client first = expectFrom("a", a, send(proxy, a));
        Client second = send(proxy, a);
        Lab.patiently().until(() -> proxy.stats().queued() == 1);
        assertEquals(1, proxy.stats().routes().get(0).queued());
        assertEquals(0, proxy.stats().routes().get(1).queued());
        expectFrom("x", ascii("x"), send(proxy, ascii("x")));
        byte[] b = tls(sni("b.example"));
        expectFrom("b", b, send(proxy, b));
        first.end().expectEnd();
        expectFrom("a", a, second);
    }

    @Test
    void a_stop_waits_for_the_sessions_of_all_routes_and_cuts_them_in_the_end() throws Exception {
        Proxy proxy = start(lab.proxy(lab.greeter("x"))
                .route(to("a", Route.named("a").serverName("a.example")))
                .route(to("b", Route.named("b").serverName("b.example"))));
        byte[] a = tls(sni("a.example"));
        byte[] b = tls(sni("b.example"));
        Client finishes = expectFrom("a", a, send(proxy, a));
        Client stays = expectFrom("b", b, send(proxy, b));
        var stopped = proxy.stop(Duration.ofSeconds(30)).toCompletableFuture();
        Lab.patiently().until(() -> proxy.state() == ProxyState.DRAINING);
        finishes.ping("still here").end().expectEnd();
        assertTrue(!stopped.isDone());
        proxy.stop(Duration.ZERO);
        stays.expectReset();
        assertEquals(1, stopped.get().cut());
        assertEquals(1, stopped.get().finished());
    }
}
