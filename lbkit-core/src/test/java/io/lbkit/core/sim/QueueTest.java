package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.CloseReason;
import io.lbkit.DrainReport;
import io.lbkit.OutlierPolicy;
import io.lbkit.Phase;
import io.lbkit.Selector;
import io.lbkit.core.sim.Rig.Visitor;
import io.lbkit.core.sim.SimBacklog.Answer;
import io.lbkit.selector.Selectors;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions that find every backend full wait their turn, in virtual time. */
class QueueTest {

    @RegisterExtension
    final Rig rig = new Rig().limits(limits -> limits.queueCapacity(100));

    /** One backend with room for one, which is taken. */
    private Visitor taken(int loops) {
        rig.loops(loops).backend("a", 1).start();
        return rig.connect();
    }

    private static List<Integer> ports(List<Visitor> visitors) {
        return visitors.stream().map(Visitor::port).toList();
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void first_come_first_served(int loops) {
        Visitor last = taken(loops);
        List<Visitor> waiting = rig.connect(10);
        assertEquals(10, rig.stats().queued());
        rig.served.clear();
        for (Visitor next : waiting) {
            assertNull(next.backend());
            last.leave();
            assertEquals("a", next.backend());
            assertEquals(1, rig.active("a"));
            last = next;
        }
        assertEquals(ports(waiting), rig.served);
        assertEquals(10, rig.stats().queuedEver());
        assertEquals(0, rig.stats().queued());
    }

    @Test
    void time_in_the_queue_is_reported_and_is_no_part_of_the_time_to_connect() {
        rig.limits(limits -> limits.queueTimeout(Duration.ofSeconds(30)).connectDeadline(Duration.ofMillis(100)));
        Visitor first = taken(2);
        Visitor waiting = rig.connect();
        rig.pass(Duration.ofSeconds(20));
        first.leave();
        assertEquals("a", waiting.backend());
        waiting.leave();
        assertEquals(Duration.ofSeconds(20), waiting.end().queueTime());
        assertEquals(1, waiting.end().attempts());
    }

    @Test
    void the_bound_holds_and_whoever_does_not_fit_is_told() {
        rig.limits(limits -> limits.queueCapacity(2));
        Visitor first = taken(2);
        List<Visitor> waiting = rig.connect(3);
        assertEquals(CloseReason.BACKENDS_FULL, waiting.get(2).reason());
        assertEquals(Phase.CONNECTING, waiting.get(2).end().phase());
        assertEquals(2, rig.stats().queued());
        first.leave();
        assertEquals("a", waiting.get(0).backend());
        assertNull(rig.connect().reason(), "a place in the queue is free again");
    }

    @Test
    void a_client_that_resets_its_connection_frees_its_place_at_once() {
        rig.limits(limits -> limits.queueCapacity(1));
        Visitor first = taken(2);
        Visitor waiting = rig.connect();
        waiting.leave();
        assertEquals(CloseReason.RESET_BY_CLIENT, waiting.reason());
        assertEquals(Phase.QUEUED, waiting.end().phase());
        assertNull(waiting.end().backend());
        Visitor next = rig.connect();
        assertNull(next.reason());
        first.leave();
        assertEquals("a", next.backend());
    }

    @Test
    void one_that_has_ended_its_stream_keeps_it_and_gets_its_answer() {
        Visitor first = taken(2);
        Visitor waiting = rig.connect();
        waiting.send("question");
        waiting.endStream();
        rig.accept("a");
        first.leave();
        SimSocket server = rig.accept("a");
        ByteBuffer bytes = ByteBuffer.allocate(100);
        assertEquals(8, server.read(bytes, 100));
        assertEquals("question", new String(bytes.array(), 0, 8));
        assertTrue(server.endReceived());
        server.write(ByteBuffer.wrap("answer".getBytes()), 6);
        rig.settle();
        assertEquals(6, waiting.socket.arrived());
    }

    @Test
    void where_an_end_means_to_leave_it_frees_the_place_at_once() {
        rig.limits(limits -> limits.queueCapacity(1).queueLeftAtEnd(true));
        Visitor first = taken(2);
        Visitor waiting = rig.connect();
        waiting.send("question");
        assertNull(waiting.reason());
        waiting.endStream();
        assertEquals(CloseReason.RESET_BY_CLIENT, waiting.reason());
        assertEquals(Phase.QUEUED, waiting.end().phase());
        Visitor next = rig.connect();
        assertNull(next.reason());
        first.leave();
        assertEquals("a", next.backend());
        next.endStream();
        assertNull(next.reason(), "it no longer waits, and an end is an end");
    }

    @Test
    void and_whoever_has_ended_its_stream_before_does_not_begin_to_wait() {
        rig.limits(limits -> limits.queueLeftAtEnd(true).connectTimeout(Duration.ofMillis(100)));
        rig.selector(Selectors.firstAvailable()).backend("a", 1).backend("b", 1).start();
        rig.connect();
        rig.serverOf("b").answer(Answer.DROP);
        Visitor gone = rig.connect();
        gone.endStream();
        assertNull(gone.reason(), "it is not in the queue yet");
        rig.pass(Duration.ofMillis(150));
        assertEquals(CloseReason.RESET_BY_CLIENT, gone.reason());
        assertEquals(Phase.QUEUED, gone.end().phase());
        assertEquals(Duration.ZERO, gone.end().queueTime());
        assertEquals(0, rig.stats().queued());
    }

    /** 200 sessions on four loops that begin to wait at odd times, none of which is served. */
    @Test
    void deadlines_are_kept_within_20_ms() {
        rig.limits(limits -> limits.queueCapacity(1000).queueTimeout(Duration.ofMillis(1234)));
        taken(4);
        SplittableRandom random = new SplittableRandom(3);
        List<Visitor> waiting = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            waiting.add(rig.connect());
            rig.pass(Duration.ofNanos(random.nextLong(15_000_000)));
        }
        rig.pass(Duration.ofSeconds(2));
        for (Visitor visitor : waiting) {
            assertEquals(CloseReason.QUEUE_TIMEOUT, visitor.reason());
            long late = visitor.end().queueTime().minusMillis(1234).toNanos();
            assertTrue(late >= 0 && late < 20_000_000, late + " ns late");
        }
        assertEquals(200, rig.stats().closed(CloseReason.QUEUE_TIMEOUT));
        assertEquals(0, rig.stats().queued());
    }

