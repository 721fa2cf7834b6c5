package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.selector.Selectors;
import java.lang.reflect.InvocationTargetException;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the builder takes, what it refuses, and what it hands to the engine. */
class ProxyBuilderTest {

    @Test
    void everything_but_listen_has_a_default() {
        ProxyConfig config = started(Proxy.builder().listen("127.0.0.1", 0));
        assertEquals("lbkit", config.name());
        assertEquals(List.of(new Listener(new InetSocketAddress("127.0.0.1", 0), 1024)), config.listeners());
        assertEquals(List.of(), config.backends());
        assertEquals(Selectors.powerOfTwo().getClass(), config.selector().getClass());
        assertSame(Limits.DEFAULT, config.limits());
        assertSame(ProxyObserver.NONE, config.observer());
        assertSame(OutlierPolicy.DEFAULT, config.outliers());
        assertSame(SlowStart.OFF, config.slowStart());
        assertSame(Failover.DEFAULT, config.failover());
        assertNull(config.source());
        assertEquals(Math.min(4, Runtime.getRuntime().availableProcessors()), config.loops());
        assertNull(config.healthCheck());
        assertNull(config.agentCheck());
        assertSame(SessionPolicy.KEEP, config.onBackendDown());
        assertSame(SessionPolicy.KEEP, config.onBackendDrained());
        assertSame(SessionPolicy.KEEP, config.onBackendRemoved());
        assertSame(Rebalance.OFF, config.rebalance());
    }

    @Test
    void what_was_said_reaches_the_engine() {
        HealthCheck healthCheck = HealthCheck.tcp();
        AgentCheck agentCheck = AgentCheck.port(9999);
        Selector selector = (candidates, client) -> 0;
        ProxyObserver observer = new ProxyObserver() {};
        SlowStart slowStart = SlowStart.over(Duration.ofSeconds(30));
        Failover failover = Failover.DEFAULT.failOpen(false);
        BackendSource source = sink -> () -> {};
        ProxyConfig config = started(Proxy.builder()
                .name("front")
                .listen("127.0.0.1", 80)
                .listen(new InetSocketAddress("127.0.0.1", 81))
                .listen(new Listener(UnixDomainSocketAddress.of("/run/front.sock"), 5))
                .backend("127.0.0.1", 1)
                .backends(List.of(Backend.of("127.0.0.1", 2), Backend.of("127.0.0.1", 3)))
                .selector(selector)
                .limits(l -> l.maxConnections(500))
                .limits(l -> l.idleTimeout(Duration.ofMinutes(1)))
                .observer(observer)
                .outliers(OutlierPolicy.OFF)
                .slowStart(slowStart)
                .failover(failover)
                .source(source)
                .healthCheck(healthCheck)
                .agentCheck(agentCheck)
                .loops(3)
                .onBackendDown(SessionPolicy.CUT)
                .onBackendDrained(SessionPolicy.cutAfter(Duration.ofMinutes(1)))
                .onBackendRemoved(SessionPolicy.cutAfter(Duration.ofSeconds(1)))
                .rebalance(Rebalance.perSecond(5).tolerance(20)));
        assertSame(healthCheck, config.healthCheck());
        assertSame(agentCheck, config.agentCheck());
        assertEquals("front", config.name());
        assertEquals(
                "[127.0.0.1:80, 127.0.0.1:81, unix:/run/front.sock]",
                config.listeners().toString());
        assertEquals(5, config.listeners().get(2).backlog());
        assertEquals(
                "[127.0.0.1:1, 127.0.0.1:2, 127.0.0.1:3]", config.backends().toString());
        assertSame(selector, config.selector());
        assertEquals(500, config.limits().maxConnections());
        assertEquals(Duration.ofMinutes(1), config.limits().idleTimeout());
        assertSame(observer, config.observer());
        assertSame(OutlierPolicy.OFF, config.outliers());
        assertSame(slowStart, config.slowStart());
        assertSame(failover, config.failover());
        assertSame(source, config.source());
        assertEquals(3, config.loops());
        assertEquals(Duration.ZERO, config.onBackendDown().deadline());
        assertEquals(Duration.ofMinutes(1), config.onBackendDrained().deadline());
        assertEquals(Duration.ofSeconds(1), config.onBackendRemoved().deadline());
        assertEquals(new Rebalance(5, 20), config.rebalance());
    }

    @Test
    void a_builder_used_again_does_not_change_what_was_started() {
        ProxyBuilder builder = Proxy.builder().listen("127.0.0.1", 0).backend("127.0.0.1", 1);
        ProxyConfig first = started(builder);
        ProxyConfig second = started(builder.listen("127.0.0.1", 80).backend("127.0.0.1", 2));
        assertEquals(1, first.listeners().size() * first.backends().size());
        assertEquals(4, second.listeners().size() * second.backends().size());
        assertThrows(
                UnsupportedOperationException.class, () -> second.backends().clear());
        assertThrows(
                UnsupportedOperationException.class, () -> second.listeners().clear());
    }

