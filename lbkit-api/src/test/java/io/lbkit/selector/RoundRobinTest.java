package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** In turn, whoever asks and whatever is hidden. */
class RoundRobinTest {

    @Test
    void equal_backends_take_turns() {
        Pool pool = Pool.equal(3);
        assertEquals("abcabcabc", pool.picks(prepared(pool), 9));
    }

    @Test
    void weights_give_the_smooth_order() {
        assertEquals("aabacaa" + "aabacaa", twoPeriods(5, 1, 1));
        assertEquals("abacba" + "abacba", twoPeriods(3, 2, 1));
        assertEquals("abcabdacba" + "abcabdacba", twoPeriods(4, 3, 2, 1));
    }

    private static String twoPeriods(int... weights) {
        Pool pool = Pool.of(weights);
        return pool.picks(prepared(pool), 2 * Arrays.stream(weights).sum());
    }

    @Test
    void seven_hundred_picks_are_exact_and_smooth() {
        Pool pool = Pool.of(5, 1, 1);
        String picks = pool.picks(prepared(pool), 700);
        assertArrayEquals(new int[] {500, 100, 100}, letters(picks, 3));
        assertTrue(!picks.contains("aaaaa"), "more than the four in a row where periods meet");
    }

    @Test
    void four_threads_together_are_exactly_in_turn() throws Exception {
        Pool pool = Pool.of(1, 1, 1, 1, 1);
        assertArrayEquals(new int[] {80_000, 80_000, 80_000, 80_000, 80_000}, fromFourThreads(pool, 100_000));
    }

    @Test
    void four_threads_together_keep_weights_exactly() throws Exception {
        Pool pool = Pool.of(5, 1, 1);
        assertArrayEquals(new int[] {250_000, 50_000, 50_000}, fromFourThreads(pool, 87_500));
    }

    @Test
    void what_is_hidden_is_passed_over_and_the_others_keep_their_order() {
        Pool pool = Pool.of(1, 1, 1, 1);
        Selector selector = prepared(pool);
        assertEquals("acdacd", pool.hide(1).picks(selector, 6));
        assertEquals("abcd", pool.hide().picks(selector, 4));
    }

    @Test
    void what_is_hidden_leaves_the_weights_of_the_others() {
        Pool pool = Pool.of(5, 2, 1);
        assertEquals("bcbbcbbcb", pool.hide(0).picks(prepared(pool), 9));
    }

    @Test
    void what_is_left_stays_in_proportion_whoever_is_hidden() {
        Pool pool = Pool.of(5, 1, 1, 3, 7, 2);
        Selector selector = prepared(pool);
        for (int hidden = 0; hidden < 6; hidden++) {
            int[] counts = pool.hide(hidden).counts(selector, 19_000 - 1000 * pool.weights()[hidden]);
            for (int i = 0; i < 6; i++) {
                assertEquals(i == hidden ? 0 : 1000 * pool.weights()[i], counts[i]);
            }
        }
    }

    @Test
    void a_few_left_of_ten_thousand_stay_in_proportion() {
        int[] weights = IntStream.range(0, 10_000).map(i -> i < 3 ? 3 - i : 1).toArray();
        Pool pool = Pool.of(weights);
        Selector selector = prepared(pool);
        int[] counts = pool.hide(IntStream.range(3, 10_000).toArray()).counts(selector, 60_000);
        Shares.assertWithin(3, new int[] {3, 2, 1}, Arrays.copyOf(counts, 3));
    }

    @Test
    void over_four_threads_seven_hundred_picks_are_exact_and_the_heavy_one_never_runs_long() throws Exception {
        Pool pool = Pool.of(5, 1, 1);
        Selector selector = prepared(pool);
        StringBuilder picks =
                new StringBuilder(); // its lock makes the order in which they are written that of the picks
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> loops = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Pool view = pool.forAnotherThread();
                Pool.Client client = new Pool.Client(i);
                loops.add(threads.submit(() -> {
                    for (int n = 0; n < 175; n++) {
                        synchronized (picks) {
                            picks.append((char) ('a' + view.pick(selector, client)));
                        }
                    }
                }));
            }
            for (Future<?> loop : loops) {
                loop.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertArrayEquals(new int[] {500, 100, 100}, letters(picks.toString(), 3));
        assertTrue(!picks.toString().contains("aaaaa"), picks.toString());
    }

    @Test
    void a_second_attempt_takes_the_next_turn() {
        Pool all = Pool.equal(3);
        Pool withoutA = Pool.equal(3).hide(0);
        Selector selector = prepared(all);
        assertEquals("a", all.picks(selector, 1));
        assertEquals("b", withoutA.picks(selector, 1));
        assertEquals("c", all.picks(selector, 1));
    }

    @Test
    void a_new_set_does_not_begin_with_the_first_again() {
        Pool pool = Pool.equal(3);
        Selector selector = prepared(pool);
        String picks = "";
        for (int i = 0; i < 6; i++) {
            picks += pool.picks(selector, 1);
            selector = pool.prepare(selector);
        }
        assertEquals("abcabc", picks);
    }

