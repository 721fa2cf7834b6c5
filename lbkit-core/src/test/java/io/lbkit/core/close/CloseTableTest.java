package io.lbkit.core.close;

import static io.lbkit.CloseReason.ACCESS_DENIED;
import static io.lbkit.CloseReason.BACKENDS_FULL;
import static io.lbkit.CloseReason.BACKEND_DOWN;
import static io.lbkit.CloseReason.BACKEND_REMOVED;
import static io.lbkit.CloseReason.CLIENT_FULL;
import static io.lbkit.CloseReason.COMPLETED;
import static io.lbkit.CloseReason.CONNECT_FAILED;
import static io.lbkit.CloseReason.DRAIN_TIMEOUT;
import static io.lbkit.CloseReason.FIRST_BYTE_TIMEOUT;
import static io.lbkit.CloseReason.HALF_CLOSE_TIMEOUT;
import static io.lbkit.CloseReason.IDLE_TIMEOUT;
import static io.lbkit.CloseReason.LOCAL_FAILURE;
import static io.lbkit.CloseReason.MAX_AGE;
import static io.lbkit.CloseReason.NO_BACKEND;
import static io.lbkit.CloseReason.NO_ROUTE;
import static io.lbkit.CloseReason.PRELUDE_REJECTED;
import static io.lbkit.CloseReason.PRELUDE_TIMEOUT;
import static io.lbkit.CloseReason.QUEUE_TIMEOUT;
import static io.lbkit.CloseReason.REBALANCED;
import static io.lbkit.CloseReason.RESET_BY_CLIENT;
import static io.lbkit.CloseReason.SELECTOR_FAILED;
import static io.lbkit.CloseReason.TOO_FAST;
import static io.lbkit.core.close.Network.Manner.ACCEPTS;
import static io.lbkit.core.close.Network.Manner.CANNOT_BE_TRIED;
import static io.lbkit.core.close.Network.Manner.IGNORES;
import static io.lbkit.core.close.Network.Manner.REFUSES;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.AccessRules;
import io.lbkit.AddressSet;
import io.lbkit.Admission;
import io.lbkit.BackendState;
import io.lbkit.DrainReport;
import io.lbkit.FirstBytes;
import io.lbkit.HealthCheck;
import io.lbkit.Listener;
import io.lbkit.Phase;
import io.lbkit.ProxyBuilder;
import io.lbkit.ProxyState;
import io.lbkit.Rebalance;
import io.lbkit.Route;
import io.lbkit.Selector;
import io.lbkit.SessionPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;

/**
 * The close table of {@code docs/LIFECYCLE.md}, row by row: on the simulated network and over real sockets, and what the
 * client does in one telling the backend does in the next.
 */
@Tag("close-table")
class CloseTableTest {

    private static final Duration SHORT = Duration.ofMillis(150);
    private static final Duration LONGER = Duration.ofMillis(500);
    private static final Duration LONG = Duration.ofMinutes(5);

    // ---- the end of a stream

    @BothWays
    void bytes_before_an_end_arrive_and_the_other_way_goes_on(Stage stage, Side a, Side b) {
        stage.open();
        a.send("last words").end();
        b.received("last words").sawEnd();

        b.send("reply");
        a.received("reply").nothing();
        b.send(" and goodbye").end();
        a.received(" and goodbye").sawEnd();
        stage.closed(COMPLETED);
    }

    @BothWays
    void an_end_waits_for_the_bytes_before_it(Stage stage, Side a, Side b) {
        stage.open();
        b.stall();
        a.flood().end();

        b.send("I am busy");
        a.received("I am busy").nothing();
        b.resume().receivedAllOf(a).sawEnd();
        b.end();
        a.sawEnd();
        stage.closed(COMPLETED);
    }

    @BothWays
    void both_end_at_once(Stage stage, Side a, Side b) {
        stage.open();
        a.end();
        b.end();
        a.sawEnd();
        b.sawEnd();
        stage.closed(COMPLETED);
    }

