package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Numbers that must be the same in every JVM and every version. */
class HashTest {

    @Test
    void numbers_are_those_of_splitmix64() {
        assertArrayEquals(
                new long[] {0xe220a8397b1dcdafL, 0x6e789e6aa1b965f4L, 0x06c45d188009454fL},
                LongStream.range(0, 3).map(n -> Hash.of(0, n)).toArray());
        assertArrayEquals(
                new long[] {6457827717110365317L, 3203168211198807973L, Long.parseUnsignedLong("9817491932198370423")},
                LongStream.range(0, 3).map(n -> Hash.of(1234567, n)).toArray());
    }

    @Test
    void texts_have_these_numbers_for_ever() {
        assertEquals(0xe220a8397b1dcdafL, Hash.of(""));
        assertEquals(0x5e025f9ade9eaf3eL, Hash.of("a"));
        assertEquals(0xb5bfcf148ac8b290L, Hash.of("abcd"));
        assertEquals(0x5aab4e3ac886ace7L, Hash.of("abcde"));
        assertEquals(0x3d48a5abf11c781bL, Hash.of("10.0.0.7:5432"));
        assertEquals(0x6fa40791fa520b9fL, Hash.of("zürich"));
        assertEquals(0x798cc15db562bb18L, Hash.of("\uD83D\uDE00"));
    }

    @Test
    void texts_that_differ_in_anything_differ() {
        Set<Long> hashes = new HashSet<>();
        for (String text :
                new String[] {"", "\0", "\0\0", "\0\0\0\0", "\0\0\0\0\0", "ab", "ba", "abcdefgh", "efghabcd"}) {
            assertTrue(hashes.add(Hash.of(text)), "\"" + text + "\" has the hash of another");
        }
        for (int host = 0; host < 100_000; host++) {
            assertTrue(hashes.add(Hash.of("10.0." + host / 256 + "." + host % 256 + ":5432")));
        }
    }

    @Test
    void neighbours_spread_evenly() {
        int[] ones = IntStream.generate(() -> 1).limit(97).toArray();
        for (long seed = 0; seed < 5; seed++) {
            int[] counts = new int[97];
            for (long value = 0; value < 97_000; value++) {
                counts[(int) ((Hash.of(value, seed) >>> 1) % 97)]++;
            }
            Shares.assertDrawn(ones, counts);
        }
    }

    @Test
    void one_bit_changes_half_of_the_bits() {
        for (int bit = 0; bit < Long.SIZE; bit++) {
            long flipped = 0;
            for (long value = 0; value < 1000; value++) {
                flipped += Long.bitCount(Hash.of(value, 0) ^ Hash.of(value ^ 1L << bit, 0));
            }
            assertEquals(32, flipped / 1000.0, 1, "bit " + bit);
        }
    }
}
