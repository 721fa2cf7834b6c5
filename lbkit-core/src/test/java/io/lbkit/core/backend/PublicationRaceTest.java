package io.lbkit.core.backend;

import static io.lbkit.core.race.Interleavings.atOnce;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Selector;
import io.lbkit.core.race.Interleavings;
import io.lbkit.selector.Selectors;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;

/** Snapshots on their way from the control loop to the others, and the one cursor of round robin. */
class PublicationRaceTest {

    private static final SplittableRandom RANDOM = new SplittableRandom(1); // not drawn from: there is one tier

    private static Backend backend(int number, int weight) {
        return Backend.of("127.0.0.1", number).weight(weight);
    }

    /** As many backends as the generation says, each of that weight, so that a mixture of two would show. */
    private static Snapshot generation(int number) {
        TestSet set = new TestSet();
        IntStream.rangeClosed(1, number).forEach(i -> set.add(backend(i, number), 0));
        return set.snapshot(Selectors.roundRobin());
    }

    private static int assertWhole(Snapshot snapshot) {
        int number = snapshot.size();
        assertEquals(number, snapshot.all().size());
        for (int i = 0; i < number; i++) {
            assertEquals(number, snapshot.members().weight(i));
            assertSame(snapshot.entry(i).backend(), snapshot.members().backend(i));
            assertSame(snapshot.entry(i), snapshot.all().get(i));
        }
        return number;
    }

    /** On real threads, because it is about what one processor sees of another's writes. */
    @Test
    void a_reader_sees_whole_snapshots_and_never_an_older_one_again() {
        int last = 300;
        Pool pool = new Pool();
        Runnable reader = () -> {
            int seen = 0;
            while (seen < last) {
                int now = assertWhole(pool.current());
                assertTrue(now >= seen, () -> "generation " + now + " after a later one");
                seen = now;
            }
        };
        List<Throwable> thrown = onThreads(reader, reader, () -> {
            for (int number = 1; number <= last; number++) {
                pool.publish(generation(number));
            }
        });
        assertEquals(List.of(), thrown);
    }

    @Test
    @EnabledOnJre(JRE.JAVA_17)
    void round_robin_is_in_turn_over_two_loops() {
        Snapshot snapshot = prepared(Selectors.roundRobin(0), 1, 1);
        Interleavings.all(() -> inTurnOverTwoLoops(snapshot));
    }

    @Test
    @EnabledOnJre(JRE.JAVA_17)
    void a_cursor_that_is_read_and_written_in_two_steps_would_be_noticed() {
        int[] cursor = {0};
        Snapshot snapshot = prepared((candidates, client) -> cursor[0]++ % candidates.size(), 1, 1);
        Interleavings.some(() -> {
            cursor[0] = 0;
            inTurnOverTwoLoops(snapshot);
        });
    }

    private static void inTurnOverTwoLoops(Snapshot snapshot) {
        AtomicIntegerArray picked = new AtomicIntegerArray(2);
        Runnable loop = () -> pick(snapshot, 1, picked);
        atOnce(loop, loop);
        assertEquals(1, picked.get(0));
        assertEquals(1, picked.get(1));
    }

    @Test
    void round_robin_with_weights_is_exact_over_three_loops() {
        Snapshot snapshot = prepared(Selectors.roundRobin(0), 5, 1, 1);
        AtomicIntegerArray picked = new AtomicIntegerArray(3);
        Runnable loop = () -> pick(snapshot, 70_000, picked);
        assertEquals(List.of(), onThreads(loop, loop, loop));
        assertArrayEquals(
                new int[] {150_000, 30_000, 30_000},
                IntStream.range(0, 3).map(picked::get).toArray());
    }

    private static Snapshot prepared(Selector selector, int... weights) {
        TestSet set = new TestSet();
        IntStream.range(0, weights.length).forEach(i -> set.add(backend(i + 1, weights[i]), 0));
        return set.snapshot(set.prepare(selector));
    }

    private static void pick(Snapshot snapshot, int times, AtomicIntegerArray picked) {
        CandidateView view = new CandidateView();
        for (int i = 0; i < times; i++) {
            picked.incrementAndGet(snapshot.selector().select(view.show(snapshot, List.of(), false, RANDOM, 0), null));
        }
    }

    private static List<Throwable> onThreads(Runnable... parts) {
        List<Throwable> thrown = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (Runnable part : parts) {
            threads.add(new Thread(() -> {
                try {
                    part.run();
                } catch (Throwable failure) {
                    synchronized (thrown) {
                        thrown.add(failure);
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return thrown;
    }
}