    @Test
    void one_of_ten_thousand_is_found_though_all_others_are_hidden() {
        Pool pool = Pool.equal(10_000).hide(IntStream.range(0, 9_999).toArray());
        assertEquals(9_999, pool.pick(prepared(pool), new Pool.Client(1)));
    }

    @Test
    void unprepared_it_takes_turns_without_weights() {
        assertEquals("abcabc", Pool.of(5, 1, 1).picks(Selectors.roundRobin(0), 6));
    }

    @Test
    void the_first_turn_is_left_to_chance() {
        Pool pool = Pool.equal(3);
        Set<String> picks = new TreeSet<>();
        for (int proxy = 0; proxy < 50; proxy++) {
            Selector selector = pool.prepare(Selectors.roundRobin());
            picks.add(pool.picks(selector, 6, new Pool.Client(proxy)));
        }
        assertEquals(Set.of("abcabc", "bcabca", "cabcab"), picks);
    }

    @Test
    void the_first_turn_is_drawn_from_the_whole_order() {
        Pool pool = Pool.of(5, 1, 1);
        int[] counts = new int[3];
        for (int proxy = 0; proxy < 7000; proxy++) {
            counts[pool.pick(pool.prepare(Selectors.roundRobin()), new Pool.Client(proxy))]++;
        }
        Shares.assertDrawn(pool.weights(), counts);
    }

    @Test
    void the_first_turn_is_not_drawn_where_there_is_no_choice_and_is_where_there_is_one() {
        Set<String> then = new TreeSet<>();
        for (int proxy = 0; proxy < 50; proxy++) {
            Pool pool = Pool.equal(3);
            Pool.Client client = new Pool.Client(proxy);
            Selector selector = pool.prepare(Selectors.roundRobin());
            assertEquals("bbbb", pool.hide(0, 2).picks(selector, 4, client));
            then.add(pool.hide().picks(selector, 3, client));
        }
        assertEquals(Set.of("abc", "bca", "cab"), then);
    }

    @Test
    void the_first_turn_is_drawn_once_for_all_threads() throws Exception {
        for (int round = 0; round < 50; round++) {
            Pool pool = Pool.equal(4);
            assertArrayEquals(new int[] {4, 4, 4, 4}, fromFourThreads(pool, pool.prepare(Selectors.roundRobin()), 4));
        }
    }

    @Test
    void a_trial_before_the_first_pick_draws_for_itself_alone() {
        Pool pool = Pool.equal(3);
        Pool.Client left = new Pool.Client(1);
        String picks = pool.picks(pool.prepare(Selectors.roundRobin()), 3, left);
        Selector asked = pool.prepare(Selectors.roundRobin());
        Set<String> asking = new TreeSet<>();
        for (int i = 0; i < 50; i++) {
            asking.add(pool.picks(asked.trial(), 1, new Pool.Client(i)));
        }
        assertEquals(Set.of("a", "b", "c"), asking);
        assertEquals(picks, pool.picks(asked, 3, new Pool.Client(1)));
    }

    @Test
    void a_given_first_turn_is_the_first_one() {
        Pool pool = Pool.equal(3);
        assertEquals("bcabca", pool.picks(pool.prepare(Selectors.roundRobin(1)), 6));
        assertEquals("bcabca", pool.picks(pool.prepare(Selectors.roundRobin(4)), 6));
        assertEquals(
                "firstTurn is -1, must not be negative",
                assertThrows(IllegalArgumentException.class, () -> Selectors.roundRobin(-1))
                        .getMessage());
    }

    @Test
    void seven_hundred_picks_are_exact_and_smooth_wherever_they_begin() {
        Pool pool = Pool.of(5, 1, 1);
        for (int first = 0; first < 7; first++) {
            String picks = pool.picks(pool.prepare(Selectors.roundRobin(first)), 700);
            assertArrayEquals(new int[] {500, 100, 100}, letters(picks, 3));
            assertTrue(!picks.contains("aaaaa"), picks);
        }
    }

    /** Begins with the first one. */
    private static Selector prepared(Pool pool) {
        return pool.prepare(Selectors.roundRobin(0));
    }

    private static int[] fromFourThreads(Pool pool, int picksEach) throws Exception {
        return fromFourThreads(pool, prepared(pool), picksEach);
    }

    private static int[] fromFourThreads(Pool pool, Selector selector, int picksEach) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<int[]>> counted = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                counted.add(threads.submit(() -> {
                    start.await();
                    return pool.counts(selector, picksEach);
                }));
            }
            start.countDown();
            int[] counts = new int[pool.size()];
            for (Future<int[]> one : counted) {
                int[] some = one.get();
                for (int i = 0; i < counts.length; i++) {
                    counts[i] += some[i];
                }
            }
            return counts;
        } finally {
            threads.shutdownNow();
        }
    }

    private static int[] letters(String picks, int backends) {
        int[] counts = new int[backends];
        picks.chars().forEach(letter -> counts[letter - 'a']++);
        return counts;
    }
}
