package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.core.sim.SimBacklog.Answer;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Backends with several addresses, in virtual time: the first to answer is taken, and to everybody else it is one connect. */
class DialTest {

    private static final Duration DELAY = Duration.ofMillis(250);
    private static final Duration TICK = Duration.ofMillis(10); // of the timers, and some

    @RegisterExtension
    final Rig rig = new Rig();

    /** One backend with so many addresses, which are servers called 0, 1, 2 ... */
    private void start(int addresses) {
        List<SocketAddress> all = new ArrayList<>();
        for (int i = 0; i < addresses; i++) {
            all.add(rig.server("" + i).address());
        }
        rig.backend(Backend.of(all.get(0)).id("a").addresses(all)).start();
    }

    private void answers(Answer... each) {
        for (int i = 0; i < each.length; i++) {
            rig.serverOf("" + i).answer(each[i]);
        }
    }

    private int called(int server) {
        return rig.serverOf("" + server).waiting().size();
    }

    @Test
    void the_first_address_is_the_only_one_tried_if_it_answers_in_time() {
        start(2);
        rig.serverOf("0").delay(Duration.ofMillis(100).toNanos());
        Rig.Visitor client = rig.connect();
        rig.pass(Duration.ofMillis(201));
        assertEquals("a", client.backend());
        rig.pass(DELAY);
        assertEquals(0, called(1));
    }

    @Test
    void the_next_is_tried_as_well_when_the_first_takes_too_long() {
        start(3);
        answers(Answer.DROP, Answer.ACCEPT, Answer.ACCEPT);
        Rig.Visitor client = rig.connect();
        rig.pass(DELAY.minusMillis(1));
        assertNull(client.backend());
        rig.pass(TICK);
        assertEquals("a", client.backend());
        rig.pass(DELAY.plus(DELAY));
        assertEquals(0, called(2));
        assertEquals(1, rig.stats().backends().get(0).sessions());
        assertEquals(0, rig.stats().connectFailures(), "one attempt, and it succeeded");
        client.leave();
        assertEquals(1, client.end().attempts());
    }

    @Test
    void the_next_is_tried_at_once_when_one_is_refused() {
        start(3);
        answers(Answer.REFUSE, Answer.REFUSE, Answer.ACCEPT);
        Rig.Visitor client = rig.connect();
        rig.pass(Duration.ofNanos(1));
        assertEquals("a", client.backend());
    }

    @Test
    void the_loser_is_closed_in_order() {
        start(2);
        rig.serverOf("0").delay(Duration.ofMillis(150).toNanos()); // answers after 300 ms, the other after 251 ms
        rig.serverOf("1").delay(Duration.ofMillis(5).toNanos());
        Rig.Visitor client = rig.connect();
        rig.pass(Duration.ofSeconds(1));
        assertEquals("a", client.backend());
        SimSocket loser = rig.accept("0");
        SimSocket winner = rig.accept("1");
        assertTrue(loser.readable(), "an end of one kind or the other");
        assertTrue(!winner.readable() && !winner.wasReset());
        client.send("hello");
        rig.pass(TICK);
        assertEquals(5, winner.arrived());
    }

    @Test
    void a_late_first_address_may_still_win() {
        start(2);
        rig.serverOf("0").delay(Duration.ofMillis(140).toNanos()); // 280 ms
        answers(Answer.ACCEPT, Answer.DROP);
        Rig.Visitor client = rig.connect();
        rig.pass(Duration.ofMillis(281));
        assertEquals("a", client.backend());
        client.send("hello");
        rig.pass(Duration.ofMillis(150));
        assertEquals(5, rig.accept("0").arrived());
    }

    @Test
    void all_refused_is_one_failure() {
        start(3);
        answers(Answer.REFUSE, Answer.REFUSE, Answer.REFUSE);
        Rig.Visitor client = rig.connect();
        rig.pass(TICK);
        assertEquals(CloseReason.CONNECT_FAILED, client.reason());
        assertEquals(1, client.end().attempts());
        assertEquals(1, rig.stats().backends().get(0).connectFailures());
    }

    @Test
    void all_silent_is_one_timeout() {
        start(2);
        answers(Answer.DROP, Answer.DROP);
        Rig.Visitor client = rig.connect();
        rig.pass(Duration.ofSeconds(3).plus(TICK));
        assertEquals(CloseReason.CONNECT_FAILED, client.reason());
        assertEquals(1, rig.stats().backends().get(0).connectTimeouts());
    }

    @Test
    void a_client_that_leaves_takes_all_of_it_with_him() {
        start(3);
        answers(Answer.DROP, Answer.DROP, Answer.ACCEPT);
        Rig.Visitor client = rig.connect();
        rig.pass(DELAY.plus(TICK));
        client.leave();
        rig.pass(DELAY.plus(DELAY));
        assertEquals(CloseReason.RESET_BY_CLIENT, client.reason());
        assertEquals(0, called(2), "its turn never came");
    }

    @Test
    void the_delay_is_a_limit() {
        rig.limits(limits -> limits.addressDelay(Duration.ofMillis(20)));
        start(2);
        answers(Answer.DROP, Answer.ACCEPT);
        Rig.Visitor client = rig.connect();
        rig.pass(Duration.ofMillis(20).plus(TICK));
        assertEquals("a", client.backend());
    }

    /** Whatever the addresses do: served if one of them accepts, as one attempt, and nothing is left open but the connection. */
    @Test
    void whoever_answers_serves() {
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Rig town = new Rig();
            List<SocketAddress> all = new ArrayList<>();
            boolean any = false;
            for (int i = 0; i < 2 + random.nextInt(4); i++) {
                all.add(town.server("" + i).address());
                Answer answer = Answer.values()[random.nextInt(3)];
                any |= answer == Answer.ACCEPT;
                town.serverOf("" + i).answer(answer);
                town.serverOf("" + i).delay(random.nextLong(400_000_000));
            }
            town.backend(Backend.of(all.get(0)).id("a").addresses(all)).start();
            Rig.Visitor client = town.connect();
            town.pass(Duration.ofMillis(2900));
            assertEquals(any, client.backend() != null, "seed " + seed);
            long open = 0;
            for (int i = 0; i < all.size(); i++) {
                open += town.serverOf("" + i).waiting().stream()
                        .filter(socket -> !socket.readable())
                        .count();
            }
            assertEquals(any ? 1 : 0, open, "seed " + seed);
            client.leave();
            assertEquals(1, client.end().attempts(), "seed " + seed);
            town.afterEach(null);
        }
    }

    @Test
    void no_local_port_is_no_fault_of_the_backend() {
        start(2);
        rig.faults(new Faults(0, 0, 0, 0, 0, 0, 0, 1));
        Rig.Visitor client = rig.connect();
        assertEquals(CloseReason.LOCAL_FAILURE, client.reason());
        assertEquals(0, rig.stats().backends().get(0).connectFailures());
        rig.faults(Faults.NONE);
        assertEquals("a", rig.connect().backend());
    }
}
