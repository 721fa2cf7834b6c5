package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is near first, and everything when nothing near can be had. */
class ZoneFirstTest {

    // a and d are near, of weights 1 and 2
    private final Pool pool = Pool.having(
            backend("a", 1).zone("here"),
            backend("b", 3).zone("there"),
            backend("c", 1),
            backend("d", 2).zone("here"),
            backend("e", 5).zone("there"));

    static List<String> names() {
        return Selectors.names();
    }

    @Test
    void backends_of_the_zone_take_turns_by_their_weights() {
        assertEquals("daddad", pool.picks(prepared("here", Selectors.roundRobin(0)), 6));
    }

    @Test
    void when_one_of_the_zone_cannot_be_had_the_other_is_taken() {
        assertEquals("aaa", pool.hide(3).picks(prepared("here", Selectors.roundRobin(0)), 3));
    }

    @Test
    void when_none_of_the_zone_can_be_had_the_others_share_by_weight() {
        Selector selector = prepared("here", Selectors.random());
        int[] counts = pool.hide(0, 3).counts(selector, 90_000);
        Shares.assertWithin(3, new int[] {3, 1, 5}, new int[] {counts[1], counts[2], counts[4]});
        assertEquals("dd", pool.hide(0).picks(selector, 2));
    }

    @Test
    void a_zone_without_backends_means_all() {
        Selector selector = prepared("elsewhere", Selectors.random());
        Shares.assertDrawn(pool.weights(), pool.counts(selector, 100_000));
    }

    @ParameterizedTest
    @MethodSource("names")
    void every_selector_stays_in_the_zone(String name) {
        Selector selector = prepared("there", Selectors.named(name));
        int[] counts = pool.counts(selector, 1000);
        assertEquals(1000, counts[1] + counts[4]);
        assertEquals(1000, pool.hide(1).counts(selector, 1000)[4]);
        int[] elsewhere = pool.hide(1, 4).counts(selector, 1000);
        assertEquals(1000, elsewhere[0] + elsewhere[2] + elsewhere[3]);
    }

    @Test
    void keys_stay_where_they_are_among_those_of_the_zone() {
        Selector selector = prepared("there", Selectors.maglev(Pool.Client.BY_ID));
        Pool there = Pool.having(backend("b", 3), backend("e", 5));
        Selector alone = there.prepare(Selectors.maglev(Pool.Client.BY_ID));
        for (long key = 0; key < 1000; key++) {
            Pool.Client client = new Pool.Client(1).id(key);
            assertEquals(there.idAt(there.pick(alone, client)), pool.idAt(pool.pick(selector, client)));
        }
    }

    @Test
    void zones_within_zones() {
        Pool racks = Pool.having(
                backend("a", 1).zone("east"),
                backend("b", 1).zone("west"),
                backend("c", 1).zone("east"),
                backend("d", 1).zone("west"));
        Selector nested =
                racks.prepare(Selectors.zoneFirst("east", Selectors.zoneFirst("west", Selectors.roundRobin(0))));
        assertEquals("acac", racks.picks(nested, 4));
        assertEquals("bdbd", racks.hide(0, 2).picks(nested, 4));
    }

    @Test
    void the_inner_selector_is_told_of_both_sets() {
        List<List<String>> told = new ArrayList<>();
        Selector inner = new Selector() {
            @Override
            public int select(Candidates candidates, ConnectionInfo client) {
                return NONE;
            }

            @Override
            public Selector prepare(Candidates all) {
                List<String> ids = new ArrayList<>();
                for (int i = 0; i < all.size(); i++) {
                    ids.add(all.backend(i).id() + all.position(i) + all.indexOf(all.position(i)));
                }
                told.add(ids);
                return this;
            }
        };
        Selector selector = prepared("here", inner);
        assertEquals(List.of(List.of("a00", "d31"), List.of("a00", "b11", "c22", "d33", "e44")), told);
        assertEquals(Selector.NONE, selector.select(pool, new Pool.Client(1)));
    }

    @Test
    void a_trial_takes_no_turn_of_the_inner_selector() {
        Selector selector = prepared("here", Selectors.roundRobin(0));
        assertEquals("dad", pool.picks(selector.trial(), 3));
        assertEquals("dad", pool.picks(selector, 3));
    }

    @Test
    void an_answer_out_of_range_does_not_become_another_backend() {
        Selector wrong = prepared("here", (candidates, client) -> 2); // there are two
        assertThrows(IndexOutOfBoundsException.class, () -> wrong.select(pool, new Pool.Client(1)));
    }

    @Test
    void positions_lead_back_from_a_narrowed_view() {
        pool.hide(1);
        Candidates heavy = pool.only((candidates, i) -> candidates.weight(i) > 1);
        assertEquals(2, heavy.size());
        assertArrayEquals(new int[] {3, 4}, new int[] {heavy.position(0), heavy.position(1)});
        assertEquals("e", pool.backend(pool.indexOf(heavy.position(1))).id());
        assertEquals(Selector.NONE, heavy.indexOf(0));
        assertEquals(Selector.NONE, heavy.indexOf(1));
        assertEquals(1, heavy.indexOf(4));
    }

    @Test
    void a_zone_has_a_name() {
        assertEquals(
                "zone is \"\", must be the zone of some backends",
                assertThrows(IllegalArgumentException.class, () -> Selectors.zoneFirst("", Selectors.random()))
                        .getMessage());
    }

    private Selector prepared(String zone, Selector inner) {
        return pool.prepare(Selectors.zoneFirst(zone, inner));
    }

    private static Backend backend(String id, int weight) {
        return Backend.of("127.0.0.1", 80).id(id).weight(weight);
    }
}
