package io.lbkit.core.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whose turn it is. */
class HandshakesTest {

    private final Transport idle = (Transport) Proxy.newProxyInstance(
            Transport.class.getClassLoader(), new Class<?>[] {Transport.class}, (proxy, method, args) -> null);
    private final EventLoop loop = new EventLoop(0, () -> 0, idle, new SplittableRandom(1), 16, () -> true);
    private final Handshakes handshakes = new Handshakes(1);
    private final List<String> granted = new ArrayList<>();

    @Test
    void a_place_goes_past_those_who_have_left() throws IOException {
        assertNull(handshakes.enter(loop, () -> granted.add("first")));
        Handshakes.Waiting left = handshakes.enter(loop, () -> granted.add("left"));
        assertNotNull(left);
        assertNotNull(handshakes.enter(loop, () -> granted.add("next")));
        assertEquals(2, handshakes.waiting());
        left.forget();
        assertEquals(1, handshakes.waiting());

        handshakes.leave(loop);
        loop.turn();
        assertEquals(List.of("next"), granted);
        assertEquals(1, handshakes.used());
        handshakes.leave(loop);
        assertEquals(0, handshakes.used());
    }

    @Test
    void a_place_for_which_only_those_wait_who_have_left_is_free() throws IOException {
        assertNull(handshakes.enter(loop, () -> granted.add("first")));
        for (int i = 0; i < 3; i++) {
            Handshakes.Waiting left = handshakes.enter(loop, () -> granted.add("left"));
            assertNotNull(left);
            left.forget();
        }
        handshakes.leave(loop);
        loop.turn();
        assertEquals(List.of(), granted);
        assertEquals(0, handshakes.used());
    }
}