    @BothWays
    void streams_without_a_byte(Stage stage, Side a, Side b) {
        stage.connect();
        a.end();
        b.sawEnd().end();
        a.sawEnd();
        var report = stage.closed(COMPLETED).report();
        assertEquals(0, report.bytesToBackend() + report.bytesToClient());
    }

    @BothWays
    void streams_of_one_byte(Stage stage, Side a, Side b) {
        stage.connect();
        a.send("x").end();
        b.received("x").sawEnd().send("y").end();
        a.received("y").sawEnd();
        var report = stage.closed(COMPLETED).report();
        assertEquals(1, report.bytesToBackend());
        assertEquals(1, report.bytesToClient());
    }

    @BothWays
    void either_may_speak_first(Stage stage, Side a, Side b) {
        stage.connect();
        a.send("220 ready");
        b.received("220 ready").send("HELO");
        a.received("HELO");
    }

    /** One that loses bytes here takes a hang-up for the end, while there are bytes unread. */
    @BothWays
    void both_ends_wait_behind_full_buffers(Stage stage, Side a, Side b) {
        stage.open();
        a.stall();
        b.stall();
        a.flood().end();
        b.flood().end();

        b.resume().receivedAllOf(a).sawEnd();
        a.resume().receivedAllOf(b).sawEnd();
        stage.closed(COMPLETED);
    }

    @BothWays
    void after_one_end_silence_is_limited(Stage stage, Side a, Side b) {
        stage.limits(limits -> limits.halfCloseTimeout(SHORT)).connect();
        long ended = stage.now();
        a.end();
        b.sawEnd();

        a.sawReset();
        b.isCutOff();
        stage.closed(HALF_CLOSE_TIMEOUT).after(SHORT, ended);
    }

    @BothWays
    void the_silence_before_the_end_does_not_count(Stage stage, Side a, Side b) {
        stage.limits(limits -> limits.halfCloseTimeout(SHORT)).open();
        stage.later(SHORT.multipliedBy(2));
        long ended = stage.now();
        a.end();
        b.sawEnd();
        stage.closed(HALF_CLOSE_TIMEOUT).after(SHORT, ended);
    }

    @BothWays
    void after_one_end_the_other_way_may_take_its_time_as_long_as_it_moves(Stage stage, Side a, Side b) {
        Duration limit = Duration.ofSeconds(1);
        stage.limits(limits -> limits.halfCloseTimeout(limit)).open();
        a.end();
        b.sawEnd();
        for (int i = 0; i < 5; i++) {
            stage.later(limit.dividedBy(4));
            b.send("still here");
            a.received("still here");
        }
        b.end();
        a.sawEnd();
        stage.closed(COMPLETED);
    }

    @BothWays
    void an_early_answer_to_somebody_who_goes_on_sending(Stage stage, Side a, Side b) {
        stage.open();
        b.stall();
        a.flood();
        b.send("enough!").end();
        a.received("enough!").sawEnd();

        b.resume().receivedAllOf(a);
        a.send("oh, sorry").end();
        b.receivedAllOf(a).sawEnd();
        stage.closed(COMPLETED);
    }

    @BothWays
    void an_early_answer_by_somebody_who_leaves(Stage stage, Side a, Side b) {
        stage.open();
        b.stall();
        a.flood();
        b.send("enough!").close();
        a.received("enough!").isCutOff();
        stage.closed(stage.resetBy(b));
    }

    // ---- a reset

    @BothWays
    void a_reset_while_idle(Stage stage, Side a, Side b) {
        stage.open();
        a.reset();
        b.sawReset();
        stage.closed(stage.resetBy(a));
    }

    @BothWays
    void bytes_before_a_reset_arrive(Stage stage, Side a, Side b) {
        stage.open();
        a.send("last words").reset();
        b.received("last words").sawReset();
        stage.closed(stage.resetBy(a));
    }

