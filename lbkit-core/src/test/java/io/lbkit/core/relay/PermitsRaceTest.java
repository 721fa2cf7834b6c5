package io.lbkit.core.relay;

import static io.lbkit.core.race.Interleavings.atOnce;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.core.race.Interleavings;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;

/** Permits between the loop that accepts and the loops whose sessions end, under every interleaving. */
@EnabledOnJre(JRE.JAVA_17)
class PermitsRaceTest {

    @Test
    void who_is_refused_is_told_when_one_comes_back() {
        Interleavings.all(() -> {
            Permits permits = new Permits(1);
            permits.tryTake();
            refusedOrTold(permits::tryTake, permits::giveBack);
        });
    }

    @Test
    void without_the_second_look_the_acceptor_could_rest_for_ever() {
        Interleavings.some(() -> {
            OneLook permits = new OneLook();
            refusedOrTold(permits::tryTake, permits::giveBack);
        });
    }

    private static void refusedOrTold(BooleanSupplier tryTake, BooleanSupplier giveBack) {
        boolean[] taken = {false};
        boolean[] told = {false};
        atOnce(() -> taken[0] = tryTake.getAsBoolean(), () -> told[0] = giveBack.getAsBoolean());
        assertTrue(taken[0] || told[0], "refused, one came back, and nobody was told");
    }

    @Test
    void two_that_come_back_at_once_are_both_had_in_the_end() {
        Interleavings.all(() -> {
            Permits permits = new Permits(2);
            permits.tryTake();
            permits.tryTake();
            AtomicInteger letters = new AtomicInteger();
            AtomicInteger accepted = new AtomicInteger();
            Runnable session = () -> {
                if (permits.giveBack()) {
                    letters.incrementAndGet();
                }
            };
            Runnable acceptor = () -> {
                while (permits.tryTake()) {
                    accepted.incrementAndGet();
                }
            };
            atOnce(session, session, acceptor);
            if (letters.get() > 0) {
                acceptor.run(); // what the acceptor does when told
            }
            assertTrue(accepted.get() == 2, () -> accepted + " accepted, " + letters + " letters");
        });
    }

    @Test
    void never_more_than_the_most_are_out() {
        Interleavings.all(() -> {
            Permits permits = new Permits(2);
            AtomicInteger out = new AtomicInteger();
            Runnable session = () -> {
                if (permits.tryTake()) {
                    assertTrue(out.incrementAndGet() <= 2, "three permits of two are out");
                    out.decrementAndGet();
                    permits.giveBack();
                }
            };
            atOnce(session, session, session);
            assertTrue(permits.used() == 0);
        });
    }

    @Test
    void the_end_is_seen_by_who_waits_for_it_or_told_by_the_last() {
        Interleavings.all(() -> {
            Permits permits = new Permits(2);
            permits.tryTake();
            permits.tryTake();
            boolean[] seen = {false};
            AtomicInteger letters = new AtomicInteger();
            Runnable session = () -> {
                if (permits.giveBack()) {
                    letters.incrementAndGet();
                }
            };
            Runnable control = () -> {
                permits.awaitLast();
                seen[0] = permits.used() == 0;
            };
            atOnce(session, session, control);
            assertTrue(seen[0] || letters.get() > 0, "the last one came back and nobody knows");
        });
    }

    /** As {@link Permits} of one, which is out, but looks only once. */
    private static final class OneLook {
        private final AtomicInteger used = new AtomicInteger(1);
        private volatile boolean wanted;

        boolean tryTake() {
            boolean taken = used.compareAndSet(0, 1);
            wanted |= !taken;
            return taken;
        }

        boolean giveBack() {
            used.decrementAndGet();
            boolean told = wanted;
            wanted = false;
            return told;
        }
    }
}
