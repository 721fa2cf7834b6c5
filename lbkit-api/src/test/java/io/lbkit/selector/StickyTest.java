package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a key had it gets again. */
class StickyTest {

    private static final long SECOND = 1_000_000_000L;

    private final Pool pool = Pool.equal(3);
    private final Pool.Client client = new Pool.Client(1);

    @Test
    void a_key_keeps_its_backend_and_a_new_one_gets_that_of_the_inner_selector() {
        Selector sticky = prepared(16);
        assertEquals("aaa", letters(sticky, 1, 1, 1));
        assertEquals("bcbcba", letters(sticky, 2, 3, 2, 3, 2, 4));
        assertEquals("abc", letters(sticky, 1, 2, 3));
    }

    @Test
    void a_backend_that_cannot_be_had_loses_its_keys_for_good() {
        Selector sticky = prepared(16);
        assertEquals("ab", letters(sticky, 1, 2));
        pool.hide(0);
        assertEquals("cbc", letters(sticky, 1, 2, 1));
        pool.hide();
        assertEquals("cb", letters(sticky, 1, 2));
    }

    @Test
    void a_second_attempt_is_remembered() {
        Selector sticky = prepared(16);
        assertEquals("a", letters(sticky, 1));
        pool.hide(0); // tried without success
        assertEquals("b", letters(sticky, 1));
        pool.hide();
        assertEquals("b", letters(sticky, 1));
    }

    @Test
    void a_key_is_forgotten_when_it_was_not_used_for_long_enough() {
        Selector sticky = prepared(16);
        client.nowNanos = Long.MAX_VALUE - SECOND; // the clock wraps around on the way
        assertEquals("a", letters(sticky, 1));
        client.nowNanos += 60 * SECOND - 1;
        assertEquals("a", letters(sticky, 1));
        client.nowNanos += 60 * SECOND - 1;
        assertEquals("a", letters(sticky, 1));
        client.nowNanos += 60 * SECOND;
        assertEquals("bb", letters(sticky, 1, 1));
    }

    @Test
    void the_key_unused_for_longest_gives_way() {
        StickyTable table = new StickyTable(60 * SECOND, StickyTable.WAYS);
        for (long key = 1; key <= StickyTable.WAYS; key++) {
            table.learn(key, null, "a", key);
        }
        assertEquals("a", table.find(1, 100)); // the second is the oldest now
        table.learn(99, null, "b", 101);
        assertEquals("b", table.find(99, 102));
        assertNull(table.find(2, 102));
        for (long key = 1; key <= StickyTable.WAYS; key++) {
            assertEquals(key == 2 ? null : "a", table.find(key, 102));
        }
    }

    @Test
    void what_was_forgotten_leaves_its_place_first() {
        StickyTable table = new StickyTable(10, StickyTable.WAYS);
        for (long key = 1; key <= StickyTable.WAYS; key++) {
            table.learn(key, null, "a", key);
        }
        assertNull(table.find(5, 15));
        table.learn(99, null, "b", 15);
        assertEquals("a", table.find(6, 15));
        assertEquals("b", table.find(99, 15));
    }

    @Test
    void no_more_keys_are_kept_than_there_are_entries() {
        StickyTable table = new StickyTable(60 * SECOND, 1000);
        for (long key = 0; key < 100_000; key++) {
            table.learn(key, null, "a", key);
        }
        long kept = IntStream.range(0, 100_000)
                .filter(key -> table.find(key, 100_000) != null)
                .count();
        assertEquals(992, kept, "the greatest multiple of 16 in 1000");
    }

    @Test
    void with_twice_as_many_entries_as_keys_hardly_any_is_lost() {
        StickyTable table = new StickyTable(60 * SECOND, 100_000);
        for (long key = 0; key < 50_000; key++) {
            table.learn(key, null, "a", key);
        }
        long kept = IntStream.range(0, 50_000)
                .filter(key -> table.find(key, 50_000) != null)
                .count();
        assertTrue(kept > 49_700, "only " + kept);
    }

    @Test
    void the_table_outlives_a_change_of_the_set_by_id() {
        Pool before = Pool.having(backend("a"), backend("b"), backend("c"));
        Pool after = Pool.having(backend("c"), backend("d"), backend("b"));
        Selector sticky = Selectors.sticky(Pool.Client.BY_ID, Selectors.roundRobin(0));
        Selector first = before.prepare(sticky);
        long[] keys = {1, 2, 3};
        String had = ids(before, first, keys);
        assertEquals("abc", had);
        Selector second = after.prepare(sticky);
        assertEquals("bc", ids(after, second, 2, 3));
        String moved = ids(after, second, 1);
        assertTrue("bcd".contains(moved), moved);
        assertEquals(moved, ids(after, second, 1));
    }

