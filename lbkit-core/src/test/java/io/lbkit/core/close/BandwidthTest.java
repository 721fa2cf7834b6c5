package io.lbkit.core.close;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.CloseReason;
import io.lbkit.Limits;
import java.time.Duration;

/** How fast a session moves bytes when that is limited: in virtual time, and each way. */
class BandwidthTest {

    private static final int RATE = 100_000;
    private static final int BURST = RATE / 10;
    private static final Duration ANSWER = Duration.ofMillis(500);

    private static Limits limited(Limits limits) {
        return limits.bandwidthToBackend(RATE).bandwidthToClient(RATE);
    }

    @Simulated
    void a_client_is_held_to_the_rate(Stage stage, Side client, Side server) {
        holdsTheRate(stage, client, server);
    }

    @Simulated
    void a_backend_is_held_to_the_rate(Stage stage, Side client, Side server) {
        holdsTheRate(stage, server, client);
    }

    private static void holdsTheRate(Stage stage, Side a, Side b) {
        stage.limits(BandwidthTest::limited).connect();
        a.send(11 * RATE);
        stage.settle();
        assertTrue(b.count() <= BURST, () -> "a burst of " + b.count());

        stage.later(Duration.ofSeconds(10));
        assertEquals(10.0 * RATE, b.count(), 0.03 * 10 * RATE);
        b.receivedAllOf(a);
    }

    @Simulated
    void the_two_ways_do_not_know_each_other(Stage stage, Side client, Side server) {
        stage.limits(limits -> limits.bandwidthToBackend(RATE).bandwidthToClient(2 * RATE))
                .connect();
        client.send(11 * RATE);
        server.send(22 * RATE);
        stage.later(Duration.ofSeconds(10));
        assertEquals(10.0 * RATE, server.count(), 0.03 * 10 * RATE);
        assertEquals(20.0 * RATE, client.count(), 0.03 * 20 * RATE);
    }

    @Simulated
    void one_way_alone(Stage stage, Side client, Side server) {
        stage.limits(limits -> limits.bandwidthToBackend(RATE)).connect();
        server.send(11 * RATE);
        stage.settle();
        client.receivedAllOf(server);
    }

    @Simulated
    void an_end_waits_for_the_bytes_before_it(Stage stage, Side client, Side server) {
        endsAfterAll(stage, client, server);
    }

    @Simulated
    void an_end_waits_for_the_bytes_before_it_the_other_way(Stage stage, Side client, Side server) {
        endsAfterAll(stage, server, client);
    }

    private static void endsAfterAll(Stage stage, Side a, Side b) {
        // Neither of the two is late while it is held back.
        stage.limits(limits ->
                        limited(limits).idleTimeout(Duration.ofMillis(50)).halfCloseTimeout(Duration.ofMillis(50)))
                .connect();
        long begun = stage.now();
        a.send(3 * RATE).end();
        b.receivedAllOf(a).sawEnd();
        assertTrue(stage.now() - begun >= Duration.ofMillis(2_900).toNanos(), "too early");
        b.send("goodbye").end();
        a.received("goodbye").sawEnd();
        stage.closed(CloseReason.COMPLETED);
    }

    @Simulated
    void a_slow_way_is_not_idle(Stage stage, Side client, Side server) {
        stage.limits(limits -> limits.bandwidthToBackend(1024).idleTimeout(Duration.ofSeconds(1)))
                .connect();
        client.send(10_240).end();
        long begun = stage.now();
        server.receivedAllOf(client).sawEnd().end();
        assertEquals(9.9, (stage.now() - begun) / 1e9, 0.3);
        client.sawEnd();
        stage.closed(CloseReason.COMPLETED);
    }

    @Simulated
    void a_backend_may_answer_once_it_has_what_was_held_back(Stage stage, Side client, Side server) {
        stage.limits(BandwidthTest::limitedToBackend).connect();
        client.send(3 * RATE);
        server.receivedAllOf(client);
        stage.later(ANSWER.minusMillis(50));
        server.send("thanks").end();
        client.received("thanks").sawEnd().end();
        server.sawEnd();
        stage.closed(CloseReason.COMPLETED);
    }

    @Simulated
    void from_then_on_its_time_counts(Stage stage, Side client, Side server) {
        stage.limits(BandwidthTest::limitedToBackend).connect();
        client.send(3 * RATE);
        server.receivedAllOf(client);
        long through = stage.now();
        client.sawReset();
        stage.closed(CloseReason.FIRST_BYTE_TIMEOUT);
        assertEquals(ANSWER.toMillis(), (stage.now() - through) / 1e6, 50);
    }

    private static Limits limitedToBackend(Limits limits) {
        return limits.bandwidthToBackend(RATE).firstByteTimeout(ANSWER);
    }

    @Simulated
    void the_last_bytes_of_a_dead_side_are_held_back_as_well(Stage stage, Side client, Side server) {
        stage.limits(BandwidthTest::limited).connect();
        client.send(3 * BURST);
        stage.settle();
        client.reset();
        int came = server.sawResetAfterPartOf(client);
        assertEquals(3 * BURST, came);
        stage.closed(CloseReason.RESET_BY_CLIENT);
    }

    @Simulated
    void what_is_held_back_can_be_seen(Stage stage, Side client, Side server) {
        stage.limits(BandwidthTest::limited).connect();
        assertEquals(0, stage.stats().pool().throttled());
        client.send(3 * RATE);
        stage.settle();
        assertEquals(1, stage.stats().pool().throttled(), "one way");
        server.send(3 * RATE);
        stage.settle();
        assertEquals(2, stage.stats().pool().throttled(), "both");
        server.receivedAllOf(client);
        client.receivedAllOf(server);
        client.end();
        server.sawEnd().end();
        client.sawEnd();
        assertEquals(0, stage.stats().pool().throttled());
        assertEquals(2 * 2_900, stage.stats().pool().throttledTime().toMillis(), 300);
    }

    @Simulated
    void one_who_is_silent_is_idle(Stage stage, Side client, Side server) {
        stage.limits(limits -> limited(limits).idleTimeout(Duration.ofMillis(500)))
                .connect();
        client.send("hello");
        server.received("hello");
        long active = stage.now();
        client.sawEnd();
        stage.closed(CloseReason.IDLE_TIMEOUT).after(Duration.ofMillis(500), active);
    }
}