    @Test
    void one_who_comes_when_a_place_becomes_free_does_not_overtake() {
        Visitor first = taken(1);
        Visitor waiting = rig.connect();
        first.socket.reset();
        Visitor newcomer = rig.new Visitor(); // both are there before the loop takes its next turn
        rig.settle();
        assertEquals("a", waiting.backend());
        assertNull(newcomer.backend());
        assertEquals(1, rig.stats().queued());
    }

    @Test
    void a_place_granted_to_one_who_leaves_at_that_moment_goes_to_the_next() {
        Visitor first = taken(2);
        List<Visitor> waiting = rig.connect(3);
        first.socket.reset();
        for (Visitor visitor : waiting.subList(0, 2)) {
            visitor.socket.reset(); // nobody has looked yet, so the line grants places to those who have gone
        }
        rig.settle();
        assertEquals("a", waiting.get(2).backend());
        assertEquals(1, rig.active("a"));
        assertEquals(CloseReason.RESET_BY_CLIENT, waiting.get(0).reason());
        assertEquals(CloseReason.RESET_BY_CLIENT, waiting.get(1).reason());
    }

    @Test
    void a_backend_that_is_added_serves_those_who_wait() {
        taken(2);
        List<Visitor> waiting = rig.connect(3);
        Backend added = rig.server("b").maxConnections(2);
        rig.change(table -> table.add(added));
        assertEquals("b", waiting.get(0).backend());
        assertEquals("b", waiting.get(1).backend());
        assertNull(waiting.get(2).backend());
    }

    @Test
    void so_does_one_whose_limit_is_raised() {
        taken(2);
        List<Visitor> waiting = rig.connect(3);
        rig.change(table -> table.update(rig.entry("a").backend().maxConnections(3)));
        assertEquals("a", waiting.get(1).backend());
        assertNull(waiting.get(2).backend());
        assertEquals(3, rig.active("a"));
    }

    @Test
    void a_limit_that_was_lowered_is_kept_by_the_queue() {
        rig.backend("a", 3).start();
        List<Visitor> served = rig.connect(3);
        Visitor waiting = rig.connect();
        rig.change(table -> table.update(rig.entry("a").backend().maxConnections(1)));
        served.get(0).leave();
        served.get(1).leave();
        assertNull(waiting.backend());
        assertEquals(1, rig.active("a"));
        served.get(2).leave();
        assertEquals("a", waiting.backend());
    }

