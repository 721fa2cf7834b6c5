package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.Rebalance;
import io.lbkit.core.sim.Rig.Visitor;
import io.lbkit.selector.Selectors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Live sessions move to a backend that joins, in virtual time. */
class RebalanceTest {

    @RegisterExtension
    final Rig rig = new Rig();

    private final List<Visitor> clients = new ArrayList<>();

    private void crowd(int loops, int sessions) {
        rig.loops(loops)
                .backend("a", Backend.UNLIMITED)
                .backend("b", Backend.UNLIMITED)
                .start();
        come(sessions);
    }

    private void come(int sessions) {
        clients.addAll(rig.connect(sessions));
        rig.pass(Duration.ofMillis(1)); // or they would not be older than what happens next
    }

    private void join(String id) {
        Backend backend = rig.server(id);
        rig.change(table -> table.add(backend));
    }

    /** Lets time pass; who is closed comes back within a tenth of a second. */
    private void passWithReturns(Duration time) {
        for (int tenth = 0; tenth < time.toMillis() / 100; tenth++) {
            rig.pass(Duration.ofMillis(100));
            for (int i = 0; i < clients.size(); i++) {
                if (clients.get(i).end() != null) {
                    clients.set(i, rig.connect());
                }
            }
        }
    }

    private long closed() {
        return rig.stats().closed(CloseReason.REBALANCED);
    }

    @Test
    void nobody_is_closed_unless_it_is_asked_for() {
        crowd(2, 20);
        join("c");
        rig.pass(Duration.ofMinutes(1));
        assertEquals(0, closed());
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void a_backend_that_is_added_gets_its_share(int loops) {
        rig.rebalance(Rebalance.perSecond(10));
        crowd(loops, 120);
        join("c");
        passWithReturns(Duration.ofSeconds(10));
        // The share is 40; 44 are tolerated, so two times 16 have moved, and not one more.
        assertEquals(44, rig.active("a"));
        assertEquals(44, rig.active("b"));
        assertEquals(32, rig.active("c"));
        assertEquals(32, closed());
        passWithReturns(Duration.ofSeconds(20));
        assertEquals(32, closed(), "that is all");
    }

    @Test
    void so_does_one_that_recovers_and_one_that_is_made_ready() {
        rig.rebalance(Rebalance.perSecond(100).tolerance(0));
        rig.loops(2)
                .backend("a", Backend.UNLIMITED)
                .backend("b", Backend.UNLIMITED)
                .start();
        rig.check("a", false);
        come(20);
        rig.check("a", true);
        passWithReturns(Duration.ofSeconds(2));
        assertEquals(9, rig.active("a"));
        assertEquals(11, rig.active("b"));
        rig.change(table -> table.drain("a", Duration.ZERO, new java.util.concurrent.CompletableFuture<>()));
        passWithReturns(Duration.ofSeconds(1));
        assertEquals(20, rig.active("b"));
        rig.change(table -> table.ready("a"));
        passWithReturns(Duration.ofSeconds(2));
        assertEquals(11, rig.active("b"));
    }

    @Test
    void the_rate_is_kept() {
        rig.rebalance(Rebalance.perSecond(3));
        crowd(3, 100);
        join("c");
        long before = 0;
        for (int second = 0; second < 8; second++) {
            passWithReturns(Duration.ofSeconds(1));
            assertTrue(closed() - before <= 3, closed() - before + " in a second");
            before = closed();
        }
        assertTrue(before >= 20, before + " in eight seconds");
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void those_that_are_silent_for_longest_go_first_whatever_their_loop(int loops) {
        rig.rebalance(Rebalance.perSecond(1000).tolerance(0));
        rig.loops(loops).backend("a", Backend.UNLIMITED).start();
        come(40);
        rig.pass(Duration.ofSeconds(1));
        for (int i = 0; i < 40; i += 2) {
            clients.get(i).send("x"); // every other one, so that on each loop there are some of both kinds
            rig.pass(Duration.ofMillis(10));
        }
        join("b");
        rig.pass(Duration.ofSeconds(1));
        assertEquals(19, closed(), "down to 21");
        for (int i = 0; i < 40; i += 2) {
            assertNull(clients.get(i).reason(), "it had a byte lately");
        }
    }

    @Test
    void when_clients_do_not_come_back_it_stops_at_the_share_of_before() {
        rig.rebalance(Rebalance.perSecond(100).tolerance(0));
        crowd(2, 60);
        join("c");
        rig.pass(Duration.ofMinutes(1));
        assertEquals(21, rig.active("a"));
        assertEquals(21, rig.active("b"));
        assertEquals(18, closed());
    }

    @Test
    void nobody_is_disturbed_twice_and_no_newcomer() {
        // With the first one always chosen, whoever is closed comes back to where he was.
        rig.rebalance(Rebalance.perSecond(1000)).selector((candidates, client) -> 0);
        rig.loops(2).backend("a", Backend.UNLIMITED).start();
        come(30);
        join("b");
        Visitor newcomer = rig.connect();
        passWithReturns(Duration.ofSeconds(5));
        assertEquals(30, closed(), "each of the old ones once, in vain");
        assertEquals(31, rig.active("a"));
        assertNull(newcomer.reason());
    }

    @Test
    void weights_and_limits_are_respected() {
        rig.rebalance(Rebalance.perSecond(1000).tolerance(0));
        rig.loops(2).backend("a", Backend.UNLIMITED).start();
        come(100);
        Backend small = rig.server("small").maxConnections(10);
        Backend large = rig.server("large").weight(3);
        rig.change(table -> {
            table.add(small);
            table.add(large);
        });
        passWithReturns(Duration.ofSeconds(5));
        assertEquals(10, rig.active("small"));
        assertTrue(rig.active("a") >= 22 && rig.active("a") <= 24, rig.active("a") + " on a, whose share is 22.5");
    }

    @Test
    void what_went_down_again_is_not_waited_for() {
        rig.rebalance(Rebalance.perSecond(1));
        crowd(2, 100);
        join("c");
        passWithReturns(Duration.ofSeconds(5));
        rig.check("c", false);
        long before = closed();
        passWithReturns(Duration.ofSeconds(20));
        assertTrue(closed() - before <= 1, "no share is exceeded any more");
    }

    @Test
    void a_proxy_that_stops_closes_no_more() {
        rig.rebalance(Rebalance.perSecond(1));
        crowd(2, 100);
        join("c");
        rig.pass(Duration.ofSeconds(3));
        rig.stop(Duration.ofMinutes(1));
        long before = closed();
        rig.pass(Duration.ofSeconds(10));
        assertEquals(before, closed());
    }

    @Test
    void one_that_joins_a_proxy_that_stops_gets_nobody() {
        rig.rebalance(Rebalance.perSecond(10));
        crowd(2, 100);
        rig.check("a", false);
        come(50);
        rig.stop(Duration.ofMinutes(1));
        rig.check("a", true);
        rig.pass(Duration.ofSeconds(10));
        assertEquals(0, closed());
    }

    @Test
    void it_is_over_when_round_robin_has_sent_everybody_around_once() {
        rig.rebalance(Rebalance.perSecond(1000)).selector(Selectors.roundRobin());
        crowd(2, 120);
        join("c");
        passWithReturns(Duration.ofSeconds(10));
        assertTrue(closed() > 32 && closed() <= 120, closed() + " closed");
        assertTrue(rig.active("a") <= 44 && rig.active("b") <= 44, rig.active("c") + " have moved");
    }
}