    @BothWays
    void a_reset_behind_a_full_buffer(Stage stage, Side a, Side b) {
        stage.open();
        b.stall();
        a.flood();
        a.reset();
        stage.settle();
        long delivered = stage.stats().bytesToBackends() + stage.stats().bytesToClients();

        int came = b.resume().sawResetAfterPartOf(a);
        var report = stage.closed(stage.resetBy(a)).report();
        long all = report.bytesToBackend() + report.bytesToClient();
        assertTrue(all > delivered, () -> "what the proxy held was delivered: " + report);
        assertEquals(all, came + "hello".length(), "what the proxy delivered came");
    }

    /** Of a real system it can only be told that all but the last segment has been taken: see {@code docs/LIFECYCLE.md}. */
    @Simulated
    void the_last_segment_before_a_reset_waits_for_a_slow_reader(Stage stage, Side a, Side b) {
        stage.window(10_000).rest(2_000).open();
        b.stall();
        a.send(15_000);
        stage.settle();
        a.reset();
        stage.settle();
        b.takes(4_000);
        stage.settle();

        int came = b.resume().sawResetAfterPartOf(a);
        assertEquals(15_000 + "hello".length(), came);
        stage.closed(stage.resetBy(a));
    }

    @Simulated
    void but_not_for_one_who_has_stopped_reading(Stage stage, Side a, Side b) {
        stage.window(10_000).rest(2_000).open();
        b.stall();
        a.send(15_000);
        stage.settle();
        a.reset();
        stage.settle();
        b.takes(4_000);
        stage.settle();

        long flushed = stage.now();
        stage.closed(stage.resetBy(a)).after(Duration.ofMillis(200), flushed);
        b.resume().sawResetAfterPartOf(a);
    }

    @BothWays
    void a_reset_by_somebody_who_does_not_read(Stage stage, Side a, Side b) {
        stage.open();
        b.stall();
        a.flood();
        b.send("last words").reset();
        a.received("last words").sawReset();
        stage.closed(stage.resetBy(b));
    }

    @BothWays
    void a_reset_after_the_end(Stage stage, Side a, Side b) {
        stage.open();
        b.send("goodbye").end();
        a.received("goodbye").sawEnd();
        b.reset();
        a.send("are you there?").isCutOff();
        stage.closed(stage.resetBy(b));
    }

    @BothWays
    void a_reset_after_the_other_has_ended(Stage stage, Side a, Side b) {
        stage.open();
        b.end();
        a.sawEnd();
        a.send("last words").reset();
        b.received("last words").sawReset();
        stage.closed(stage.resetBy(a));
    }

    @BothWays
    void what_a_dead_side_has_left_waits_for_a_reader_as_long_as_an_end_would(Stage stage, Side a, Side b) {
        stage.limits(limits -> limits.halfCloseTimeout(LONGER)).open();
        b.stall();
        a.flood().reset();
        long noticed = stage.now();
        b.send("are you still there?");
        stage.closed(stage.resetBy(a)).after(LONGER, noticed);
        b.resume().sawResetAfterPartOf(a);
    }

    @BothWays
    void a_reset_behind_somebody_who_never_reads_ends_by_the_idle_timeout(Stage stage, Side a, Side b) {
        stage.limits(limits -> limits.idleTimeout(LONGER)).connect();
        b.stall();
        a.flood();
        a.reset();
        stage.closed(IDLE_TIMEOUT);
        b.resume().sawResetAfterPartOf(a);
    }

    // ---- timeouts

    @BothWays
    void idle_with_nothing_waiting_ends_in_order(Stage stage, Side a, Side b) {
        stage.limits(limits -> limits.idleTimeout(LONGER)).connect();
        stage.later(SHORT);
        long active = stage.now();
        a.send("hello");
        b.received("hello");

        a.sawEnd();
        b.sawEnd();
        stage.closed(IDLE_TIMEOUT).after(LONGER, active);
    }

    @BothWays
    void idle_with_bytes_waiting_is_a_reset(Stage stage, Side a, Side b) {
        stage.limits(limits -> limits.idleTimeout(LONGER)).connect();
        b.stall();
        a.flood().sawReset();
        b.resume().sawResetAfterPartOf(a);
        stage.closed(IDLE_TIMEOUT);
    }