    @Test
    void one_that_is_drained_hands_nothing_over_until_it_is_made_ready() {
        Visitor first = taken(2);
        Visitor waiting = rig.connect();
        CompletableFuture<DrainReport> drained = new CompletableFuture<>();
        rig.change(table -> table.drain("a", null, drained));
        first.leave();
        assertNull(waiting.backend());
        assertTrue(drained.isDone(), "its last session has ended");
        rig.change(table -> table.ready("a"));
        assertEquals("a", waiting.backend());
    }

    @Test
    void nor_does_one_that_is_down_until_it_recovers() {
        Visitor first = taken(2);
        rig.change(table -> table.add(rig.server("b").maxConnections(1)));
        rig.connect();
        Visitor waiting = rig.connect();
        rig.check("a", false);
        first.leave();
        assertNull(waiting.backend());
        rig.check("a", true);
        assertEquals("a", waiting.backend());
    }

    @Test
    void one_on_probation_hands_nothing_over_until_it_has_passed() {
        rig.outliers(OutlierPolicy.DEFAULT.consecutiveFailures(1));
        rig.backend("a", 2).backend("b", 1).start();
        Visitor old = ejected("a");
        rig.pass(Duration.ofSeconds(5));
        rig.serverOf("a").delay(1_000_000);
        Visitor probe = rig.connect();
        Visitor waiting = rig.connect();
        assertEquals(BackendState.PROBING, rig.entry("a").state());
        old.leave();
        assertEquals(1, rig.active("a"), "the probe and nobody else, though there is room for two");
        assertEquals(1, rig.stats().queued());
        rig.pass(Duration.ofMillis(10));
        assertEquals("a", probe.backend());
        assertEquals("a", waiting.backend());
    }

    /** One of two backends with room for two refuses; the other is full. Returns the one session that the first still has. */
    private Visitor ejected(String id) {
        List<Visitor> served = rig.connect(3);
        List<Visitor> there =
                served.stream().filter(visitor -> visitor.backend().equals(id)).toList();
        rig.serverOf(id).answer(Answer.REFUSE);
        there.get(0).leave();
        rig.connect().leave();
        rig.serverOf(id).answer(Answer.ACCEPT);
        assertEquals(BackendState.EJECTED, rig.entry(id).state());
        return there.get(1);
    }

    @Test
    void a_place_granted_in_a_backend_that_is_drained_at_that_moment_is_not_taken() {
        Visitor first = taken(2);
        Visitor onLoop0 = rig.connect();
        Visitor waiting = rig.connect();
        onLoop0.leave();
        CompletableFuture<DrainReport> drained = new CompletableFuture<>();
        first.socket.reset();
        rig.turn(1); // the place is handed over
        rig.tell(table -> table.drain("a", null, drained));
        rig.turn(0); // it is granted, then the backend is drained
        assertEquals(1, rig.active("a"));
        rig.settle();
        assertNull(waiting.backend());
        assertEquals(0, rig.active("a"));
        assertTrue(drained.isDone());
        rig.change(table -> table.ready("a"));
        assertEquals("a", waiting.backend());
        assertEquals(3, rig.stats().queuedEver(), "it had to wait twice");
    }

    @Test
    void nobody_waits_for_a_backend_that_has_failed_him() {
        rig.limits(limits -> limits.queueTimeout(Duration.ofSeconds(1)));
        rig.backend("a", 1).backend("b", 1).start();
        rig.serverOf("a").answer(Answer.REFUSE);
        Visitor onB = rig.connect();
        assertEquals("b", onB.backend());
        Visitor waiting = rig.connect(); // a has refused it, and b is full
        assertEquals(1, rig.stats().queued());
        rig.serverOf("a").answer(Answer.ACCEPT);
        Visitor newcomer = rig.connect();
        assertEquals("a", newcomer.backend(), "for whom there is room, though somebody waits");
        newcomer.leave();
        assertNull(waiting.backend());
        onB.leave();
        assertEquals("b", waiting.backend());
        assertEquals(2, rig.stats().queuedEver());
    }

