package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.lbkit.Backend;
import io.lbkit.ProxyConfig;
import io.lbkit.Route;
import io.lbkit.Selector;
import io.lbkit.SendProxy;
import io.lbkit.Tls;
import io.lbkit.selector.Selectors;
import java.net.InetAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.OptionSpec;

/** The proxy that would be started: what each option changes in it. */
class CliConfigTest {

    private static final String LISTEN = "--listen=127.0.0.1:0";

    /** These two are not about the proxy; they are shown to work where the command line serves. */
    private static final Set<String> OF_THE_COMMAND_LINE = Set.of("--access-log", "--control");

    /**
     * An option that takes effect.
     *
     * @param words the option, and what it is of no use without
     * @param part where the effect is
     */
    record Effect(String words, Function<ProxyConfig, Object> part, Object expected) {

        String option() {
            return words.split("[ =]")[0];
        }

        @Override
        public String toString() {
            return words;
        }
    }

    private static ProxyConfig config(String words) {
        List<String> all = new ArrayList<>(List.of(words.split(" ")));
        if (!words.contains("--listen")) {
            all.add(LISTEN);
        }
        return CliProxy.of(Objects.requireNonNull(CliWords.of(all.toArray(String[]::new))))
                .config();
    }

    private static Effect effect(String words, Object expected, Function<ProxyConfig, Object> part) {
        return new Effect(words, part, expected);
    }