    @Test
    void without_listen_it_does_not_start() {
        IllegalStateException refusal =
                assertThrows(IllegalStateException.class, () -> Proxy.builder().start());
        assertEquals("listen is not set: name at least one address to accept clients at", refusal.getMessage());
    }

    @Test
    void without_an_engine_it_names_the_artifact_that_is_missing() throws Exception {
        URL api = Proxy.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader onlyApi = new URLClassLoader(new URL[] {api}, ClassLoader.getPlatformClassLoader())) {
            Class<?> type = onlyApi.loadClass("io.lbkit.ProxyBuilder");
            Object builder =
                    onlyApi.loadClass("io.lbkit.Proxy").getMethod("builder").invoke(null);
            type.getMethod("listen", String.class, int.class).invoke(builder, "127.0.0.1", 0);
            InvocationTargetException failure = assertThrows(
                    InvocationTargetException.class,
                    () -> type.getMethod("start").invoke(builder));
            assertEquals(
                    "java.lang.IllegalStateException: no engine found: add the artifact io.lbkit:lbkit-core"
                            + " to the class path or module path",
                    String.valueOf(failure.getCause()));
        }
    }

    @Test
    void the_name_is_short_and_printable() {
        ProxyBuilder builder = Proxy.builder();
        builder.name("n").name("n".repeat(100)).name("näme-1");
        String range = ", must be 1 to 100 printable characters without spaces";
        assertRefused("name is \"\"" + range, () -> builder.name(""));
        assertRefused("name is \"my proxy\"" + range, () -> builder.name("my proxy"));
        assertRefused("name is \"" + "n".repeat(101) + "\"" + range, () -> builder.name("n".repeat(101)));
        assertRefused("name is \"a\\u000ab\"" + range, () -> builder.name("a\nb"));
        assertRefused("name is \"a\\u0085b\"" + range, () -> builder.name("a\u0085b"));
        assertRefused("name is \"a\\u2028b\"" + range, () -> builder.name("a\u2028b"));
        assertRefused("name is \"a\\u202eb\"" + range, () -> builder.name("a\u202eb"));
        assertRefused("name is \"a\\u001b[2J\"" + range, () -> builder.name("a\u001b[2J"));
        assertRefused("name is \"a\\u00a0b\"" + range, () -> builder.name("a\u00a0b"));
        assertNullRefused("name", () -> builder.name(null));
    }

    @Test
    void loops_have_a_range() {
        assertEquals(
                64,
                started(Proxy.builder().listen("127.0.0.1", 0).loops(1).loops(64))
                        .loops());
        assertRefused(
                "loops is 0, must be between 1 and 64", () -> Proxy.builder().loops(0));
        assertRefused(
                "loops is 65, must be between 1 and 64", () -> Proxy.builder().loops(65));
    }

    @Test
    void two_backends_cannot_have_one_id() {
        ProxyBuilder builder = Proxy.builder().backend("127.0.0.1", 1);
        assertRefused("backend id is 127.0.0.1:1, must be unique in a proxy", () -> builder.backend("127.0.0.1", 1));
        assertRefused(
                "backend id is 127.0.0.1:1, must be unique in a proxy",
                () -> builder.backend(Backend.of("127.0.0.1", 2).id("127.0.0.1:1")));
        builder.backend(Backend.of("127.0.0.1", 1).id("the same server, known by another name".replace(' ', '-')));
    }

    @Test
    void nothing_can_be_null() {
        ProxyBuilder builder = Proxy.builder();
        assertNullRefused("listener", () -> builder.listen((Listener) null));
        assertNullRefused("listen host", () -> builder.listen(null, 1));
        assertNullRefused("listen address", () -> builder.listen((InetSocketAddress) null));
        assertNullRefused("backend", () -> builder.backend(null));
        assertNullRefused("backends", () -> builder.backends(null));
        assertNullRefused("route", () -> builder.route(null));
        assertNullRefused("backend host", () -> builder.backend(null, 1));
        assertNullRefused("selector", () -> builder.selector(null));
        assertNullRefused("limits", () -> builder.limits(l -> null));
        assertNullRefused("change", () -> builder.limits(null));
        assertNullRefused("observer", () -> builder.observer(null));
    }

    @Test
    void the_port_is_that_of_the_first_listener() {
        Proxy proxy =
                Proxy.builder().listen("127.0.0.1", 81).listen("127.0.0.1", 82).start();
        assertEquals(new InetSocketAddress("127.0.0.1", 81), proxy.localAddress());
        assertEquals(81, proxy.port());
    }

    @Test
    void a_unix_domain_socket_has_no_port() {
        Proxy proxy = Proxy.builder()
                .listen(UnixDomainSocketAddress.of("/run/front.sock"))
                .start();
        IllegalStateException refusal = assertThrows(IllegalStateException.class, proxy::port);
        assertEquals("the first listener, unix:/run/front.sock, has no port", refusal.getMessage());
    }

    private static ProxyConfig started(ProxyBuilder builder) {
        return ((StubProvider.Started) builder.start()).config();
    }
}
