package io.lbkit.core.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Limits;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Never more in any second than was said, and not much less. */
class HandfulsTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long ORIGIN = Long.MAX_VALUE - SECOND; // wraps while we look

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 19, 20, 21, 39, 41, 50, 99, 1000, 1019, 123_456, Limits.UNLIMITED})
    void any_second_has_no_more_than_that(int perSecond) {
        Handfuls handfuls = new Handfuls(perSecond);
        ArrayDeque<Long> times = new ArrayDeque<>();
        ArrayDeque<Integer> counts = new ArrayDeque<>();
        long inLastSecond = 0;
        long all = 0;
        long now = 0;
        while (now < 10 * SECOND) {
            int n = handfuls.take(ORIGIN + now);
            assertTrue(n > 0, "nothing at the time that was named");
            all += n;
            inLastSecond += n;
            times.add(now);
            counts.add(n);
            while (now - times.element() >= SECOND) {
                times.remove();
                inLastSecond -= counts.remove();
            }
            assertTrue(inLastSecond <= perSecond, inLastSecond + " in a second");
            now = handfuls.nextNanos() - ORIGIN;
        }
        assertTrue(all >= 9.0 * perSecond, all + " in ten seconds");
    }

    @Test
    void nothing_goes_before_its_time_and_nothing_is_saved_up() {
        Handfuls handfuls = new Handfuls(100);
        assertEquals(5, handfuls.take(0));
        assertEquals(0, handfuls.take(49_999_999));
        assertEquals(5, handfuls.take(50_000_000));
        assertEquals(5, handfuls.take(10 * SECOND));
        assertEquals(0, handfuls.take(10 * SECOND + 1));
    }

    @Test
    void what_was_put_back_whole_may_be_taken_at_once() {
        Handfuls handfuls = new Handfuls(100);
        assertEquals(5, handfuls.take(0));
        handfuls.putBack(4);
        assertEquals(0, handfuls.take(1), "one was used");
        assertEquals(5, handfuls.take(50_000_000));
        handfuls.putBack(5);
        assertEquals(5, handfuls.take(50_000_001));
        assertEquals(0, handfuls.take(50_000_002));
    }
}