    @OneWay
    void no_first_byte(Stage stage, Side client, Side server) {
        stage.limits(limits -> limits.firstByteTimeout(SHORT)).start();
        long begun = stage.now();
        client.calls().send("anybody there?");
        stage.accepted("b1");
        server.received("anybody there?").sawReset();
        client.sawReset();
        stage.closed(FIRST_BYTE_TIMEOUT).after(SHORT, begun);
    }

    @OneWay
    void an_end_is_an_answer_as_well(Stage stage, Side client, Side server) {
        stage.limits(limits -> limits.firstByteTimeout(SHORT)).connect();
        server.end();
        client.sawEnd();
        stage.later(SHORT.multipliedBy(2));
        client.send("take your time").end();
        server.received("take your time").sawEnd();
        stage.closed(COMPLETED);
    }

    @OneWay
    void too_old(Stage stage, Side client, Side server) {
        Duration age = Duration.ofMillis(400);
        stage.limits(limits -> limits.maxAge(age)).connect();
        client.sawReset();
        server.sawReset();
        Duration lived = stage.closed(MAX_AGE).report().duration();
        assertTrue(lived.toNanos() >= age.toNanos() * 0.9, lived::toString);
    }

    // ---- before a backend is chosen

    @OneWay
    void a_header_that_does_not_come_in_time(Stage stage, Side client, Side server) {
        stage.listener(Listener::acceptProxy)
                .limits(limits -> limits.preludeTimeout(SHORT))
                .start();
        long begun = stage.now();
        client.calls().send("PROXY TCP4 ").sawReset();
        var closing = stage.closed(PRELUDE_TIMEOUT).after(SHORT, begun);
        assertEquals(Phase.PRELUDE, closing.report().phase());
    }

    @OneWay
    void something_else_than_a_header(Stage stage, Side client, Side server) {
        stage.listener(Listener::acceptProxy).call();
        client.send("GET / HTTP/1.0\r\n\r\n").sawReset();
        stage.closed(PRELUDE_REJECTED).attempts(0);
    }

    @OneWay
    void an_end_within_a_header(Stage stage, Side client, Side server) {
        stage.listener(Listener::acceptProxy).call();
        client.send("PROXY TCP4 ").end().sawReset();
        stage.closed(PRELUDE_REJECTED).attempts(0);
    }

    @OneWay
    void a_reset_within_a_header(Stage stage, Side client, Side server) {
        stage.listener(Listener::acceptProxy).call();
        client.send("PROXY TCP4 ").nothing().reset();
        var closing = stage.closed(RESET_BY_CLIENT).attempts(0);
        assertEquals(Phase.PRELUDE, closing.report().phase());
    }

    @OneWay
    void a_client_that_is_denied(Stage stage, Side client, Side server) {
        stage.with(proxy -> proxy.access(AccessRules.NONE.deny(AddressSet.of("0.0.0.0/0"))))
                .call();
        client.sawReset();
        stage.closed(ACCESS_DENIED).attempts(0);
    }

    @OneWay
    void a_client_that_has_its_maximum(Stage stage, Side client, Side server) {
        stage.with(proxy -> proxy.admission(Admission.UNLIMITED.connectionsPerClient(1)))
                .open();
        stage.caller().sawReset();
        stage.closed(CLIENT_FULL).attempts(0);
        client.send("undisturbed");
        server.received("undisturbed");
    }

    @OneWay
    void a_client_that_comes_too_fast(Stage stage, Side client, Side server) {
        stage.with(proxy -> proxy.admission(Admission.UNLIMITED.clientConnectionsPerSecond(1)))
                .call()
                .accepted("b1");
        stage.caller().sawReset();
        stage.closed(TOO_FAST).attempts(0);
        client.send("undisturbed");
        server.received("undisturbed");
    }

    private static ProxyBuilder toRouteOf(String text, ProxyBuilder proxy) {
        return proxy.route(Route.named("other").firstBytes(FirstBytes.startingWith(text.getBytes(US_ASCII))));
    }

