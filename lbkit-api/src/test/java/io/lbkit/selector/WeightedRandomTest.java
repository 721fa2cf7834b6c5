package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Selector;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Draws by weight, with the alias table and without. */
class WeightedRandomTest {

    @Test
    void draws_follow_the_weights() {
        assertDrawn(200_000, 1, 1, 1);
        assertDrawn(200_000, 5, 3, 1, 1);
        assertDrawn(200_000, 1, 1, 3, 5);
        assertDrawn(200_000, IntStream.rangeClosed(1, 100).toArray());
    }

    @Test
    void extreme_weights_are_drawn_in_proportion() {
        assertDrawn(6_000_000, 65535, 1);
        assertDrawn(200_000, 65535, 65534);
    }

    @Test
    void ten_thousand_backends_are_drawn_in_proportion() {
        assertDrawn(3_000_000, SmoothOrderTest.tenThousand(100));
    }

    @Test
    void what_is_hidden_leaves_the_ratio_of_the_others() {
        Pool pool = Pool.of(5, 2, 4, 1).hide(0);
        int[] counts = pool.counts(prepared(pool), 100_000);
        assertEquals(0, counts[0]);
        Shares.assertDrawn(new int[] {2, 4, 1}, Arrays.copyOfRange(counts, 1, 4));
    }

    @Test
    void equal_backends_are_as_likely_when_some_are_hidden() {
        Pool pool = Pool.equal(5).hide(0, 3);
        int[] counts = pool.counts(prepared(pool), 100_000);
        Shares.assertDrawn(new int[] {1, 1, 1}, new int[] {counts[1], counts[2], counts[4]});
    }

    @Test
    void when_nearly_all_weight_is_hidden_the_rest_is_weighed() {
        Pool pool = Pool.of(65535, 1, 2).hide(0);
        int[] counts = pool.counts(prepared(pool), 100_000);
        Shares.assertDrawn(new int[] {1, 2}, new int[] {counts[1], counts[2]});
    }

    @Test
    void the_same_seed_draws_the_same() {
        Pool pool = Pool.of(5, 3, 1);
        assertEquals(pool.picks(prepared(pool), 50), pool.picks(prepared(pool), 50));
    }

    @Test
    void an_empty_set_can_be_prepared() {
        assertTrue(Lots.of(Pool.of()).isEqual());
    }

    private static Selector prepared(Pool pool) {
        return pool.prepare(Selectors.random());
    }

    private static void assertDrawn(int draws, int... weights) {
        Pool pool = Pool.of(weights);
        Shares.assertDrawn(weights, pool.counts(prepared(pool), draws));
    }
}
