package io.lbkit.core.relay;

import static io.lbkit.core.race.Interleavings.atOnce;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.lbkit.Backend;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.FullCount;
import io.lbkit.core.backend.Place;
import io.lbkit.core.race.Interleavings;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;

/** A line that has a place for a session, and a session that leaves at the same time, under every interleaving. */
@EnabledOnJre(JRE.JAVA_17)
class TicketRaceTest {

    // Never touched: whose places are taken is for other tests, and an entry has much that no run is to make anew.
    private static final BackendEntry ENTRY = new BackendEntry(Backend.of("127.0.0.1", 80), 2, new FullCount(), 0);

    /** One ticket, and the place that is granted. */
    private static final class Wait {
        private final Ticket ticket = new Ticket(null, null, 0, 0, List.of());
        private final AtomicInteger taken = new AtomicInteger(1);
        private final AtomicInteger waiting = new AtomicInteger(1);

        /** As {@link WaitingLine} does. */
        void grant() {
            if (ticket.grant(ENTRY, Place.PROBE)) {
                waiting.decrementAndGet();
            } else {
                taken.decrementAndGet();
            }
        }

        /** As {@link Attempts} does, and the end of the session after it. */
        void leave() {
            boolean left = ticket.leave();
            if (left) {
                waiting.decrementAndGet();
            }
            assertSame(left ? null : ENTRY, ticket.granted());
            assertSame(left ? Place.NONE : Place.PROBE, ticket.place());
            if (!left) {
                taken.decrementAndGet();
            }
        }

        /** The same, but it looks only before it leaves. */
        void leaveBlindly() {
            boolean granted = ticket.granted() != null;
            ticket.leave();
            if (granted) {
                taken.decrementAndGet();
            }
        }

        void check() {
            assertFalse(ticket.isWaiting());
            assertEquals(0, taken.get(), "a place that nobody has, or two have given back");
        }
    }

    @Test
    void the_place_is_given_back_by_one_of_the_two() {
        Interleavings.all(() -> {
            Wait wait = new Wait();
            atOnce(wait::grant, wait::leave);
            wait.check();
            assertEquals(0, wait.waiting.get(), "counted as one who waits");
        });
    }

    @Test
    void a_place_granted_to_one_who_leaves_blindly_would_be_noticed() {
        Interleavings.some(() -> {
            Wait wait = new Wait();
            atOnce(wait::grant, wait::leaveBlindly);
            wait.check();
        });
    }
}
