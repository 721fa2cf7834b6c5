package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who has which slot. */
class MaglevTableTest {

    @Test
    void the_table_of_the_paper() {
        int[] offsets = {3, 0, 3};
        int[] skips = {4, 2, 1};
        assertArrayEquals(new int[] {1, 0, 1, 0, 2, 2, 0}, fill(offsets, skips, ones(3), 7));
    }

    @Test
    void the_table_of_the_paper_without_its_second_backend() {
        int[] offsets = {3, 3};
        int[] skips = {4, 1};
        assertArrayEquals(new int[] {0, 0, 0, 0, 1, 1, 1}, fill(offsets, skips, ones(2), 7));
    }

    /** Of three backends of weight 1, slot by slot, with the formulas in the Javadoc of {@link ConsistentHash}. */
    @Test
    void offsets_and_skips_are_as_documented() {
        int size = 65_537;
        Pool pool = Pool.having(backend("db-1", 1), backend("db-2", 1), backend("db-3", 1));
        int[] offsets = new int[3];
        int[] skips = new int[3];
        for (int i = 0; i < 3; i++) {
            long id = Hash.of("db-" + (i + 1));
            offsets[i] = (int) ((Hash.of(id, 0) >>> 1) % size);
            skips[i] = (int) ((Hash.of(id, 1) >>> 1) % (size - 1)) + 1;
        }
        int[] expected = walked(offsets, skips, ones(3), size);
        MaglevTable table = MaglevTable.of(pool);
        for (int slot = 0; slot < size; slot++) {
            assertEquals(expected[slot], table.position((long) slot << 1), "slot " + slot);
        }
    }

    @Test
    void the_last_slots_go_where_a_walk_step_by_step_leads() {
        SplittableRandom random = new SplittableRandom(2);
        int[] primes = {7, 101, 4099, 65_537};
        for (int round = 0; round < 200; round++) {
            int size = primes[round % primes.length];
            int n = random.nextInt(1, 8);
            int[] weights = random.ints(n, 1, 20).toArray();
            int[] offsets = random.ints(n, 0, size).toArray();
            int[] skips = random.ints(n, 1, size).toArray();
            assertArrayEquals(walked(offsets, skips, weights, size), fill(offsets, skips, weights, size));
        }
    }

    private static int[] fill(int[] offsets, int[] skips, int[] weights, int size) {
        int[] marks = IntStream.range(0, weights.length).toArray();
        return new MaglevWalk(offsets, skips, size).slots(MaglevTurns.of(weights, size), marks);
    }

    private static int[] walked(int[] offsets, int[] skips, int[] weights, int size) {
        int[] slots = new int[size];
        Arrays.fill(slots, -1);
        int[] next = offsets.clone();
        int[] turns = MaglevTurns.of(weights, size);
        for (int turn = 0; turn < size; turn++) {
            int backend = turns[turn];
            while (slots[next[backend]] >= 0) {
                next[backend] = (next[backend] + skips[backend]) % size;
            }
            slots[next[backend]] = backend;
        }
        return slots;
    }

    @Test
    void a_third_and_two_thirds() {
        assertArrayEquals(new int[] {21_846, 43_691}, slots(1, 2));
        assertArrayEquals(new int[] {21_846, 43_691}, slots(100, 200));
    }

    @Test
    void slots_follow_weights() {
        int[] weights = {65_535, 32_768, 1000, 10, 10};
        int[] slots = slots(weights);
        Shares.assertWithin(1, Arrays.copyOf(weights, 3), Arrays.copyOf(slots, 3));
        assertTrue(slots[3] >= 1 && slots[4] >= 1, Arrays.toString(slots));
    }

    @Test
    void turns_are_those_of_the_loop_of_envoy() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 300; round++) {
            int[] weights = random.ints(random.nextInt(1, 12), 1, random.nextBoolean() ? 5 : 6_553_500)
                    .toArray();
            int size = random.nextInt(1, 600);
            assertArrayEquals(
                    envoy(weights, size),
                    Arrays.copyOf(MaglevTurns.of(weights, size), size),
                    () -> size + " turns for " + Arrays.toString(weights));
        }
    }

    private static int[] envoy(int[] weights, int size) {
        int greatest = Arrays.stream(weights).max().orElseThrow();
        long[] marks = new long[weights.length];
        int[] turns = new int[size];
        int turn = 0;
        for (long round = 1; turn < size; round++) {
            for (int i = 0; i < weights.length && turn < size; i++) {
                if (round * weights[i] >= marks[i]) {
                    marks[i] += greatest;
                    turns[turn++] = i;
                }
            }
        }
        return turns;
    }

    @Test
    void sizes_are_prime_and_leave_a_hundred_slots_to_each_backend() {
        for (int size : MaglevTable.SIZES) {
            assertTrue(BigInteger.valueOf(size).isProbablePrime(100), size + " is not prime");
        }
        assertEquals(65_537, MaglevTable.size(1));
        for (int backends = 1; backends <= 41_943; backends++) {
            assertTrue(MaglevTable.size(backends) >= 100 * backends, "for " + backends);
        }
        assertEquals(4_194_319, MaglevTable.size(1_000_000));
    }

    @Test
    void ten_thousand_backends_have_equal_parts() {
        Pool pool = Pool.equal(10_000);
        long before = System.nanoTime();
        MaglevTable table = MaglevTable.of(pool);
        System.out.printf("Maglev table for 10,000 backends: %d ms%n", (System.nanoTime() - before) / 1_000_000);
        int[] slots = new int[10_000];
        for (long n = 0; n < 1_000_000; n++) {
            slots[table.position(Hash.of(n, 7))]++;
        }
        Shares.assertDrawn(pool.weights(), slots);
    }

    @Test
    void one_that_is_far_heavier_than_ten_thousand_costs_no_more() {
        int[] weights = new int[10_000];
        Arrays.fill(weights, 100);
        weights[17] = 6_553_500;
        // Round by round as in the original, this takes ten thousand steps for each of nearly a million rounds.
        assertTimeout(Duration.ofSeconds(3), () -> MaglevTable.of(Pool.of(weights)));
    }

    @Test
    void the_order_of_configuration_does_not_count() {
        MaglevTable one = MaglevTable.of(Pool.having(backend("a", 1), backend("b", 2), backend("c", 3)));
        MaglevTable other = MaglevTable.of(Pool.having(backend("c", 3), backend("a", 1), backend("b", 2)));
        int[] positions = {1, 2, 0};
        for (long n = 0; n < 10_000; n++) {
            assertEquals(positions[one.position(Hash.of(n, 0))], other.position(Hash.of(n, 0)));
        }
    }

    private static Backend backend(String id, int weight) {
        return Backend.of("127.0.0.1", 80).id(id).weight(weight);
    }

    private static int[] ones(int n) {
        int[] ones = new int[n];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static int[] slots(int... weights) {
        int[] offsets = new int[weights.length];
        int[] skips = new int[weights.length];
        Arrays.setAll(offsets, i -> 1000 * i);
        Arrays.setAll(skips, i -> 77 + i);
        int[] slots = new int[weights.length];
        for (int backend : fill(offsets, skips, weights, 65_537)) {
            slots[backend]++;
        }
        return slots;
    }
}