    private static Backend first(ProxyConfig config) {
        return config.backends().get(0);
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** Those that a backend has, of a few. */
    private static String backend(Backend backend) {
        Tls tls = backend.tls();
        return backend.address() + " " + backend.id() + " " + backend.weight() + " " + backend.maxConnections() + " "
                + backend.priority() + " " + (tls == null ? null : tls.verify() + "/" + tls.serverName());
    }

    static Stream<Effect> effects() {
        String backend = "--backend=127.0.0.1:1";
        Path chain = Path.of("cert.pem");
        Path key = Path.of("key.pem");
        return Stream.of(
                effect(
                        "--listen=unix:/run/lb.sock",
                        UnixDomainSocketAddress.of("/run/lb.sock"),
                        c -> c.listeners().get(0).address()),
                effect(
                        backend + ",id=a,weight=2,max=3,backup",
                        List.of("/127.0.0.1:1 a 2 3 1 null"),
                        c -> c.backends().stream().map(CliConfigTest::backend).toList()),
                effect(
                        backend + ",tls",
                        List.of("/127.0.0.1:1 127.0.0.1:1 1 2147483647 0 true/"),
                        c -> c.backends().stream().map(CliConfigTest::backend).toList()),
                effect(
                        backend + ",tls,verify=off,sni=db.example",
                        List.of("/127.0.0.1:1 127.0.0.1:1 1 2147483647 0 false/db.example"),
                        c -> c.backends().stream().map(CliConfigTest::backend).toList()),
                effect(
                        "--selector=maglev",
                        Selectors.maglev().getClass(),
                        c -> c.selector().getClass()),
                effect(
                        "--connect-timeout=1s",
                        Duration.ofSeconds(1),
                        c -> c.limits().connectTimeout()),
                effect("--idle-timeout=off", Duration.ZERO, c -> c.limits().idleTimeout()),
                effect(
                        "--half-close-timeout=2s",
                        Duration.ofSeconds(2),
                        c -> c.limits().halfCloseTimeout()),
                effect(
                        "--first-byte-timeout=4s",
                        Duration.ofSeconds(4),
                        c -> c.limits().firstByteTimeout()),
                effect("--max-age=5h", Duration.ofHours(5), c -> c.limits().maxAge()),
                effect(
                        "--drain-timeout=600ms",
                        Duration.ofMillis(600),
                        c -> c.limits().drainTimeout()),
                effect("--max-connections=7", 7, c -> c.limits().maxConnections()),
                effect("--health-check=http:/a=b,port=8", "/a=b 8", CliConfigTest::check),
                effect(
                        "--health-interval=9s --health-check=tcp",
                        Duration.ofSeconds(9),
                        c -> c.healthCheck() == null ? null : c.healthCheck().interval()),
                effect(
                        "--health-timeout=1s --health-check=tcp",
                        Duration.ofSeconds(1),
                        c -> c.healthCheck() == null ? null : c.healthCheck().timeout()),
                effect(
                        "--rise=4 --health-check=tcp",
                        4,
                        c -> c.healthCheck() == null ? null : c.healthCheck().rise()),
                effect(
                        "--fall=5 --health-check=tcp",
                        5,
                        c -> c.healthCheck() == null ? null : c.healthCheck().fall()),
                effect(
                        "--slow-start=3m",
                        Duration.ofMinutes(3),
                        c -> c.slowStart().window()),
                effect("--queue=4", 4, c -> c.limits().queueCapacity()),
                effect(
                        "--queue-timeout=5s",
                        Duration.ofSeconds(5),
                        c -> c.limits().queueTimeout()),
                effect("--bandwidth=100000", List.of(100_000, 100_000), CliConfigTest::bandwidth),
                effect("--bandwidth=200000/s", List.of(200_000, 200_000), CliConfigTest::bandwidth),
                effect("--accept-proxy", List.of(true, true, true), CliConfigTest::believed),
                effect("--trust=10.0.0.0/8 --accept-proxy", List.of(true, false, false), CliConfigTest::believed),
                effect(
                        "--send-proxy=v1 " + backend,
                        SendProxy.V1,
                        c -> c.backends().isEmpty() ? null : first(c).sendProxy()),
                effect(
                        "--prelude-timeout=6s",
                        Duration.ofSeconds(6),
                        c -> c.limits().preludeTimeout()),
                effect(
                        "--tls-cert=cert.pem --tls-key=key.pem",
                        List.of(new Tls.Pem(chain, key, "")),
                        CliConfigTest::pems),
                effect(
                        "--tls-key=key.pem --tls-cert=cert.pem",
                        List.of(new Tls.Pem(chain, key, "")),
                        CliConfigTest::pems),
                effect(
                        "--sni=a.example=127.0.0.1:3,weight=4 --sni=*.b.example=127.0.0.1:5 --send-proxy=v2",
                        List.of("[a.example] 127.0.0.1:3 4 V2", "[*.b.example] 127.0.0.1:5 1 V2"),
                        c -> c.routes().stream().map(CliConfigTest::route).toList()),
                effect("--allow=10.0.0.0/8 --allow=::1", List.of(true, false, true), CliConfigTest::allowed),
                effect("--deny=10.1.0.0/16", List.of(false, true, true), CliConfigTest::allowed),
                effect("--max-per-client=7", 7, c -> c.admission().connectionsPerClient()),
                effect("--rate=8/s", 8, c -> c.admission().connectionsPerSecond()),
                effect("--loops=57", 57, ProxyConfig::loops));
    }

    private static String route(Route route) {
        Backend backend = route.backends().get(0);
        return route.serverNames() + " " + backend.id() + " " + backend.weight() + " " + backend.sendProxy();
    }

    private static List<Object> bandwidth(ProxyConfig config) {
        return List.of(config.limits().bandwidthToBackend(), config.limits().bandwidthToClient());
    }

    private static Object check(ProxyConfig config) {
        return config.healthCheck() == null
                ? "none"
                : config.healthCheck().question().toString().replaceAll(".*(/a=b).*", "$1") + " "
                        + config.healthCheck().port();
    }

    private static Object pems(ProxyConfig config) {
        Tls tls = config.listeners().get(0).tls();
        return tls == null ? List.of() : tls.pems();
    }

    private static final List<InetAddress> SOME = List.of(address("10.1.2.3"), address("192.0.2.1"), address("::1"));

    private static Object believed(ProxyConfig config) {
        return SOME.stream()
                .map(config.listeners().get(0).proxyFrom()::contains)
                .toList();
    }

    private static Object allowed(ProxyConfig config) {
        return SOME.stream().map(config.access()::allows).toList();
    }

    @ParameterizedTest
    @MethodSource("effects")
    void an_option_changes_what_it_is_for(Effect effect) {
        assertNotEquals(effect.expected, effect.part.apply(config(LISTEN)), "there without the option");
        assertEquals(effect.expected, effect.part.apply(config(effect.words)));
    }

    @Test
    void there_is_no_other_option() {
        Set<String> shown = effects().map(Effect::option).collect(Collectors.toCollection(TreeSet::new));
        shown.addAll(OF_THE_COMMAND_LINE);
        assertEquals(
                CliOptions.spec().options().stream()
                        .filter(option -> !option.usageHelp() && !option.versionHelp())
                        .map(OptionSpec::longestName)
                        .collect(Collectors.toCollection(TreeSet::new)),
                shown);
    }

    @Test
    void each_name_is_that_of_its_selector() {
        assertAll(Selectors.names().stream().map(name -> () -> {
            CliWords words = Objects.requireNonNull(CliWords.of(LISTEN, "--selector", name));
            Selector chosen = CliProxy.of(words).config().selector();
            assertSame(words.find("--selector", Selector.class), chosen, name);
            assertEquals(Selectors.named(name).getClass(), chosen.getClass(), name);
        }));
    }

    @Test
    void several_of_what_is_repeatable_are_all_there() {
        ProxyConfig config =
                config("--listen=127.0.0.1:0 --listen=127.0.0.1:1 --backend=127.0.0.1:2 --backend=127.0.0.1:3");
        assertEquals(2, config.listeners().size());
        assertEquals(
                Arrays.asList("127.0.0.1:2", "127.0.0.1:3"),
                config.backends().stream().map(Backend::id).toList());
    }
}
