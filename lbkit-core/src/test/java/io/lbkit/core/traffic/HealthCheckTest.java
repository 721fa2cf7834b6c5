package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.AgentCheck;
import io.lbkit.AgentStats;
import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.CheckStats;
import io.lbkit.HealthCheck;
import io.lbkit.HealthQuestion.Exchange;
import io.lbkit.HealthQuestion.HttpGet;
import io.lbkit.Proxy;
import io.lbkit.Selector;
import io.lbkit.core.traffic.Moody.Mood;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Health checks and agents over real sockets and threads. That they are in time is shown in virtual time. */
class HealthCheckTest {

    private static final Selector IN_ORDER = (candidates, client) -> 0;

    private static final HealthCheck HTTP = quick(HealthCheck.http("/health"));

    @RegisterExtension
    final Lab lab = new Lab();

    private static HealthCheck quick(HealthCheck check) {
        return check.interval(ofMillis(50)).fastInterval(ofMillis(10)).timeout(ofMillis(150));
    }

    private static CheckStats check(Proxy proxy, int backend) {
        CheckStats stats = proxy.stats().backends().get(backend).check();
        assertNotNull(stats);
        return stats;
    }

    private static boolean isUp(Proxy proxy, int backend) {
        return proxy.stats().backends().get(backend).state() == BackendState.UP;
    }

    private String ask(Proxy proxy) throws IOException {
        String answer = lab.connect(proxy).send("GET / HTTP/1.1\r\n\r\n").end().rest();
        return answer.substring(answer.lastIndexOf('\n') + 1);
    }

    @ParameterizedTest
    @EnumSource(names = {"FROZEN", "SILENT", "UNREACHABLE"})
    void a_backend_that_hangs_is_found_and_comes_back(Mood mood) throws Exception {
        Moody a = lab.closing(new Moody("a"));
        Moody b = lab.closing(new Moody("b"));
        Proxy proxy = lab.start(lab.proxy()
                .backend(a.backend())
                .backend(b.backend())
                .selector(IN_ORDER)
                .healthCheck(HTTP));
        patiently().until(() -> check(proxy, 0).passed() >= 2);
        assertEquals("a", ask(proxy));

        a.feels(mood);
        patiently().until(() -> !isUp(proxy, 0));
        assertEquals("b", ask(proxy));
        assertTrue(check(proxy, 0).failed() >= 3);

        a.feels(Mood.WELL);
        patiently().until(() -> isUp(proxy, 0));
        assertEquals("a", ask(proxy));
        assertTrue(isUp(proxy, 1));
    }

    @Test
    void checks_end_with_an_end_and_not_with_a_reset() throws Exception {
        Moody moody = lab.closing(new Moody("m"));
        Proxy proxy = lab.start(lab.proxy().backend(moody.backend()).healthCheck(HTTP.interval(ofMillis(10))));
        patiently().until(() -> moody.ends.get() >= 50);
        moody.feels(Mood.UNWELL);
        int ends = moody.ends.get();
        patiently().until(() -> moody.ends.get() >= ends + 20);
        assertEquals(List.of(), moody.failures);
        assertEquals("GET /health HTTP/1.1", moody.requests.get(0));
        assertEquals("status 503", check(proxy, 0).last());
    }

    @Test
    void a_server_that_greets_is_not_reset_by_a_check_that_only_connects() throws Exception {
        List<IOException> failures = new CopyOnWriteArrayList<>();
        AtomicInteger ends = new AtomicInteger();
        TestServer greeter = lab.server("greeter", socket -> {
            try {
                socket.getOutputStream().write("220 welcome\r\n".repeat(100).getBytes());
                while (socket.getInputStream().read() >= 0) {}
                ends.incrementAndGet();
            } catch (IOException e) {
                failures.add(e);
            }
        });
        HealthCheck tcp = quick(HealthCheck.tcp()).interval(ofMillis(10));
        Proxy proxy = lab.start(lab.proxy(greeter).healthCheck(tcp));
        patiently().until(() -> ends.get() >= 50);
        assertEquals(List.of(), failures);
        assertEquals("connected", check(proxy, 0).last());
    }

    @Test
    void an_exchange_finds_the_one_that_is_the_master() throws Exception {
        TestServer replica = redis("replica", "*3\r\n$5\r\nslave\r\n");
        TestServer master = redis("master", "*3\r\n$6\r\nmaster\r\n");
        HealthCheck role =
                quick(HealthCheck.of(Exchange.of("ROLE\r\n", "$6\r\nmaster").anywhere()));
        Proxy proxy = lab.start(lab.proxy(replica, master).selector(IN_ORDER).healthCheck(role));
        patiently().until(() -> !isUp(proxy, 0) && check(proxy, 1).passed() > 0);
        Client client = lab.connect(proxy).send("ROLE\r\n");
        assertEquals("*3\r", client.line());
        assertEquals("$6\r", client.line());
    }

