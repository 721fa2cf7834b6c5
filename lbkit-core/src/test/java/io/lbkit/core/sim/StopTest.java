package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.ProxyState;
import io.lbkit.core.sim.Rig.Visitor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of those who wait in the backlog when a proxy stops. */
class StopTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    @RegisterExtension
    final Rig rig = new Rig().limits(limits -> limits.acceptsPerTurn(2));

    /** They come between two turns, so that all of them still wait when it stops. */
    private List<Visitor> waiting(int count) {
        List<Visitor> visitors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            visitors.add(rig.new Visitor());
        }
        rig.network.moveClock(rig.network.now());
        return visitors;
    }

    @Test
    void those_who_wait_are_served_some_each_turn() {
        rig.backend("b1", Backend.UNLIMITED).start();
        List<Visitor> visitors = waiting(21);
        rig.tellStop(MINUTE);
        rig.turn(0);
        assertTrue(
                rig.stats().accepted() <= 6,
                "by the poll, and twice by the stop: " + rig.stats().accepted());

        rig.settle();
        assertEquals(21, rig.stats().accepted());
        assertEquals(ProxyState.DRAINING, rig.stats().state());
        visitors.forEach(visitor -> assertNull(visitor.reason(), visitor::toString));
        visitors.forEach(Visitor::leave);
        assertEquals(21, rig.stopped().finished());
    }

    @Test
    void nobody_waits_and_nobody_comes_any_more() {
        rig.backend("b1", Backend.UNLIMITED).start();
        rig.stop(MINUTE);
        assertNotNull(rig.stopped());
        assertTrue(rig.connect().socket.isRefused());
    }

    /** Each who is served brings one more. */
    @Test
    void a_storm_of_callers_does_not_keep_it_open() {
        List<Visitor> storm = new ArrayList<>();
        rig.backlog(10)
                .selector((candidates, client) -> {
                    if (storm.size() < 1000) {
                        storm.add(rig.new Visitor());
                    }
                    return 0;
                })
                .backend("b1", Backend.UNLIMITED)
                .start();
        storm.addAll(waiting(2));
        rig.tellStop(MINUTE);
        rig.settle();
        long accepted = rig.stats().accepted();
        assertTrue(accepted >= 11 && accepted <= 11 + 4, "a backlog, and what a turn and the poll take: " + accepted);
        assertEquals(
                storm.size() - accepted,
                storm.stream()
                        .filter(caller -> caller.socket.wasReset() || caller.socket.isRefused())
                        .count());
        rig.stop(Duration.ZERO);
    }

    @Test
    void those_for_whom_there_is_no_permit_are_reset() {
        rig.limits(limits -> limits.maxConnections(3))
                .backend("b1", Backend.UNLIMITED)
                .start();
        List<Visitor> visitors = rig.connect(5);
        assertEquals(3, rig.stats().accepted());
        rig.stop(MINUTE);
        assertEquals(3, rig.stats().accepted());
        assertTrue(visitors.get(3).socket.wasReset() && visitors.get(4).socket.wasReset());
        visitors.subList(0, 3).forEach(Visitor::leave);
        assertEquals(3, rig.stopped().finished());
    }

    @Test
    void those_for_whom_there_is_no_descriptor_are_reset() {
        rig.backend("b1", Backend.UNLIMITED).start();
        rig.faults(new Faults(0, 0, 0, 0, 0, 1, 0, 0));
        List<Visitor> visitors = waiting(3);
        rig.stop(MINUTE);
        assertNotNull(rig.stopped());
        visitors.forEach(visitor -> assertTrue(visitor.socket.wasReset(), visitor::toString));
    }

    /** Its time is up before all who wait are accepted. */
    @Test
    void none_of_them_outlives_the_deadline() {
        rig.backend("b1", Backend.UNLIMITED).start();
        List<Visitor> visitors = waiting(21);
        rig.tellStop(Duration.ZERO);
        rig.pass(Duration.ofMillis(10));
        assertNotNull(rig.stopped());
        long accepted = rig.stats().accepted();
        assertEquals(accepted, rig.stats().closed(CloseReason.DRAIN_TIMEOUT));
        assertEquals(accepted, rig.stopped().cut());
        assertEquals(0, rig.stopped().finished());
        visitors.forEach(visitor -> assertTrue(visitor.socket.wasReset(), visitor::toString));
    }

    /** It is up while some still wait to be accepted, of whom some are each turn. */
    @Test
    void nobody_is_accepted_once_the_time_is_up() {
        rig.backend("b1", Backend.UNLIMITED).start();
        List<Visitor> visitors = waiting(21);
        rig.tellStop(Duration.ofMillis(1));
        rig.turn(0);
        long accepted = rig.stats().accepted();
        assertTrue(accepted < 21, "some still wait");

        rig.network.moveClock(rig.network.now() + 10_000_000);
        rig.turn(0);
        assertEquals(accepted, rig.stats().accepted());
        assertEquals(accepted, rig.stats().closed(CloseReason.DRAIN_TIMEOUT));
        rig.settle();
        assertNotNull(rig.stopped());
        assertEquals(accepted, rig.stopped().cut());
        visitors.forEach(visitor -> assertTrue(visitor.socket.wasReset(), visitor::toString));
    }

    /** It rested when it was told to stop, and does not begin again when that rest would have been over. */
    @Test
    void a_rest_that_ends_lets_nobody_in_out_of_turn() {
        rig.backlog(100).backend("b1", Backend.UNLIMITED).start();
        rig.faults(new Faults(0, 0, 0, 0, 0, 1, 0, 0));
        waiting(50);
        rig.turn(0);
        rig.faults(Faults.NONE);
        rig.tellStop(MINUTE);
        rig.turn(0);
        rig.network.moveClock(rig.network.now() + Duration.ofMillis(20).toNanos());
        rig.turn(0); // the rest is over
        long before = rig.stats().accepted();
        rig.turn(0);
        assertEquals(before + 2, rig.stats().accepted());
        rig.stop(Duration.ZERO);
    }
}
