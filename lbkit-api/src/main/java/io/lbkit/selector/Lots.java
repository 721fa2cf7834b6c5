package io.lbkit.selector;

import io.lbkit.Candidates;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Draws positions in proportion to weights.
 *
 * <p>As a rule there is a table in which each position stands as often as its weight says, divided by what is common to all
 * weights: any place in it is as likely, and there is nothing to decide. With more than {@value #MOST_LOTS} places, there is
 * one for each position, shared with another one: the alias method of Walker (<em>New Fast Method for Generating Discrete Random
 * Numbers with Arbitrary Frequency Distributions</em>, Electronics Letters 10, 1974), in the form of Vose (<em>A Linear Algorithm
 * for Generating Random Numbers with a Given Distribution</em>, IEEE Transactions on Software Engineering 17, 1991).
 *
 * <p>Immutable.
 */
final class Lots {

    /** A table of 256 KB, in which any place is drawn by 32 bits of chance as often as it should be, give or take 1 in 65,536. */
    static final int MOST_LOTS = 1 << 16;

    private static final int[] NO_TABLE = {};

    /** For a set of no backends. */
    static final Lots EMPTY = new Lots(true, NO_TABLE, NO_TABLE, NO_TABLE, new long[0]);

    private final boolean equal;
    private final int[] table;
    // Where the table would be too large: two positions to a place, and the part of the first in 2^63.
    private final int[] positions;
    private final int[] aliases;
    private final long[] keeps;

    private Lots(boolean equal, int[] table, int[] positions, int[] aliases, long[] keeps) {
        this.equal = equal;
        this.table = table;
        this.positions = positions;
        this.aliases = aliases;
        this.keeps = keeps;
    }

    static Lots of(Candidates all) {
        int divisor = 0;
        long total = 0;
        boolean equal = true;
        for (int i = 0; i < all.size(); i++) {
            divisor = SmoothOrder.gcd(all.weight(i), divisor);
            total += all.weight(i);
            equal &= all.weight(i) == all.weight(0);
        }
        if (equal) {
            return EMPTY;
        }
        return total / divisor <= MOST_LOTS ? several(all, divisor, (int) (total / divisor)) : shared(all, total);
    }

    private static Lots several(Candidates all, int divisor, int total) {
        int[] table = new int[total];
        int from = 0;
        for (int i = 0; i < all.size(); i++) {
            int to = from + all.weight(i) / divisor;
            Arrays.fill(table, from, to, all.position(i));
            from = to;
        }
        return new Lots(false, table, NO_TABLE, NO_TABLE, new long[0]);
    }

    private static Lots shared(Candidates all, long total) {
        int n = all.size();
        int[] positions = positions(all);
        int[] aliases = positions.clone();
        long[] keeps = new long[n];
        Arrays.fill(keeps, Long.MAX_VALUE); // what rounding leaves over
        double[] parts = new double[n];
        int[] stack = new int[n]; // small ones grow from the left, large ones from the right
        int small = 0;
        int large = n;
        for (int i = 0; i < n; i++) {
            parts[i] = (double) all.weight(i) * n / total;
            stack[parts[i] < 1 ? small++ : --large] = i;
        }
        while (small > 0 && large < n) {
            int less = stack[--small];
            int more = stack[large];
            keeps[less] = (long) (parts[less] * 0x1p63);
            aliases[less] = positions[more];
            parts[more] -= 1 - parts[less];
            if (parts[more] < 1) {
                large++;
                stack[small++] = more;
            }
        }
        return new Lots(false, NO_TABLE, positions, aliases, keeps);
    }

    /** The positions of a set, by index. */
    static int[] positions(Candidates all) {
        int[] positions = new int[all.size()];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = all.position(i);
        }
        return positions;
    }

    /** True if every position is as likely; then any candidate is, and there is nothing to be drawn here. */
    boolean isEqual() {
        return equal;
    }

    /** Positions, any place of which is as likely; empty if all positions are, or if it were too large. Not to be written to. */
    int[] table() {
        return table;
    }

    /** A position, by chance of 64 bits. */
    int draw(RandomGenerator random) {
        if (table.length > 0) {
            return table[high(table.length, random.nextLong())];
        }
        long chance = random.nextLong() >>> 1;
        int place = (int) Math.multiplyHigh(chance, 2L * positions.length);
        return (chance * positions.length & Long.MAX_VALUE) < keeps[place] ? positions[place] : aliases[place];
    }

    /** A number from 0 to n - 1, by the upper half of the chance. */
    static int high(int n, long chance) {
        return (int) ((chance >>> 32) * n >>> 32);
    }

    /** A number from 0 to n - 1, by the lower half of the chance. */
    static int low(int n, long chance) {
        return (int) ((chance & 0xffff_ffffL) * n >>> 32);
    }
}