    @OneWay
    void what_a_route_has_to_see_does_not_come_in_time(Stage stage, Side client, Side server) {
        stage.with(proxy -> toRouteOf("SSH-", proxy))
                .limits(limits -> limits.preludeTimeout(SHORT))
                .start();
        long begun = stage.now();
        client.calls().send("SSH").sawReset();
        stage.closed(PRELUDE_TIMEOUT).after(SHORT, begun);
    }

    @OneWay
    void tls_that_is_malformed(Stage stage, Side client, Side server) {
        stage.with(proxy -> proxy.route(Route.named("other").serverName("other.example")))
                .call();
        client.send("\26\3\1\0\0\1\0").sawReset();
        stage.closed(PRELUDE_REJECTED).attempts(0);
    }

    @OneWay
    void an_end_before_a_route_is_decided(Stage stage, Side client, Side server) {
        stage.with(proxy -> toRouteOf("SSH-", proxy)).call();
        client.send("SSH").end();
        stage.accepted("b1");
        server.received("SSH").sawEnd().end();
        client.sawEnd();
        stage.closed(COMPLETED);
    }

    @OneWay
    void no_tls_where_names_are_routed(Stage stage, Side client, Side server) {
        stage.with(proxy -> proxy.route(Route.named("other").serverName("other.example")))
                .call();
        client.send("hello");
        stage.accepted("b1");
        server.received("hello");
    }

    @OneWay
    void no_route(Stage stage, Side client, Side server) {
        stage.with(proxy -> toRouteOf("SSH-", proxy)).backends().call();
        client.send("hello").sawReset();
        stage.closed(NO_ROUTE).attempts(0);
    }

    @OneWay
    void a_matcher_throws(Stage stage, Side client, Side server) {
        FirstBytes wrong = bytes -> {
            throw new IllegalStateException("thrown by a test");
        };
        stage.with(proxy -> proxy.route(Route.named("other").firstBytes(wrong))).call();
        client.send("hello").sawReset();
        stage.closed(SELECTOR_FAILED).attempts(0);
    }

    @OneWay
    void a_matcher_cannot_run_at_all(Stage stage, Side client, Side server) {
        FirstBytes wrong = bytes -> {
            throw new NoClassDefFoundError("thrown by a test");
        };
        stage.with(proxy -> proxy.route(Route.named("other").firstBytes(wrong))).call();
        client.send("hello").sawReset();
        stage.closed(SELECTOR_FAILED).attempts(0);
    }

    // ---- connecting

    @OneWay
    void a_backend_that_refuses_is_passed_over(Stage stage, Side client, Side server) {
        stage.backends(REFUSES, ACCEPTS).call().accepted("b2");
        client.send("hello").end();
        server.received("hello").sawEnd().end();
        client.sawEnd();
        stage.closed(COMPLETED).attempts(2);
    }

    @OneWay
    void a_backend_that_does_not_answer_is_given_up(Stage stage, Side client, Side server) {
        stage.backends(IGNORES, ACCEPTS)
                .limits(limits -> limits.connectTimeout(SHORT))
                .call();
        client.send("sent while connecting").end();
        stage.accepted("b2");
        server.received("sent while connecting").sawEnd().send("welcome").end();
        client.received("welcome").sawEnd();
        stage.closed(COMPLETED).attempts(2);
    }

    @OneWay
    void an_end_while_connecting_waits_for_the_bytes_before_it(Stage stage, Side client, Side server) {
        stage.backends(IGNORES, ACCEPTS)
                .window(1000)
                .limits(limits -> limits.connectTimeout(SHORT))
                .call();
        server.stall();
        client.send(10_000).end();
        stage.accepted("b2");
        stage.settle();
        server.resume().receivedAllOf(client).sawEnd().end();
        client.sawEnd();
        stage.closed(COMPLETED).attempts(2);
    }

