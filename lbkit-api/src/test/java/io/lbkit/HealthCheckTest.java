package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.HealthQuestion.Exchange;
import io.lbkit.HealthQuestion.HostTest;
import io.lbkit.HealthQuestion.HttpGet;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What health checks and agent checks can be told, what they are without being told, and what they refuse. */
class HealthCheckTest {

    private static final String TIMES = ", must be between PT0.001S and PT87600H";

    @Test
    void everything_has_a_default() {
        HealthCheck check = HealthCheck.tcp();
        assertEquals(new HealthQuestion.Connect(), check.question());
        assertEquals(0, check.port());
        assertNull(check.address());
        assertEquals(Duration.ofSeconds(5), check.interval());
        assertEquals(Duration.ofSeconds(1), check.fastInterval());
        assertEquals(Duration.ofSeconds(2), check.timeout());
        assertEquals(0.1, check.jitter());
        assertEquals(2, check.rise());
        assertEquals(3, check.fall());
        assertTrue(check.initiallyUp());
        assertEquals(256, check.concurrency());
    }

    @Test
    void each_value_is_set_on_a_copy() {
        HealthCheck before = HealthCheck.http("/health");
        Function<Backend, SocketAddress> address = Backend::address;
        HealthCheck after = before.question(HttpGet.of("/primary"))
                .port(8008)
                .address(address)
                .interval(Duration.ofSeconds(10))
                .fastInterval(Duration.ofSeconds(3))
                .timeout(Duration.ofMillis(500))
                .jitter(0)
                .rise(1)
                .fall(5)
                .initiallyUp(false)
                .concurrency(7);
        assertEquals(HttpGet.of("/primary"), after.question());
        assertEquals(8008, after.port());
        assertSame(address, after.address());
        assertEquals(Duration.ofSeconds(10), after.interval());
        assertEquals(Duration.ofSeconds(3), after.fastInterval());
        assertEquals(Duration.ofMillis(500), after.timeout());
        assertEquals(0, after.jitter());
        assertEquals(1, after.rise());
        assertEquals(5, after.fall());
        assertFalse(after.initiallyUp());
        assertEquals(7, after.concurrency());
        assertEquals(HttpGet.of("/health"), before.question());
        assertEquals(0, before.port());
        assertEquals(3, before.fall());
    }

    @Test
    void the_fast_interval_is_never_the_longer_one() {
        assertEquals(
                Duration.ofMillis(200),
                HealthCheck.tcp().interval(Duration.ofMillis(200)).fastInterval());
        assertEquals(
                Duration.ofSeconds(5),
                HealthCheck.tcp().fastInterval(Duration.ofMinutes(1)).fastInterval());
    }

    @Test
    void values_out_of_range_are_refused_with_the_range() {
        HealthCheck check = HealthCheck.tcp();
        assertRefused("health check port is 65536, must be between 0 and 65535", () -> check.port(65536));
        assertRefused("health check interval is PT0S" + TIMES, () -> check.interval(Duration.ZERO));
        assertRefused("health check fastInterval is PT-1S" + TIMES, () -> check.fastInterval(Duration.ofSeconds(-1)));
        assertRefused("health check timeout is PT0S" + TIMES, () -> check.timeout(Duration.ZERO));
        assertRefused("health check jitter is 0.6, must be between 0 and 0.5", () -> check.jitter(0.6));
        assertRefused("health check jitter is NaN, must be between 0 and 0.5", () -> check.jitter(Double.NaN));
        assertRefused("health check rise is 0, must be between 1 and 1000", () -> check.rise(0));
        assertRefused("health check fall is 1001, must be between 1 and 1000", () -> check.fall(1001));
        assertRefused("health check concurrency is 0, must be between 1 and 65535", () -> check.concurrency(0));
        assertNullRefused("health question", () -> HealthCheck.of(null));
        assertNullRefused("health check test", () -> HealthCheck.test(null));
        assertNullRefused("health check test", () -> HealthCheck.testAsync(null));
        assertNullRefused("health check address", () -> check.address(null));
        assertNullRefused("health check interval", () -> check.interval(null));
    }