    private TestServer redis(String name, String role) throws IOException {
        return lab.server(name, socket -> {
            byte[] question = new byte[6];
            while (socket.getInputStream().readNBytes(question, 0, 6) == 6) {
                socket.getOutputStream().write(role.getBytes());
            }
        });
    }

    @Test
    void a_text_in_a_chunked_body_on_another_port_decides() throws Exception {
        TestServer database = lab.greeter("db");
        TestServer status = lab.server("status", socket -> {
            byte[] request = new byte[4];
            socket.getInputStream().readNBytes(request, 0, 4);
            socket.getOutputStream()
                    .write(
                            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nrole\r\n8\r\n:primary\r\n0\r\n\r\n")
                                    .getBytes());
            socket.shutdownOutput();
            while (socket.getInputStream().read() >= 0) {}
        });
        HealthCheck primary = quick(HealthCheck.of(HttpGet.of("/").body("role:primary")))
                .port(status.address().getPort());
        Proxy proxy = lab.start(lab.proxy(database).healthCheck(primary.initiallyUp(false)));
        patiently().until(() -> isUp(proxy, 0));
        assertEquals("status 200 with the expected text", check(proxy, 0).last());
        assertEquals("db", lab.connect(proxy).line());
    }

    @Test
    void a_backend_behind_a_unix_domain_socket_is_checked_there_or_at_a_port(@TempDir Path dir) throws Exception {
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of(dir.resolve("s"));
        ServerSocketChannel listener = lab.closing(ServerSocketChannel.open(StandardProtocolFamily.UNIX));
        listener.bind(path);
        AtomicInteger ends = new AtomicInteger();
        Thread acceptor = new Thread(() -> acceptAll(listener, ends), "unix");
        acceptor.setDaemon(true);
        acceptor.start();
        Backend backend = Backend.of(path).id("u");
        HealthCheck pong = quick(HealthCheck.exchange("PING", "PING"));
        Proxy there = lab.start(lab.proxy().backend(backend).healthCheck(pong.initiallyUp(false)));
        patiently().until(() -> isUp(there, 0) && ends.get() > 3);

        Moody moody = lab.closing(new Moody("m"));
        HealthCheck beside = HTTP.port(moody.address().getPort());
        Proxy atPort = lab.start(lab.proxy().backend(backend).healthCheck(beside.initiallyUp(false)));
        patiently().until(() -> isUp(atPort, 0));
        listener.close();
        patiently().until(() -> !isUp(there, 0));
        assertEquals("refused", check(there, 0).last());
        assertTrue(isUp(atPort, 0));
    }

    private static void acceptAll(ServerSocketChannel listener, AtomicInteger ends) {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        try {
            while (true) {
                try (SocketChannel channel = listener.accept()) {
                    while (channel.read(buffer.clear()) >= 0) {
                        channel.write(buffer.flip());
                    }
                    ends.incrementAndGet();
                }
            }
        } catch (IOException e) {
            // closed
        }
    }

    @Test
    void checks_under_way_end_with_the_proxy() throws Exception {
        for (Mood mood : List.of(Mood.FROZEN, Mood.SILENT, Mood.UNREACHABLE, Mood.WELL)) {
            Moody moody = lab.closing(new Moody("m"));
            moody.feels(mood);
            HealthCheck slow = HTTP.timeout(ofSeconds(60)).initiallyUp(false);
            Proxy proxy = lab.start(lab.proxy().backend(moody.backend()).healthCheck(slow));
            if (mood == Mood.SILENT || mood == Mood.WELL) {
                patiently().until(() -> !moody.requests.isEmpty());
            }
            proxy.close(); // what is left is seen by the lab
        }
    }

    // ---- the host's own