    @OneWay
    void all_were_tried(Stage stage, Side client, Side server) {
        stage.backends(REFUSES, REFUSES, REFUSES, ACCEPTS).call();
        client.sawReset();
        var closing = stage.closed(CONNECT_FAILED).attempts(3);
        assertEquals(Phase.CONNECTING, closing.report().phase());
    }

    @OneWay
    void the_retry_budget_is_used_up(Stage stage, Side client, Side server) {
        stage.backends(REFUSES, ACCEPTS)
                .limits(limits -> limits.retriesPerSecond(0).retryPercent(0))
                .call();
        client.sawReset();
        stage.closed(CONNECT_FAILED).attempts(1);
        assertEquals(1, stage.stats().retriesDenied());
    }

    @OneWay
    void all_took_too_long(Stage stage, Side client, Side server) {
        stage.backends(IGNORES, IGNORES, ACCEPTS)
                .limits(limits -> limits.connectTimeout(Duration.ofMillis(300)).connectDeadline(LONGER))
                .start();
        long begun = stage.now();
        client.calls().sawReset();
        stage.closed(CONNECT_FAILED).attempts(2).after(LONGER, begun);
    }

    @OneWay
    void a_backend_that_resets_before_a_byte_has_moved_is_passed_over(Stage stage, Side client, Side server) {
        stage.backends(ACCEPTS, ACCEPTS).connect();
        server.reset();
        stage.accepted("b2");
        client.send("hello").end();
        server.received("hello").sawEnd().end();
        client.sawEnd();
        stage.closed(COMPLETED).attempts(2);
    }

    /** What a session has come to ask of its first backend's connection, it asks of the second's as well. */
    @Simulated
    void a_backend_that_resets_after_a_long_silence_is_passed_over_as_well(Stage stage, Side client, Side server) {
        stage.backends(ACCEPTS, ACCEPTS).connect();
        stage.later(Duration.ofMinutes(1));
        server.reset();
        stage.accepted("b2");
        stage.later(Duration.ofMinutes(1));
        client.send("hello").end();
        server.received("hello").sawEnd().end();
        client.sawEnd();
        stage.closed(COMPLETED).attempts(2);
    }

    @OneWay
    void a_client_that_resets_while_we_connect(Stage stage, Side client, Side server) {
        stage.backends(IGNORES)
                .limits(limits -> limits.connectTimeout(LONG).connectDeadline(LONG))
                .call();
        client.send("hello");
        stage.settle();
        long left = stage.now();
        client.reset();
        var closing = stage.closed(RESET_BY_CLIENT).attempts(1);
        assertEquals(Phase.CONNECTING, closing.report().phase());
        assertTrue(closing.atNanos() - left < LONG.toNanos() / 2, "long before the connect timeout");
    }

    @OneWay
    void nobody_to_connect_to(Stage stage, Side client, Side server) {
        stage.backends().call();
        client.sawReset();
        stage.closed(NO_BACKEND).attempts(0);
    }

    @OneWay
    void no_backend_could_even_be_tried(Stage stage, Side client, Side server) {
        stage.backends(CANNOT_BE_TRIED).call();
        client.sawReset();
        stage.closed(LOCAL_FAILURE);
        assertEquals(0, stage.stats().backends().get(0).connectFailures(), "it has done nothing");
    }

    @OneWay
    void everybody_is_drained(Stage stage, Side client, Side server) {
        stage.start();
        stage.done(stage.drain("b1", null));
        client.calls().sawReset();
        stage.closed(NO_BACKEND).attempts(0);
    }

    @OneWay
    void everybody_is_of_weight_0(Stage stage, Side client, Side server) {
        stage.start().weight("b1", 0);
        client.calls().sawReset();
        stage.closed(NO_BACKEND).attempts(0);
    }

    @OneWay
    void everybody_is_full_for_too_long(Stage stage, Side client, Side server) {
        stage.limits(limits -> limits.queueCapacity(1).queueTimeout(SHORT))
                .mostPerBackend(1)
                .open();
        long begun = stage.now();
        stage.caller().sawReset();
        var closing = stage.closed(QUEUE_TIMEOUT).after(SHORT, begun).attempts(0);
        assertEquals(Phase.QUEUED, closing.report().phase());
        client.send("undisturbed");
        server.received("undisturbed");
    }

