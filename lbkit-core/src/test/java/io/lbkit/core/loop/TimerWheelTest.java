package io.lbkit.core.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {

    private static final long TICK = 1 << 22;

    private final List<String> fired = new ArrayList<>();

    private Timer timer(String name) {
        return new Timer(() -> fired.add(name));
    }

    @Test
    void fires_once_when_due_and_not_before() {
        TimerWheel wheel = new TimerWheel(0);
        Timer timer = timer("t");
        wheel.arm(timer, 10 * TICK + 5);
        wheel.advance(10 * TICK + 4);
        assertEquals(List.of(), fired);
        assertTrue(timer.isArmed());
        wheel.advance(11 * TICK);
        wheel.advance(500 * TICK);
        assertEquals(List.of("t"), fired);
        assertFalse(timer.isArmed());
        assertEquals(0, wheel.size());
        assertEquals(TimerWheel.NEVER, wheel.delay(500 * TICK));
    }

    @Test
    void a_deadline_in_the_past_fires_at_the_next_advance_within_a_tick() {
        TimerWheel wheel = new TimerWheel(0);
        wheel.advance(100 * TICK);
        wheel.arm(timer("t"), 3);
        wheel.advance(101 * TICK);
        assertEquals(List.of("t"), fired);
    }

    @Test
    void moving_and_cancelling() {
        TimerWheel wheel = new TimerWheel(0);
        Timer moved = timer("moved");
        Timer cancelled = timer("cancelled");
        wheel.arm(moved, 5 * TICK);
        wheel.arm(cancelled, 5 * TICK);
        wheel.arm(moved, 400 * TICK);
        wheel.cancel(cancelled);
        wheel.cancel(cancelled);
        wheel.advance(399 * TICK);
        assertEquals(List.of(), fired);
        wheel.advance(401 * TICK);
        assertEquals(List.of("moved"), fired);
    }

    @Test
    void a_timer_may_cancel_another_and_arm_itself_while_firing() {
        TimerWheel wheel = new TimerWheel(0);
        Timer[] timers = new Timer[3];
        timers[0] = new Timer(() -> {
            fired.add("0");
            wheel.cancel(timers[1]);
            wheel.arm(timers[0], 9 * TICK);
        });
        timers[1] = new Timer(() -> {
            fired.add("1");
            wheel.cancel(timers[0]);
        });
        timers[2] = new Timer(() -> fired.add("2"));
        for (Timer timer : timers) {
            wheel.arm(timer, 5 * TICK);
        }
        wheel.advance(6 * TICK);
        assertEquals(2, fired.size(), fired::toString); // 0 or 1, not both
        assertTrue(fired.contains("2"));
        wheel.cancel(timers[0]);
        assertEquals(0, wheel.size());
    }

    @Test
    void a_timer_that_throws_does_not_take_the_others_with_it() {
        TimerWheel wheel = new TimerWheel(0);
        List<Timer> timers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String name = String.valueOf(i);
            timers.add(new Timer(() -> {
                fired.add(name);
                if (name.equals("7")) {
                    throw new IllegalStateException(name);
                }
            }));
            wheel.arm(timers.get(i), (long) (5 + i / 4) * TICK);
        }
        assertThrows(IllegalStateException.class, () -> wheel.advance(30 * TICK));
        assertTrue(wheel.delay(30 * TICK) <= 0, "what is left is due at once");
        wheel.advance(30 * TICK + 1);
        assertEquals(40, fired.size());
        assertEquals(0, wheel.size());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 300, 70_000, 20_000_000, 1_000_000_000})
    void far_deadlines_fire_within_a_tick_however_the_clock_moves(long ticks) {
        for (long step : new long[] {ticks * TICK + 2 * TICK, ticks * TICK / 7 + 1, ticks * TICK / 1000 + TICK}) {
            TimerWheel wheel = new TimerWheel(Long.MAX_VALUE - 12345); // the clock wraps on the way
            long origin = Long.MAX_VALUE - 12345;
            long deadline = ticks * TICK + 77;
            fired.clear();
            wheel.arm(timer("t"), origin + deadline);
            for (long now = 0; fired.isEmpty(); now = Math.min(now + step, now < deadline ? deadline : now + TICK)) {
                wheel.advance(origin + now);
                assertTrue(fired.isEmpty() || now >= deadline, "early");
                assertTrue(!fired.isEmpty() || now <= deadline + TICK, "late");
            }
        }
    }

    @Test
    void never_sleeps_past_a_deadline_when_it_sleeps_as_long_as_told() {
        TimerWheel wheel = new TimerWheel(0);
        long deadline = Duration.ofHours(50).toNanos();
        wheel.arm(timer("t"), deadline);
        long now = 0;
        int wakeups = 0;
        while (fired.isEmpty()) {
            long delay = wheel.delay(now);
            assertTrue(delay > 0, "awake for nothing");
            now += delay;
            wheel.advance(now);
            wakeups++;
        }
        assertTrue(now >= deadline && now <= deadline + TICK, "fired " + (now - deadline) + " ns after the deadline");
        assertTrue(wakeups < 2000, wakeups + " wakeups for one timer"); // the last wheel turns in 19.5 h of 256 slots
    }

    /** When a timer must have fired but for the length of a tick. */
    private record Due(long at, int timer) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            return at == other.at ? timer - other.timer : Long.compare(at, other.at);
        }
    }

    /** Against a sorted set, with clocks that crawl, walk, jump and stand still. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void does_what_a_sorted_set_would_do(long seed) {
        Random random = new Random(seed);
        long origin = random.nextLong();
        TimerWheel wheel = new TimerWheel(origin);
        TreeSet<Due> reference = new TreeSet<>();
        Due[] dues = new Due[64];
        long[] now = {0};
        Timer[] timers = new Timer[dues.length];
        for (int i = 0; i < timers.length; i++) {
            int which = i;
            dues[i] = new Due(0, i);
            timers[i] = new Timer(() -> {
                assertTrue(dues[which].at <= now[0], "early");
                assertTrue(reference.remove(dues[which]), "fired twice, or after it was cancelled");
            });
        }
        for (int step = 0; step < 20_000; step++) {
            int which = random.nextInt(dues.length);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    reference.remove(dues[which]);
                    long deadline = now[0] + distance(random) - (random.nextInt(10) == 0 ? TICK : 0);
                    wheel.arm(timers[which], origin + deadline);
                    dues[which] = new Due(Math.max(deadline, now[0]), which);
                    reference.add(dues[which]);
                }
                case 2 -> {
                    wheel.cancel(timers[which]);
                    reference.remove(dues[which]);
                }
                default -> {
                    now[0] += random.nextInt(4) == 0 ? 0 : distance(random) / (1 + random.nextInt(20));
                    wheel.advance(origin + now[0]);
                    assertTrue(
                            reference.isEmpty() || reference.first().at > now[0] - TICK,
                            "due for more than a tick and still there");
                }
            }
            assertEquals(reference.size(), wheel.size());
            if (!reference.isEmpty()) {
                long wakes = now[0] + wheel.delay(origin + now[0]);
                assertTrue(wakes <= reference.first().at + TICK, "oversleeps");
            }
        }
    }

    /** From a fraction of a tick to twice as far as the wheels reach. */
    private static long distance(Random random) {
        return random.nextLong() >>> 17 + random.nextInt(40);
    }
}