    @Test
    void one_whose_granted_backend_refuses_keeps_its_turn() {
        rig.backend("a", 1).backend("b", 1).start();
        List<Visitor> served = rig.connect(2);
        List<Visitor> waiting = rig.connect(2);
        rig.serverOf("a").answer(Answer.REFUSE);
        Visitor onA = served.get(0).backend().equals("a") ? served.get(0) : served.get(1);
        Visitor onB = served.get(0).backend().equals("a") ? served.get(1) : served.get(0);
        onA.leave(); // refused in turn, both wait again, in the order in which they came
        assertEquals(2, rig.stats().queued());
        onB.leave();
        assertEquals("b", waiting.get(0).backend());
        assertNull(waiting.get(1).backend());
    }

    @Test
    void the_selector_is_asked_with_the_one_candidate_and_may_refuse_it() {
        List<String> asked = new ArrayList<>();
        Visitor[] unwanted = new Visitor[1];
        rig.selector((candidates, client) -> {
            asked.add(candidates.backend(0).id() + " of " + candidates.size());
            boolean refuses = unwanted[0] != null && Pattern.port(client.clientAddress()) == unwanted[0].port();
            return refuses ? Selector.NONE : 0;
        });
        rig.backend("a", 1).backend("b", 1).start();
        List<Visitor> served = rig.connect(2);
        List<Visitor> waiting = rig.connect(2);
        unwanted[0] = waiting.get(0);
        asked.clear();
        Visitor onB = served.get(0).backend().equals("b") ? served.get(0) : served.get(1);
        onB.leave();
        assertEquals(List.of("b of 1", "b of 1"), asked);
        assertEquals(CloseReason.NO_BACKEND, waiting.get(0).reason());
        assertEquals("b", waiting.get(1).backend());
    }

    @Test
    void while_the_proxy_stops_the_queue_is_served_until_the_deadline() {
        Visitor first = taken(2);
        List<Visitor> waiting = rig.connect(2);
        rig.stop(Duration.ofSeconds(1));
        first.leave();
        assertEquals("a", waiting.get(0).backend());
        assertNull(waiting.get(1).reason());
        rig.pass(Duration.ofMillis(1010));
        assertEquals(CloseReason.DRAIN_TIMEOUT, waiting.get(0).reason());
        assertEquals(CloseReason.DRAIN_TIMEOUT, waiting.get(1).reason());
        assertEquals(Phase.QUEUED, waiting.get(1).end().phase());
        assertEquals(2, rig.stopped().cut());
        assertEquals(1, rig.stopped().finished());
    }

    @Test
    void without_a_queue_nobody_waits() {
        rig.limits(limits -> limits.queueCapacity(0));
        taken(2);
        assertEquals(CloseReason.BACKENDS_FULL, rig.connect().reason());
        assertEquals(0, rig.stats().queuedEver());
    }

    @Test
    void a_selector_that_defects_when_a_place_is_granted_does_not_keep_it() {
        Visitor[] victim = new Visitor[1];
        rig.selector((candidates, client) -> {
            if (victim[0] != null && Pattern.port(client.clientAddress()) == victim[0].port()) {
                throw new IllegalStateException("thrown by a test");
            }
            return 0;
        });
        Visitor first = taken(2);
        List<Visitor> waiting = rig.connect(2);
        victim[0] = waiting.get(0);
        first.leave();
        assertEquals(CloseReason.SELECTOR_FAILED, waiting.get(0).reason());
        assertEquals("a", waiting.get(1).backend());
    }

    /** Many come and go at random; the order in which those are served that wait is the order in which they came. */
    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 3})
    void a_crowd_is_served_in_order(int loops) {
        rig.loops(loops).backend("a", 2).backend("b", 3).start();
        SplittableRandom random = new SplittableRandom(11);
        List<Visitor> all = new ArrayList<>();
        List<Visitor> inside = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            if (random.nextBoolean() && rig.stats().queued() < 50) {
                all.add(rig.connect());
                inside.add(all.get(all.size() - 1));
            } else if (!inside.isEmpty()) {
                inside.remove(random.nextInt(Math.min(10, inside.size()))).leave();
            }
            assertTrue(rig.active("a") <= 2 && rig.active("b") <= 3);
        }
        List<Integer> came = new ArrayList<>(ports(all));
        came.retainAll(rig.served);
        assertEquals(came, rig.served);
        assertTrue(rig.stats().queuedEver() > 100 && !came.isEmpty(), "the queue was of use");
    }
}