    @OneWay
    void everybody_is_full_and_so_is_the_queue(Stage stage, Side client, Side server) {
        stage.limits(limits -> limits.queueCapacity(1).queueTimeout(LONG))
                .mostPerBackend(1)
                .open();
        Side waiting = stage.caller();
        stage.until("it waits", () -> stage.stats().queued() == 1);
        stage.caller().sawReset();
        stage.closed(BACKENDS_FULL).attempts(0);
        waiting.nothing();
    }

    @OneWay
    void a_client_that_resets_while_it_waits(Stage stage, Side client, Side server) {
        stage.limits(limits -> limits.queueCapacity(1).queueTimeout(LONG))
                .mostPerBackend(1)
                .open();
        Side waiting = stage.caller();
        stage.until("it waits", () -> stage.stats().queued() == 1);
        waiting.reset();
        assertEquals(Phase.QUEUED, stage.closed(RESET_BY_CLIENT).report().phase());
        assertEquals(0, stage.stats().queued());
    }

    @OneWay
    void everybody_is_full(Stage stage, Side client, Side server) {
        stage.mostPerBackend(1).open();
        stage.caller().sawReset();
        stage.closed(BACKENDS_FULL).attempts(0);
        client.send("undisturbed");
        server.received("undisturbed");
    }

    @OneWay
    void the_selector_throws(Stage stage, Side client, Side server) {
        stage.selector((candidates, info) -> {
                    throw new IllegalStateException("thrown by a test");
                })
                .call();
        client.sawReset();
        stage.closed(SELECTOR_FAILED).attempts(0);
    }

    @OneWay
    void the_selector_cannot_run_at_all(Stage stage, Side client, Side server) {
        stage.selector((candidates, info) -> {
                    throw new NoClassDefFoundError("thrown by a test");
                })
                .call();
        client.sawReset();
        stage.closed(SELECTOR_FAILED).attempts(0);
    }

    @OneWay
    void the_selector_names_nobody_it_was_offered(Stage stage, Side client, Side server) {
        stage.selector((candidates, info) -> candidates.size()).call();
        client.sawReset();
        stage.closed(SELECTOR_FAILED).attempts(0);
    }

    @OneWay
    void the_selector_wants_nobody(Stage stage, Side client, Side server) {
        stage.selector((candidates, info) -> Selector.NONE).call();
        client.sawReset();
        stage.closed(NO_BACKEND).attempts(0);
    }

    // ---- operators

    @OneWay
    void the_proxy_stops(Stage stage, Side client, Side server) {
        stage.open();
        Stage.Pair stayer = stage.another();
        long asked = stage.now();
        CompletionStage<DrainReport> stopped = stage.stop(Duration.ofSeconds(1));
        stage.until("it stops", () -> stage.stats().state() == ProxyState.DRAINING);
        stage.refusesCallers();
        client.send("goodbye").end();
        server.received("goodbye").sawEnd().end();
        client.sawEnd();
        stage.closed(COMPLETED);

        stayer.client().sawReset();
        stayer.server().sawReset();
        stage.closed(DRAIN_TIMEOUT).after(Duration.ofSeconds(1), asked);
        DrainReport report = stage.done(stopped);
        assertEquals(1, report.finished());
        assertEquals(1, report.cut());
    }

    @OneWay
    void a_backend_is_removed(Stage stage, Side client, Side server) {
        stage.open();
        CompletionStage<DrainReport> removed = stage.remove("b1", null);
        stage.until("it is removed", () -> stage.stats().backends().get(0).state() == BackendState.REMOVED);
        stage.caller().sawReset();
        stage.closed(NO_BACKEND);
        client.send("undisturbed").end();
        server.received("undisturbed").sawEnd().send("so am I").end();
        client.received("so am I").sawEnd();
        stage.closed(COMPLETED);
        assertEquals(1, stage.done(removed).finished());
    }

