package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.Selector;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All selectors by their names, and what holds for each of them. */
class SelectorsTest {

    static List<String> names() {
        return Selectors.names();
    }

    @Test
    void these_are_the_names() {
        assertEquals(
                List.of(
                        "round-robin",
                        "least-connections",
                        "least-response-time",
                        "peak-ewma",
                        "power-of-two",
                        "random",
                        "weighted-random",
                        "first-available",
                        "source-hash",
                        "maglev",
                        "rendezvous"),
                Selectors.names());
    }

    @Test
    void another_name_is_refused_with_those_there_are() {
        assertEquals(
                "selector is \"Maglev\", must be one of round-robin, least-connections, least-response-time, peak-ewma,"
                        + " power-of-two, random, weighted-random, first-available, source-hash, maglev, rendezvous",
                assertThrows(IllegalArgumentException.class, () -> Selectors.named("Maglev"))
                        .getMessage());
    }

    @Test
    void the_first_is_filled_up_before_the_second() {
        Pool pool = Pool.of(1, 9, 9);
        Selector selector = pool.prepare(Selectors.firstAvailable());
        assertEquals("aaa", pool.picks(selector, 3));
        assertEquals("bbb", pool.hide(0).picks(selector, 3));
        assertEquals("ccc", pool.hide(0, 1).picks(selector, 3));
        assertEquals("aaa", pool.hide(1).picks(selector, 3));
    }

    @ParameterizedTest
    @MethodSource("names")
    void what_is_hidden_is_never_chosen(String name) {
        Pool pool = Pool.of(65_535, 3, 1, 1, 2, 1);
        Selector selector = pool.prepare(Selectors.named(name));
        for (int tried = 0; tried < 5; tried++) {
            int[] hidden = {tried, tried + 1};
            int[] counts = pool.hide(hidden).counts(selector, 1000);
            assertEquals(0, counts[tried] + counts[tried + 1]);
            assertEquals(1000, Arrays.stream(counts).sum());
        }
        assertEquals(2, pool.hideAllBut(2).pick(selector, new Pool.Client(1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "round-robin",
                "least-connections",
                "least-response-time",
                "peak-ewma",
                "power-of-two",
                "random",
                "weighted-random"
            })
    void idle_backends_share_alike_whatever_their_index(String name) {
        Pool pool = Pool.equal(5);
        Shares.assertDrawn(pool.weights(), pool.shortSessions(pool.prepare(Selectors.named(name)), 50_000));
    }

    @ParameterizedTest
    @MethodSource("names")
    void nothing_overflows_while_ten_thousand_of_the_greatest_weight_ramp(String name) {
        int[] weights = new int[10_000];
        Arrays.fill(weights, 6_553_500);
        weights[0] = 655_350;
        Pool pool = Pool.of(weights);
        Arrays.fill(pool.connections, 200_000);
        Arrays.fill(pool.connectNanos, 5_000_000_000L);
        Arrays.fill(pool.connectPeakNanos, 5_000_000_000L);
        Selector selector = pool.prepare(Selectors.named(name));
        Pool.Client client = new Pool.Client(1);
        for (int i = 0; i < 100; i++) {
            pool.pick(selector, client);
            pool.hide(i, 5000 + i);
            pool.pick(selector, client);
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void an_empty_set_can_be_prepared_and_so_can_what_follows(String name) {
        Selector selector = Selectors.named(name);
        Pool.of(new int[0]).prepare(selector);
        Pool pool = Pool.equal(2);
        assertEquals(
                100, Arrays.stream(pool.counts(pool.prepare(selector), 100)).sum());
    }
}
