package io.lbkit.selector;

import io.lbkit.Candidates;
import java.util.random.RandomGenerator;

/**
 * Draws positions in proportion to weights, in constant time: the alias method of Walker (<em>New Fast Method for Generating
 * Discrete Random Numbers with Arbitrary Frequency Distributions</em>, Electronics Letters 10, 1974), in the form of Vose
 * (<em>A Linear Algorithm for Generating Random Numbers with a Given Distribution</em>, IEEE Transactions on Software
 * Engineering 17, 1991).
 *
 * <p>Immutable.
 */
final class AliasTable {

    /** For a set of no backends. */
    static final AliasTable EMPTY = new AliasTable(new double[0], new int[0], new int[0], true);

    private final double[] keep;
    private final int[] alias;
    private final int[] positions;
    private final boolean equal;

    private AliasTable(double[] keep, int[] alias, int[] positions, boolean equal) {
        this.keep = keep;
        this.alias = alias;
        this.positions = positions;
        this.equal = equal;
    }

    static AliasTable of(Candidates all) {
        int n = all.size();
        long total = 0;
        boolean equal = true;
        for (int i = 0; i < n; i++) {
            total += all.weight(i);
            equal &= all.weight(i) == all.weight(0);
        }
        double[] keep = new double[n];
        int[] alias = new int[n];
        int[] stack = new int[n]; // small ones grow from the left, large ones from the right
        int small = 0;
        int large = n;
        for (int i = 0; i < n; i++) {
            keep[i] = (double) all.weight(i) * n / total;
            stack[keep[i] < 1 ? small++ : --large] = i;
        }
        while (small > 0 && large < n) {
            int less = stack[--small];
            int more = stack[large];
            alias[less] = more;
            keep[more] -= 1 - keep[less];
            if (keep[more] < 1) {
                large++;
                stack[small++] = more;
            }
        }
        while (small > 0) {
            keep[stack[--small]] = 1; // what rounding left over
        }
        return new AliasTable(keep, alias, positions(all), equal);
    }

    /** The positions of a set, by index. */
    static int[] positions(Candidates all) {
        int[] positions = new int[all.size()];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = all.position(i);
        }
        return positions;
    }

    /** True if every position is as likely. */
    boolean isEqual() {
        return equal;
    }

    int draw(RandomGenerator random) {
        int drawn = random.nextInt(keep.length);
        return positions[equal || random.nextDouble() < keep[drawn] ? drawn : alias[drawn]];
    }
}
