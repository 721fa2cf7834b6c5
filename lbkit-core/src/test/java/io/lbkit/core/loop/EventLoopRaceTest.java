package io.lbkit.core.loop;

import static io.lbkit.core.race.Interleavings.atOnce;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.SocketOptions;
import io.lbkit.core.race.Interleavings;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ListenSocket;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;

/**
 * A loop that waits for the network without bound, and threads that post to it, under every interleaving. A command that slept
 * in the inbox while the loop waits would be a deadlock, which fails the scenario.
 */
@EnabledOnJre(JRE.JAVA_17)
class EventLoopRaceTest {

    @Test
    void no_command_sleeps_in_the_inbox_while_the_loop_waits() {
        EventLoop loop = loop(new Network(true));
        Interleavings.all(() -> turnsUntilRun(loop, 1));
    }

    @Test
    void nor_do_those_of_two_senders() {
        EventLoop loop = loop(new Network(true));
        Interleavings.all(() -> turnsUntilRun(loop, 2));
    }

    @Test
    void a_network_that_forgets_a_wakeup_before_its_wait_would_be_noticed() {
        EventLoop loop = loop(new Network(false));
        Interleavings.some(() -> turnsUntilRun(loop, 1));
    }

    @Test
    void nor_one_that_does_not_wait_for_room() {
        EventLoop loop = loop(new Network(true));
        Interleavings.all(() -> {
            AtomicInteger run = new AtomicInteger();
            atOnce(
                    () -> {
                        while (run.get() == 0) {
                            turn(loop);
                        }
                    },
                    () -> loop.insist(run::incrementAndGet));
        });
    }

    private static void turnsUntilRun(EventLoop loop, int senders) {
        AtomicInteger run = new AtomicInteger();
        Runnable[] parts = new Runnable[senders + 1];
        parts[0] = () -> {
            while (run.get() < senders) {
                turn(loop);
            }
        };
        for (int i = 1; i <= senders; i++) {
            parts[i] = () -> assertTrue(loop.post(run::incrementAndGet));
        }
        atOnce(parts);
    }

    @Test
    void a_loop_that_looked_before_it_said_that_it_waits_would_be_noticed() {
        Interleavings.some(() -> {
            Hasty loop = new Hasty();
            AtomicInteger run = new AtomicInteger();
            atOnce(
                    () -> {
                        while (run.get() == 0) {
                            loop.turn();
                        }
                    },
                    () -> loop.post(run::incrementAndGet));
        });
    }

    @Test
    void a_command_is_run_by_the_last_look_or_its_sender_knows_that_it_was_too_late() {
        EventLoop loop = loop(new Network(true));
        Interleavings.all(() -> {
            AtomicInteger deaf = new AtomicInteger();
            AtomicInteger answers = new AtomicInteger();
            Runnable host = () -> {
                if (loop.post(answers::incrementAndGet) && deaf.get() == 1) {
                    answers.addAndGet(10); // as the host's end of a proxy does
                }
            };
            atOnce(host, host, () -> {
                deaf.set(1);
                loop.settle();
            });
            int answered = answers.get() % 10 + answers.get() / 10;
            assertTrue(answered >= 2, () -> "two commands, " + answers + " answered (tens: by the sender)");
        });
    }

    private static void turn(EventLoop loop) {
        try {
            loop.turn();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static EventLoop loop(Transport network) {
        return new EventLoop(0, () -> 0, network, new SplittableRandom(1), 4, () -> true);
    }

    /** Nothing ever happens in it; a poll ends by a wakeup, before or during it. */
    private static final class Network implements Transport {

        private final boolean remembers;
        private boolean woken;

        Network(boolean remembers) {
            this.remembers = remembers;
        }

        @Override
        public synchronized void poll(long timeoutNanos) {
            if (!remembers) {
                woken = false;
            }
            while (timeoutNanos > 0 && !woken) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            woken = false;
        }

        @Override
        public synchronized void wakeup() {
            woken = true;
            notifyAll();
        }

        @Override
        public void check(SocketOptions options) {}

        @Override
        public ListenSocket listen(Listener listener, Runnable onReady) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Endpoint connect(Backend backend, SocketAddress address, ReadyHandler handler) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }

    /** As {@link EventLoop}, but looks into its inbox before it says that it waits. */
    private static final class Hasty {
        private final Inbox inbox = new Inbox(4);
        private final Network network = new Network(true);
        private volatile boolean waiting;

        void turn() {
            long wait = inbox.isEmpty() ? TimerWheel.NEVER : 0;
            waiting = true;
            network.poll(wait);
            waiting = false;
            Command command = inbox.take();
            if (command != null) {
                command.run();
            }
        }

        void post(Command command) {
            inbox.post(command);
            if (waiting) {
                network.wakeup();
            }
        }
    }
}
