package io.lbkit.core.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.core.transport.Transport;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The end of a loop. */
class EventLoopTest {

    private static EventLoop loop(int index) {
        Transport idle = (Transport) Proxy.newProxyInstance(
                Transport.class.getClassLoader(), new Class<?>[] {Transport.class}, (proxy, method, args) -> null);
        return new EventLoop(index, () -> 0, idle, new SplittableRandom(1), 2, () -> true);
    }

    @Test
    void what_a_full_inbox_did_not_take_is_handed_over_at_the_end() throws Exception {
        EventLoop ends = loop(0);
        EventLoop other = loop(1);
        List<Integer> told = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int number = i;
            ends.send(other, () -> told.add(number));
        }
        assertTrue(ends.hasLetters());
        Thread turns = new Thread(() -> {
            while (told.size() < 5) {
                try {
                    other.turn();
                } catch (java.io.IOException e) {
                    throw new AssertionError(e);
                }
            }
        });
        turns.start();
        assertTimeoutPreemptively(Duration.ofSeconds(10), ends::settle);
        turns.join();
        assertEquals(List.of(0, 1, 2, 3, 4), told);
    }

    @Test
    void nobody_waits_for_room_in_the_inbox_of_a_loop_that_has_ended() {
        EventLoop ends = loop(0);
        EventLoop gone = loop(1);
        for (int i = 0; i < 3; i++) {
            ends.send(gone, () -> {});
        }
        gone.retire();
        assertTimeoutPreemptively(Duration.ofSeconds(10), ends::settle);
        assertFalse(ends.hasLetters());
    }
}