    @OneWay
    void a_backend_is_removed_and_its_sessions_after_a_while(Stage stage, Side client, Side server) {
        stage.open();
        long asked = stage.now();
        CompletionStage<DrainReport> removed = stage.remove("b1", SHORT);
        client.sawReset();
        server.sawReset();
        stage.closed(BACKEND_REMOVED).after(SHORT, asked);
        assertEquals(1, stage.done(removed).cut());
    }

    @OneWay
    void a_backend_is_drained_and_its_sessions_cut_after_a_while(Stage stage, Side client, Side server) {
        stage.backends(ACCEPTS, ACCEPTS).open();
        long asked = stage.now();
        CompletionStage<DrainReport> drained = stage.drain("b1", SHORT);
        client.sawReset();
        server.sawReset();
        stage.closed(BACKEND_REMOVED).after(SHORT, asked);
        assertEquals(1, stage.done(drained).cut());
    }

    @OneWay
    void a_backend_goes_down_and_the_policy_is_to_cut(Stage stage, Side client, Side server) {
        AtomicBoolean well = new AtomicBoolean(true);
        HealthCheck check =
                HealthCheck.test(backend -> well.get()).interval(SHORT).fall(1);
        stage.with(proxy -> proxy.healthCheck(check).onBackendDown(SessionPolicy.CUT))
                .open();
        well.set(false);
        client.sawReset();
        server.sawReset();
        stage.closed(BACKEND_DOWN);
    }

    @OneWay
    void a_backend_joins_and_takes_its_share(Stage stage, Side client, Side server) {
        stage.with(proxy -> proxy.rebalance(Rebalance.perSecond(10).tolerance(0)))
                .open();
        stage.later(SHORT); // so that it is the one that is silent for longest
        List<Stage.Pair> others = List.of(stage.another(), stage.another(), stage.another());
        stage.later(SHORT);
        stage.join("b2"); // its share is 2, and one more is tolerated
        client.sawReset();
        server.sawReset();
        stage.closed(REBALANCED);
        stage.nobodyElseClosed();
        others.get(2).client().send("undisturbed");
        others.get(2).server().received("undisturbed");
    }

    // ---- shortage and pressure

    @BothWays
    void somebody_never_reads(Stage stage, Side a, Side b) {
        stage.window(1000).open();
        b.stall();
        a.flood();
        assertEquals(1, stage.buffersInUse());
        assertTrue(stage.stats().bufferBytesHeld() <= 2 * (16 << 10), "one to read into, one for the bytes");

        Stage.Pair other = stage.another();
        other.client().send(1_000_000).end();
        other.server().receivedAllOf(other.client()).sawEnd();
        other.server().send(1_000_000).end();
        other.client().receivedAllOf(other.server()).sawEnd();
        stage.closed(COMPLETED);

        assertEquals(1, stage.buffersInUse());
        b.resume().receivedAllOf(a);
        assertEquals(0, stage.buffersInUse());
    }

    @Simulated
    void no_descriptors_to_accept_with(Stage stage, Side client, Side server) {
        stage.open().drought(true, true);
        List<Side> waiting = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            waiting.add(stage.caller().send("hello"));
        }
        stage.later(Duration.ofSeconds(4));
        assertTrue(stage.stats().acceptFailures() < 30, () -> stage.stats().acceptFailures() + " attempts in 4 s");
        client.send("undisturbed");
        server.received("undisturbed");

        long relieved = stage.now();
        stage.drought(false, false);
        stage.until("all are accepted", () -> stage.stats().accepted() == 41);
        assertTrue(stage.now() - relieved <= Duration.ofMillis(210).toNanos(), "within one rest");
        stage.nobodyElseClosed();
    }

    @Simulated
    void no_descriptors_to_connect_with(Stage stage, Side client, Side server) {
        stage.start().drought(false, true);
        client.calls();
        stage.later(Duration.ofSeconds(4));
        stage.nobodyElseClosed();
        stage.drought(false, false);
        stage.accepted("b1");
        client.send("hello");
        server.received("hello");
    }
}