    @Test
    void the_host_decides_by_itself() throws Exception {
        Set<String> unwell = ConcurrentHashMap.newKeySet();
        unwell.add("a");
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"), lab.greeter("b"))
                .selector(IN_ORDER)
                .healthCheck(quick(HealthCheck.test(backend -> !unwell.contains(backend.id())))));
        patiently().until(() -> !isUp(proxy, 0));
        assertEquals("not well", check(proxy, 0).last());
        assertEquals("b", lab.connect(proxy).line());
        unwell.clear();
        patiently().until(() -> isUp(proxy, 0));
        assertEquals("well", check(proxy, 0).last());
    }

    @Test
    void a_host_that_throws_or_answers_nothing_fails_the_check() throws Exception {
        HealthCheck odd = quick(HealthCheck.testAsync(backend -> switch (backend.id()) {
            case "throws" -> throw new IllegalStateException("no \u001b[31midea");
            case "fails" -> CompletableFuture.failedStage(new IOException("down"));
            case "null" -> null;
            case "nothing" -> CompletableFuture.completedStage(null);
            default -> new CompletableFuture<>();
        }));
        List<String> ids = List.of("throws", "fails", "null", "nothing", "never");
        TestServer server = lab.greeter("s");
        Proxy proxy = lab.start(lab.proxy()
                .backends(ids.stream().map(server.backend()::id).toList())
                .healthCheck(odd));
        for (int i = 0; i < ids.size(); i++) {
            int index = i;
            patiently().until(() -> !isUp(proxy, index));
        }
        assertEquals(
                "the host's check threw java.lang.IllegalStateException: no \\u001b[31midea",
                check(proxy, 0).last());
        assertEquals(
                "the host's check threw java.io.IOException: down",
                check(proxy, 1).last());
        assertTrue(check(proxy, 2).last().startsWith("the host's check threw java.lang.NullPointerException"));
        assertEquals("not well", check(proxy, 3).last());
        assertEquals("no answer within 150 ms", check(proxy, 4).last());
    }

    @Test
    void two_calls_that_hang_for_ever_leave_the_others_their_checks() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        Set<Thread> hanging = ConcurrentHashMap.newKeySet();
        AtomicInteger calls = new AtomicInteger();
        HealthCheck check = quick(HealthCheck.test(backend -> {
            if (backend.id().startsWith("hangs")) {
                calls.incrementAndGet();
                hanging.add(Thread.currentThread());
                waitThroughInterrupts(released);
            }
            return true;
        }));
        TestServer server = lab.greeter("s");
        List<String> ids = List.of("hangs1", "hangs2", "a", "b", "c", "d");
        Proxy proxy = lab.start(lab.proxy()
                .backends(ids.stream().map(server.backend()::id).toList())
                .healthCheck(check));
        patiently().until(() -> !isUp(proxy, 0) && !isUp(proxy, 1));
        assertEquals("the last call has not returned", check(proxy, 0).last());
        for (int i = 2; i < ids.size(); i++) {
            long passed = check(proxy, i).passed();
            int index = i;
            patiently().until(() -> check(proxy, index).passed() > passed + 2);
            assertEquals(0, check(proxy, i).failed());
        }
        assertEquals(2, calls.get(), "no second call while the first hangs");
        assertEquals(2, hanging.size());
        released.countDown();
        patiently().until(() -> isUp(proxy, 0) && isUp(proxy, 1));
    }

    private static void waitThroughInterrupts(CountDownLatch released) {
        while (true) {
            try {
                released.await();
                return;
            } catch (InterruptedException e) {
                // a host that does not care
            }
        }
    }

    @Test
    void a_call_that_takes_too_long_is_interrupted() throws Exception {
        AtomicInteger interrupted = new AtomicInteger();
        HealthCheck check = quick(HealthCheck.test(backend -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
            }
            return true;
        }));
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a")).healthCheck(check));
        patiently().until(() -> !isUp(proxy, 0));
        patiently().until(() -> interrupted.get() >= 3); // the threads notice a moment later
        assertEquals("no answer within 150 ms", check(proxy, 0).last());
    }

    // ---- agents

    @Test
    void what_agents_say_is_counted() throws Exception {
        TestServer server = lab.greeter("a");
        TestServer agent = lab.server("agent", socket -> {
            socket.getOutputStream().write("up 50% \u001b[2J\n".getBytes());
            while (socket.getInputStream().read() >= 0) {}
        });
        AgentCheck check = AgentCheck.port(agent.address().getPort())
                .interval(ofMillis(50))
                .timeout(ofMillis(150));
        Proxy proxy = lab.start(lab.proxy(server).agentCheck(check));
        patiently().until(() -> agent(proxy).answers() > 2);
        agent.kill();
        patiently().until(() -> agent(proxy).unreachable() > 1);
        AgentStats stats = agent(proxy);
        assertEquals(stats.answers(), stats.misunderstood());
        assertEquals("up 50% \\u001b[2J", stats.last());
        assertTrue(isUp(proxy, 0), "an agent that cannot be reached changes nothing");
    }

    private static AgentStats agent(Proxy proxy) {
        AgentStats stats = proxy.stats().backends().get(0).agent();
        assertNotNull(stats);
        return stats;
    }
}
