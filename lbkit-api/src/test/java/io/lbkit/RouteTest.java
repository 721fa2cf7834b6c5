package io.lbkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.FirstBytes.Verdict;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {

    private static final Route NAMED = Route.named("api").serverName("api.example.org");

    private static String complaintOf(Runnable wrong) {
        return assertThrows(IllegalArgumentException.class, wrong::run).getMessage();
    }

    @Test
    void a_setter_changes_a_copy() {
        Route changed = NAMED.protocol("h2").backend("127.0.0.1", 443).healthCheck(HealthCheck.tcp());
        assertEquals(List.of(), NAMED.protocols());
        assertEquals(List.of(), NAMED.backends());
        assertNull(NAMED.healthCheck());
        assertEquals(List.of("h2"), changed.protocols());
        assertEquals(List.of(Backend.of("127.0.0.1", 443)), changed.backends());
        assertEquals(List.of("api.example.org"), changed.serverNames());
    }

    @Test
    void names_that_mean_the_same_look_the_same() {
        assertEquals(
                List.of("a.example", "*.b.example", "xn--bcher-kva.example"),
                Route.named("x")
                        .serverName("A.Example.", "*.B.example", "xn--bcher-kva.example")
                        .serverNames());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "*.", "a..b", ".a", "a.*.b", "b\u00fccher.example", "a b", "a\n", "a,b"})
    void what_is_no_host_name_is_refused(String name) {
        String complaint = complaintOf(() -> NAMED.serverName(name));
        assertTrue(complaint.startsWith("route api: server name is \""), complaint);
        assertTrue(complaint.endsWith("\", must be a host name, or *. and a host name"), complaint);
        assertEquals(1, complaint.lines().count());
    }

    @Test
    void labels_and_names_have_their_lengths() {
        String label = "a".repeat(63);
        String longest = (label + ".").repeat(3) + label;
        assertEquals(List.of(longest), Route.named("x").serverName(longest).serverNames());
        complaintOf(() -> NAMED.serverName(label + "a"));
        complaintOf(() -> NAMED.serverName(longest + ".a"));
    }

    @Test
    void a_limit_of_bandwidth_goes_before_that_of_the_proxy() {
        Limits ofProxy = Limits.DEFAULT.bandwidthToBackend(5000);
        assertSame(ofProxy, NAMED.limits(ofProxy));
        Limits own = NAMED.bandwidthToBackend(Limits.UNLIMITED)
                .bandwidthToClient(1024)
                .limits(ofProxy);
        assertEquals(Limits.UNLIMITED, own.bandwidthToBackend());
        assertEquals(1024, own.bandwidthToClient());
        assertEquals(0, NAMED.bandwidthToClient());
        assertEquals(
                "bandwidthToClient is 1023, must be between 1024 and 2147483647",
                complaintOf(() -> NAMED.bandwidthToClient(1023)));
    }

    @Test
    void two_backends_of_one_id_are_refused() {
        Backend one = Backend.of("127.0.0.1", 1);
        assertEquals(
                "backend id is 127.0.0.1:1, must be unique in route api",
                complaintOf(() -> NAMED.backend(one).backend(one)));
    }

    @Test
    void a_route_for_nobody_is_refused() {
        assertEquals(
                "route api is for nobody, must have a server name, a protocol or a matcher of first bytes",
                complaintOf(() -> Proxy.builder().route(Route.named("api"))));
    }

    @Test
    void two_routes_of_one_name_or_for_the_same_clients_are_refused() {
        ProxyBuilder builder =
                Proxy.builder().route(NAMED).route(Route.named("h2").protocol("h2"));
        assertEquals("route name is api, must be unique in a proxy", complaintOf(() -> builder.route(NAMED)));
        assertEquals(
                "route b has server name api.example.org, must be for no other route's clients",
                complaintOf(() -> builder.route(Route.named("b").serverName("c", "API.example.org"))));
        assertEquals(
                "route b has protocol h2, must be for no other route's clients",
                complaintOf(() -> builder.route(Route.named("b").protocol("h2"))));
        assertEquals(
                "route b has server name c, must be for no other route's clients",
                complaintOf(() -> builder.route(Route.named("b").serverName("c", "c"))));
        builder.route(Route.named("both").protocol("h2").serverName("api.example.org"));
    }

    @Test
    void what_a_route_says_nothing_of_is_as_for_the_proxy() {
        HealthCheck proxys = HealthCheck.tcp();
        HealthCheck own = HealthCheck.http("/");
        Route plain = NAMED.backend("127.0.0.1", 1);
        Route checked = Route.named("b").serverName("b").healthCheck(own).outliers(OutlierPolicy.OFF);
        ProxyBuilder builder = Proxy.builder()
                .name("front")
                .listen("127.0.0.1", 0)
                .backend("127.0.0.1", 2)
                .healthCheck(proxys)
                .route(plain)
                .route(checked);
        ProxyConfig config = ((StubProvider.Started) builder.start()).config();
        ProxyConfig ofPlain = config.of(plain);
        ProxyConfig ofChecked = config.of(checked);
        assertEquals(List.of(plain, checked), config.routes());
        assertEquals("front/api", ofPlain.name());
        assertEquals(plain.backends(), ofPlain.backends());
        assertSame(proxys, ofPlain.healthCheck());
        assertEquals(OutlierPolicy.DEFAULT, ofPlain.outliers());
        assertSame(own, ofChecked.healthCheck());
        assertEquals(OutlierPolicy.OFF, ofChecked.outliers());
        assertEquals(List.of(), ofChecked.backends());
    }

    @ParameterizedTest
    @CsvSource({
        "S, NEEDS_MORE",
        "SSH, NEEDS_MORE",
        "SSH-, MATCHES",
        "SSH-2.0, MATCHES",
        "SSL, DIFFERENT",
        "T, DIFFERENT"
    })
    void a_prefix_is_known_as_soon_as_it_can_be(String seen, Verdict expected) {
        FirstBytes ssh = FirstBytes.startingWith("SSH-".getBytes(StandardCharsets.US_ASCII));
        ByteBuffer bytes = ByteBuffer.wrap((" " + seen).getBytes(StandardCharsets.US_ASCII));
        bytes.position(1);
        assertEquals(expected, ssh.look(bytes.asReadOnlyBuffer()));
        assertEquals(1, bytes.position());
    }

    @Test
    void no_prefix_is_none() {
        assertEquals(
                "first bytes is 0, must be between 1 and 1024",
                complaintOf(() -> FirstBytes.startingWith(new byte[0])));
    }
}
