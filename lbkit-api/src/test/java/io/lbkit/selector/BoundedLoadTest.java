package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Selector;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No backend above its share, however many want the same one. */
class BoundedLoadTest {

    static Stream<Named<ConsistentHash>> both() {
        return Stream.of(
                Named.of("Maglev", Selectors.maglev(Pool.Client.BY_ID)),
                Named.of("rendezvous", Selectors.rendezvous(Pool.Client.BY_ID)));
    }

    @Test
    void shares_are_those_of_haproxy() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 1000; round++) {
            int[] weights = random.ints(random.nextInt(1, 20), 1, 256).toArray();
            long total = Arrays.stream(weights).sum();
            long places = random.nextLong(1, 10_000);
            long before = 0;
            for (int weight : weights) {
                assertEquals(
                        haproxy(before, weight, total, places), ConsistentHash.share(before, weight, total, places));
                before += weight;
            }
        }
    }

    /** Word for word chash_server_is_eligible. */
    private static long haproxy(long cumulativeWeight, long weight, long totalWeight, long totalSlots) {
        long slotsPerWeight = totalSlots / totalWeight;
        long remainder = totalSlots % totalWeight;
        long slots = weight * slotsPerWeight;
        slots += (cumulativeWeight + weight) * remainder / totalWeight - cumulativeWeight * remainder / totalWeight;
        return slots == 0 ? 1 : slots;
    }

    @Test
    void shares_of_ten_thousand_heavy_backends_add_up() {
        int weight = 6_553_500;
        for (long places : new long[] {1, 9_999, 10_000, 10_001, 12_345_678, 20_000_000_000L}) {
            long sum = 0;
            for (long i = 0; i < 10_000; i++) {
                sum += ConsistentHash.share(i * weight, weight, 10_000L * weight, places);
            }
            assertEquals(Math.max(places, 10_000), sum, 10_000 - Math.min(places, 10_000));
        }
    }

    @ParameterizedTest
    @MethodSource("both")
    void one_key_alone_fills_all_to_their_shares_and_none_above(ConsistentHash hash) {
        Pool pool = Pool.of(1, 2, 3, 4);
        Shares.assertWithin(10, pool.weights(), fill(pool, hash, 1.01, 1000, 1));
    }

    @ParameterizedTest
    @MethodSource("both")
    void many_keys_stay_within_every_factor(ConsistentHash hash) {
        for (double factor : new double[] {1.01, 1.1, 1.25, 2, 10}) {
            fill(Pool.of(5, 1, 1, 3, 2, 7, 1, 1), hash, factor, 3000, 500);
        }
    }

    @ParameterizedTest
    @MethodSource("both")
    void a_hidden_backend_has_no_share(ConsistentHash hash) {
        fill(Pool.of(5, 1, 1, 3, 2, 7, 1, 1).hide(0, 3), hash, 1.5, 1000, 100);
    }

    @ParameterizedTest
    @MethodSource("both")
    void below_their_shares_keys_are_where_they_are_without_a_bound(ConsistentHash hash) {
        Pool pool = Pool.of(1, 2, 3);
        Arrays.fill(pool.connections, 1000);
        pool.connections[1] = 2000;
        pool.connections[2] = 3000;
        Selector free = pool.prepare(hash);
        Selector bounded = pool.prepare(hash.boundedLoad(1.1));
        for (long key = 0; key < 10_000; key++) {
            Pool.Client client = new Pool.Client(1).id(key);
            assertEquals(pool.pick(free, client), pool.pick(bounded, client));
        }
    }

    @ParameterizedTest
    @MethodSource("both")
    void a_key_goes_where_it_would_go_if_its_backend_were_full(ConsistentHash hash) {
        Pool pool = Pool.equal(5);
        Selector free = pool.prepare(hash);
        Selector bounded = pool.prepare(hash.boundedLoad());
        for (long key = 0; key < 1000; key++) {
            Pool.Client client = new Pool.Client(1).id(key);
            int home = pool.hide().pick(free, client);
            int second = pool.hide(home).pick(free, client);
            Arrays.fill(pool.connections, 4);
            pool.connections[home] = 10;
            assertEquals(second, pool.hide().pick(bounded, client));
        }
    }

    @Test
    void a_factor_is_reckoned_in_hundredths() {
        Pool ten = Pool.equal(10);
        Arrays.fill(ten.connections, 1);
        ten.connections[9] = 0; // (9 + 1) × 1.1 places are 11, though in binary a little more: two for the last
        Selector bounded = ten.prepare(Selectors.maglev(Pool.Client.BY_ID).boundedLoad(1.1));
        int[] counts = new int[10];
        IntStream.range(0, 10_000).forEach(key -> counts[ten.pick(bounded, new Pool.Client(1).id(key))]++);
        assertEquals(
                9, Arrays.stream(counts).filter(n -> n == 0).count(), "with 12 places, two could have another session");
    }

    @Test
    void the_factor_has_a_range() {
        for (double factor : new double[] {1, 1.009, 10.01, -1, Double.NaN}) {
            assertEquals(
                    "boundedLoad factor is " + factor + ", must be between 1.01 and 10",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Selectors.maglev().boundedLoad(factor))
                            .getMessage());
        }
    }

    /** Sessions come and stay, of some keys; after each, the one that got it is within its share. */
    private static int[] fill(Pool pool, ConsistentHash hash, double factor, int sessions, int keys) {
        Selector selector = pool.prepare(hash.boundedLoad(factor));
        Pool.Client client = new Pool.Client(1);
        SplittableRandom random = new SplittableRandom(2);
        for (int n = 1; n <= sessions; n++) {
            int position = pool.pick(selector, client.id(random.nextInt(keys)));
            int taken = ++pool.connections[position];
            long share = share(pool, position, (n * Math.round(factor * 100) + 99) / 100);
            assertTrue(taken <= share, () -> "backend " + position + " has " + taken + " of " + share);
        }
        return pool.connections;
    }

    private static long share(Pool pool, int position, long places) {
        long total = 0;
        long before = 0;
        for (int i = 0; i < pool.size(); i++) {
            before += pool.position(i) < position ? pool.weight(i) : 0;
            total += pool.weight(i);
        }
        return haproxy(before, pool.weights()[position], total, places);
    }
}
