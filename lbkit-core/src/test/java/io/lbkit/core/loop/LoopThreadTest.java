package io.lbkit.core.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.core.sim.Logged;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class LoopThreadTest {

    /** Takes some turns, of which some fail, and remembers how long it rested. */
    private static final class Turns implements LoopThread.Life {
        private final LoopThread thread;
        private final int most;
        private final IntPredicate fails;
        private final List<Long> restMillis = new ArrayList<>();
        private int taken;

        Turns(Clock clock, int most, IntPredicate fails) throws InterruptedException {
            this.thread = new LoopThread("under-test", clock);
            this.most = most;
            this.fails = fails;
            thread.start(this);
            thread.join();
        }

        @Override
        public void turn() throws IOException {
            taken++;
            if (taken == most) {
                thread.stop();
            }
            if (fails.test(taken)) {
                throw new IOException("thrown by a test");
            }
        }

        @Override
        public void rest(long nanos) {
            restMillis.add(TimeUnit.NANOSECONDS.toMillis(nanos));
        }

        @Override
        public void end() {}
    }

    private static String logged(Clock clock, int most, IntPredicate fails, List<Long> rests) {
        return Logged.by(LoopThread.class, Level.ERROR, () -> {
            try {
                rests.addAll(new Turns(clock, most, fails).restMillis);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void turns_that_fail_are_followed_by_rests_that_grow_and_one_that_does_not_fail_ends_that() {
        List<Long> rests = new ArrayList<>();
        logged(() -> 0, 12, turn -> turn != 10, rests);
        assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 32L, 64L, 64L, 64L, 1L, 2L), rests);
    }

    /** Time goes on by a second each time that it is looked at: once at first, and once for each turn that fails. */
    @Test
    void it_complains_once_a_minute() {
        long[] seconds = new long[1];
        String log = logged(() -> TimeUnit.SECONDS.toNanos(seconds[0]++), 181, turn -> true, new ArrayList<>());
        long complaints =
                log.lines().filter(line -> line.contains("a turn failed")).count();
        assertTrue(complaints == 4, () -> "after 1, 61, 121 and 181 seconds: " + complaints);
    }
}
