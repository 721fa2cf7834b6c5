package io.lbkit.core.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A timeout that counts only while somebody looks. */
class PatienceTest {

    private static final long MS = 1_000_000;
    private static final long ORIGIN = Long.MAX_VALUE - 700 * MS; // wraps while we look

    private final Patience patience = new Patience(2000 * MS, ORIGIN);
    private long now = ORIGIN;

    /** Looks as late as that after each time it is due; returns how often until the time was up. */
    private int lookUntilOver(long lateNanos) {
        int looks = 0;
        while (!patience.isOver()) {
            now = patience.nextLookNanos() + lateNanos;
            patience.onLook(now);
            looks++;
        }
        return looks;
    }

    @Test
    void on_time_it_lasts_as_long_as_it_should() {
        assertEquals(8, lookUntilOver(0));
        assertEquals(2000 * MS, now - ORIGIN);
        assertFalse(patience.wasLate(now));
    }

    @Test
    void delays_of_the_wheel_do_not_add_up() {
        lookUntilOver(4 * MS);
        assertTrue(now - ORIGIN < 2006 * MS, (now - ORIGIN) / MS + " ms");
        assertFalse(patience.wasLate(now));
    }

    @Test
    void a_pause_does_not_count() {
        now = patience.nextLookNanos() + 700 * MS;
        assertTrue(patience.isLate(now));
        patience.onLook(now);
        assertTrue(patience.wasLate(now));
        assertFalse(patience.isLost());
        long after = now;
        lookUntilOver(0);
        assertEquals(2000 * MS, now - after);
    }

    @Test
    void a_pause_as_long_as_the_timeout_leaves_nothing_to_say() {
        patience.onLook(ORIGIN + 250 * MS);
        assertFalse(patience.isLost());
        patience.onLook(ORIGIN + 250 * MS + 2000 * MS);
        assertTrue(patience.isLost());
        assertFalse(patience.isOver());
    }

    @Test
    void a_pause_that_nobody_has_looked_after_yet_counts_as_one() {
        assertFalse(patience.wasLate(ORIGIN + 250 * MS));
        assertTrue(patience.wasLate(ORIGIN + 400 * MS));
    }

    @Test
    void the_shortest_timeout_ends_as_well() {
        Patience shortest = new Patience(MS, 0);
        assertEquals(MS, shortest.nextLookNanos());
        shortest.onLook(5 * MS);
        assertTrue(shortest.isOver());
        assertFalse(shortest.isLost());
    }
}