    @Test
    void an_exchange_keeps_copies_of_its_bytes() {
        byte[] send = {1, 2};
        byte[] expect = {3};
        Exchange exchange = Exchange.of(send, expect);
        send[0] = 9;
        expect[0] = 9;
        exchange.send()[1] = 9;
        assertArrayEquals(new byte[] {1, 2}, exchange.send());
        assertArrayEquals(new byte[] {3}, exchange.expect());
        assertFalse(exchange.isAnywhere());
        assertTrue(exchange.anywhere().isAnywhere());
        assertEquals(4096, exchange.anywhere().answerBytes());
        assertEquals(10, exchange.answerBytes(10).answerBytes());
        assertEquals("exchange of 2 bytes for 1 anywhere", exchange.anywhere().toString());
        assertRefused("health check expect length is 0, must be between 1 and 4096", () -> Exchange.of("PING", ""));
        assertRefused(
                "health check send length is 4097, must be between 0 and 4096",
                () -> Exchange.of("x".repeat(4097), "y"));
        assertRefused(
                "health check answerBytes is 4, must be between 5 and 1048576",
                () -> Exchange.of("PING\r\n", "+PONG").answerBytes(4));
        assertArrayEquals(
                "+PONG".getBytes(),
                ((Exchange) HealthCheck.exchange("PING", "+PONG").question()).expect());
    }

    @Test
    void a_request_is_what_a_server_can_be_asked() {
        HttpGet get = HttpGet.of("/health?full=1")
                .status(200, 204)
                .host("db.example")
                .body("primary")
                .answerBytes(64);
        assertEquals(new HttpGet("/health?full=1", "db.example", 200, 204, "primary", 64), get);
        assertRefused(
                "health check path is \"health\", must begin with a slash and be of ASCII characters",
                () -> HealthCheck.http("health"));
        assertRefused(
                "health check path is \"/é\", must begin with a slash and be of ASCII characters",
                () -> HealthCheck.http("/é"));
        assertRefused(
                "health check path is \"/a\\u000d\\u000aHost:\", must be 1 to 2000 printable characters without spaces",
                () -> HealthCheck.http("/a\r\nHost:"));
        assertRefused(
                "health check host is \"a b\", must be 1 to 255 printable characters without spaces",
                () -> get.host("a b"));
        assertRefused("health check leastStatus is 99, must be between 100 and 599", () -> get.status(99, 200));
        assertRefused("health check mostStatus is 199, must be between 200 and 599", () -> get.status(200, 199));
        assertRefused("health check answerBytes is 63, must be between 64 and 1048576", () -> get.answerBytes(63));
    }

    @Test
    void tls_is_spoken_at_the_own_address_and_not_elsewhere_unless_said() {
        HealthCheck check = HealthCheck.tcp();
        assertTrue(check.tls());
        assertFalse(check.port(8008).tls());
        assertFalse(check.address(Backend::address).tls());
        assertTrue(check.tls(true).port(8008).tls());
        assertFalse(check.tls(false).tls());
    }

    @Test
    void a_test_of_the_host_answers_now_or_later() {
        Backend backend = Backend.of(new InetSocketAddress("127.0.0.1", 1));
        assertEquals(true, answer(HealthCheck.test(asked -> asked == backend), backend));
        assertEquals(false, answer(HealthCheck.testAsync(asked -> CompletableFuture.completedStage(false)), backend));
    }

    private static boolean answer(HealthCheck check, Backend backend) {
        CompletionStage<Boolean> stage = ((HostTest) check.question()).test().apply(backend);
        return stage.toCompletableFuture().join();
    }

    @Test
    void an_agent_is_at_a_port_or_wherever_the_host_says() {
        AgentCheck check = AgentCheck.port(9999);
        assertEquals(9999, check.port());
        assertNull(check.address());
        assertEquals(Duration.ofSeconds(5), check.interval());
        assertEquals(Duration.ofSeconds(2), check.timeout());
        Function<Backend, SocketAddress> address = Backend::address;
        AgentCheck changed =
                AgentCheck.address(address).interval(Duration.ofSeconds(1)).timeout(Duration.ofMillis(100));
        assertSame(address, changed.address());
        assertEquals(0, changed.port());
        assertEquals(Duration.ofSeconds(1), changed.interval());
        assertEquals(Duration.ofMillis(100), changed.timeout());
        assertRefused("agent check port is 0, must be between 1 and 65535", () -> AgentCheck.port(0));
        assertRefused("agent check interval is PT0S" + TIMES, () -> check.interval(Duration.ZERO));
        assertRefused("agent check timeout is PT0S" + TIMES, () -> check.timeout(Duration.ZERO));
        assertNullRefused("agent check address", () -> AgentCheck.address(null));
    }
}
