package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Selector;
import io.lbkit.selector.Selectors;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ten backends under a thousand sessions a second, in virtual time. The first one turns bad at second 10 and is well again
 * from second 20 on; what is looked at is how many sessions it gets in each second.
 */
class SlowBackendTest {

    private static final long MILLI = 1_000_000;
    private static final int BACKENDS = 10;
    private static final int SECONDS = 60;
    private static final int SHARE = 100; // sessions in a second, if all are alike
    private static final long CONNECT_TIMEOUT_NANOS = 3000 * MILLI;

    private final SplittableRandom random = new SplittableRandom(1);
    private final TestSet set = new TestSet();
    private final List<BackendEntry> entries = set.entries;
    private final CandidateView view = new CandidateView();
    private final Anybody client = new Anybody(new SplittableRandom(2));
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private long numbers;

    /** Something that happens to a session of a backend. */
    private record Event(long at, long number, Runnable happens) {}

    @ParameterizedTest(name = "{0} with sessions of {1} ms")
    @CsvSource({
        "least-response-time, 0, 15",
        "least-response-time, 200, 15",
        "peak-ewma, 0, 35",
        "peak-ewma, 200, 35",
    })
    void one_that_turns_ten_times_slower_loses_its_share_and_gets_it_back(
            String name, long lifeMillis, int backWithin) {
        int[] sessions = run(Selectors.named(name), lifeMillis, false);
        assertTrue(mean(sessions, 0, 10) > 0.8 * SHARE, () -> "before: " + Arrays.toString(sessions));
        assertTrue(mean(sessions, 12, 20) <= 0.2 * SHARE, () -> "while slow: " + Arrays.toString(sessions));
        assertTrue(
                mean(sessions, 20 + backWithin, 25 + backWithin) > 0.5 * SHARE,
                () -> "after: " + Arrays.toString(sessions));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"least-response-time", "peak-ewma"})
    void one_that_fails_fast_gets_no_more_than_probes(String name) {
        int[] sessions = run(Selectors.named(name), 200, true);
        assertTrue(mean(sessions, 0, 10) > 0.8 * SHARE, () -> "before: " + Arrays.toString(sessions));
        assertTrue(mean(sessions, 10, 20) <= 1, () -> "while failing: " + Arrays.toString(sessions));
    }

    @Test
    void one_of_which_nothing_is_known_yet_is_no_trap() {
        // As if nine had been measured and the tenth had been added just now, of which every connect hangs.
        for (BackendEntry entry : entries(0)) {
            sample(entry, -MILLI, MILLI / 5);
        }
        BackendEntry hanging = set.add(Backend.of("127.0.0.1", 99), 0);
        Selector selector = prepare(Selectors.peakEwma());
        for (long now = 0; now < 1000 * MILLI; now += MILLI) {
            BackendEntry chosen = pick(selector, now);
            chosen.connectTime().onBegin(now);
            if (chosen != hanging) {
                chosen.connectTime().onSample(now, MILLI / 5, now + MILLI / 5);
                chosen.release();
            }
        }
        assertTrue(hanging.active() >= 1, "it is tried");
        assertTrue(hanging.active() <= 3, "and found out: " + hanging.active());
    }

    private List<BackendEntry> entries(long now) {
        for (int i = 0; i < BACKENDS; i++) {
            set.add(Backend.of("127.0.0.1", 1 + i), now);
        }
        return entries;
    }

    private static void sample(BackendEntry entry, long begun, long took) {
        entry.connectTime().onBegin(begun);
        entry.connectTime().onSample(begun, took, begun + took);
    }

    private Selector prepare(Selector selector) {
        return set.prepare(selector);
    }

    private BackendEntry pick(Selector selector, long now) {
        view.show(set.snapshot(selector), List.of(), false, random, now);
        BackendEntry chosen = view.entry(selector.select(view, client));
        chosen.tryReserve();
        chosen.onPick(now);
        return chosen;
    }

    /** The sessions of the first backend in each second. */
    private int[] run(Selector unprepared, long lifeMillis, boolean fails) {
        BackendEntry bad = entries(0).get(0);
        Selector selector = prepare(unprepared);
        int[] sessions = new int[SECONDS];
        for (long now = 0; now < SECONDS * 1000 * MILLI; now += MILLI) {
            while (!events.isEmpty() && events.peek().at() <= now) {
                events.remove().happens().run();
            }
            int second = (int) (now / (1000 * MILLI));
            boolean isBad = second >= 10 && second < 20;
            BackendEntry chosen = pick(selector, now);
            sessions[second] += chosen == bad ? 1 : 0;
            open(chosen, now, lifeMillis * MILLI, chosen == bad && isBad && !fails, chosen == bad && isBad && fails);
        }
        return sessions;
    }

    private void open(BackendEntry entry, long begun, long life, boolean slow, boolean fails) {
        long took = random.nextLong(1600, 2400) * (slow ? 10 : 1) * 1000; // 2 ms, or 20
        entry.connectTime().onBegin(begun);
        at(begun + took, () -> {
            entry.connectTime().onSample(begun, fails ? CONNECT_TIMEOUT_NANOS : took, begun + took);
            at(begun + took + (fails ? 0 : life), entry::release);
        });
    }

    private void at(long time, Runnable happens) {
        events.add(new Event(time, numbers++, happens));
    }

    private static double mean(int[] sessions, int from, int to) {
        return Arrays.stream(sessions, from, to).average().orElseThrow();
    }
}
