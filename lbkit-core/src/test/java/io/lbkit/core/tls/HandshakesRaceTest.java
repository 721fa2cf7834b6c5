package io.lbkit.core.tls;

import static io.lbkit.core.race.Interleavings.atOnce;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.SocketOptions;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.race.Interleavings;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ListenSocket;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;

/** Places for handshakes between loops that come, leave and wait, under every interleaving. */
@EnabledOnJre(JRE.JAVA_17)
class HandshakesRaceTest {

    // Made once, or the checker would take the making of a timer wheel for an endless loop; empty after each run.
    private final EventLoop[] loops = {loop(), loop()};

    @Test
    void one_after_the_other_has_the_only_place() {
        Interleavings.all(() -> {
            Handshakes handshakes = new Handshakes(1);
            AtomicInteger at = new AtomicInteger();
            Shaker one = new Shaker(loops[0], handshakes, at);
            Shaker other = new Shaker(loops[1], handshakes, at);
            atOnce(one, other);
            one.hear();
            other.hear();
            one.hear(); // the other one has left
            assertEquals(2, one.shaken + other.shaken, "one waits beside a free place");
            assertEquals(0, handshakes.used());
        });
    }

    @Test
    void without_the_second_look_one_could_wait_beside_a_free_place() {
        Interleavings.some(() -> {
            OneLook handshakes = new OneLook();
            AtomicInteger shaken = new AtomicInteger();
            Runnable loop = () -> {
                if (handshakes.enter(shaken::incrementAndGet)) {
                    shaken.incrementAndGet();
                    handshakes.leave();
                }
            };
            atOnce(loop, loop);
            assertEquals(2, shaken.get());
        });
    }

    private static EventLoop loop() {
        return new EventLoop(0, () -> 0, new Nowhere(), new SplittableRandom(1), 4, () -> true);
    }

    /** A loop with one handshake, over as soon as it has its place. */
    private static final class Shaker implements Runnable {
        private final EventLoop loop;
        private final Handshakes handshakes;
        private final AtomicInteger at;
        private int shaken;

        Shaker(EventLoop loop, Handshakes handshakes, AtomicInteger at) {
            this.loop = loop;
            this.handshakes = handshakes;
            this.at = at;
        }

        @Override
        public void run() {
            if (handshakes.enter(loop, this::shake) == null) {
                shake();
            }
        }

        private void shake() {
            assertTrue(at.incrementAndGet() == 1, "two at once");
            shaken++;
            at.decrementAndGet();
            handshakes.leave(loop);
        }

        void hear() {
            try {
                loop.turn();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** As {@link Handshakes} of one, but does not look again after it has begun to wait. */
    private static final class OneLook {
        private final AtomicInteger used = new AtomicInteger();
        private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();

        boolean enter(Runnable granted) {
            if (used.compareAndSet(0, 1)) {
                return true;
            }
            queue.add(granted);
            return false;
        }

        void leave() {
            used.decrementAndGet();
            Runnable first = queue.poll();
            if (first != null) {
                first.run();
            }
        }
    }

    /** A network in which nothing ever happens, and nobody waits for it. */
    private static final class Nowhere implements Transport {

        @Override
        public void poll(long timeoutNanos) {}

        @Override
        public void wakeup() {}

        @Override
        public ListenSocket listen(Listener listener, Runnable onReady) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void check(SocketOptions options) {}

        @Override
        public Endpoint connect(Backend backend, SocketAddress address, ReadyHandler handler) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