    @Test
    void a_selector_that_wants_none_is_not_remembered() {
        boolean[] wants = {false};
        Selector moody = (candidates, who) -> wants[0] ? 1 : Selector.NONE;
        Selector sticky = pool.prepare(Selectors.sticky(Pool.Client.BY_ID, moody));
        assertEquals(Selector.NONE, sticky.select(pool, client));
        wants[0] = true;
        assertEquals(1, sticky.select(pool, client));
        wants[0] = false;
        assertEquals(1, sticky.select(pool, client));
    }

    @Test
    void a_trial_says_what_would_be_chosen_and_changes_nothing() {
        Selector sticky = prepared(16);
        assertEquals("ab", letters(sticky, 1, 2));
        assertEquals("cabac", letters(sticky.trial(), 3, 1, 2, 3) + letters(sticky.trial(), 3));
        client.nowNanos += 30 * SECOND;
        assertEquals("ab", letters(sticky.trial(), 1, 2));
        client.nowNanos += 30 * SECOND;
        assertEquals("c", letters(sticky.trial(), 1), "asking has not made it last longer");
        assertEquals("c", letters(sticky, 1));
    }

    @Test
    void unprepared_it_still_keeps_keys() {
        Selector sticky = Selectors.sticky(Pool.Client.BY_ID, Selectors.roundRobin(0));
        assertEquals("abab", letters(sticky, 1, 2, 1, 2));
    }

    @Test
    void whoever_is_first_decides_for_all_loops() throws Exception {
        // Each thread has a selector of its own inside that wants another backend, so that only the table can make them
        // agree.
        int threads = 4;
        int keys = 20_000;
        StickyTable table = new StickyTable(60 * SECOND, 64_000);
        CyclicBarrier barrier = new CyclicBarrier(threads);
        ExecutorService loops = Executors.newFixedThreadPool(threads);
        try {
            List<Future<String[]>> learned = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                String mine = "backend-" + i;
                learned.add(loops.submit(() -> {
                    String[] has = new String[keys];
                    for (int block = 0; block < keys; block += 100) {
                        barrier.await(); // so that they are at the same keys
                        for (int key = block; key < block + 100; key++) {
                            String had = table.find(key, 0);
                            has[key] = had != null ? had : table.learn(key, null, mine, 0);
                        }
                    }
                    return has;
                }));
            }
            String[] agreed = learned.get(0).get();
            for (Future<String[]> other : learned) {
                for (int key = 0; key < keys; key++) {
                    assertEquals(agreed[key], other.get()[key], "key " + key);
                }
            }
            assertTrue(Arrays.stream(agreed).distinct().count() > 1, "one thread was always first: no test at all");
        } finally {
            loops.shutdownNow();
        }
    }

    @Test
    void its_properties_have_ranges() {
        assertEquals(
                "sticky idleTime is PT0S, must be between PT0.001S and PT87600H",
                complaint(() -> sticky(Duration.ZERO, 16)));
        assertEquals(
                "sticky idleTime is PT87624H, must be between PT0.001S and PT87600H",
                complaint(() -> sticky(Duration.ofDays(3651), 16)));
        assertEquals(
                "sticky entries is 15, must be between 16 and 100000000",
                complaint(() -> sticky(Duration.ofMillis(1), 15)));
        assertEquals(
                "sticky entries is 100000001, must be between 16 and 100000000",
                complaint(() -> sticky(Duration.ofDays(3650), 100_000_001)));
    }

    private static String complaint(Runnable mistake) {
        return assertThrows(IllegalArgumentException.class, mistake::run).getMessage();
    }

    private static Selector sticky(Duration idleTime, int entries) {
        return Selectors.sticky(Pool.Client.BY_ID, Selectors.roundRobin(0), idleTime, entries);
    }

    private Selector prepared(int entries) {
        return pool.prepare(sticky(Duration.ofMinutes(1), entries));
    }

    private String letters(Selector selector, long... keys) {
        StringBuilder letters = new StringBuilder();
        for (long key : keys) {
            letters.append((char) ('a' + pool.pick(selector, client.id(key))));
        }
        return letters.toString();
    }

    private String ids(Pool pool, Selector selector, long... keys) {
        StringBuilder ids = new StringBuilder();
        for (long key : keys) {
            ids.append(pool.idAt(pool.pick(selector, client.id(key))));
        }
        return ids.toString();
    }

    private static Backend backend(String id) {
        return Backend.of("127.0.0.1", 80).id(id);
    }
}
