package io.lbkit.selector;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The lookup table of Maglev (Eisenbud et al., <em>Maglev: A Fast and Reliable Software Network Load Balancer</em>, NSDI 2016,
 * section 3.4): each backend has a permutation of all slots, and takes the next free one of it ({@link MaglevWalk}) when it is its
 * turn ({@link MaglevTurns}). Turns follow weights as in Envoy ({@code maglev_lb.cc}): the heaviest takes one in every round,
 * one of half its weight in every second. Backends are taken in the order of their ids, so that the table does
 * not depend on the order in which they were configured.
 *
 * <p>The table has at least 100 slots for each backend as long as there are no more than 41,943. Its size comes from a short
 * list, because a table of another size is another table: where a set grows out of one size, most keys move.
 *
 * <p>Immutable.
 */
final class MaglevTable {

    /** Primes, each four times the one before. */
    static final int[] SIZES = {65_537, 262_147, 1_048_583, 4_194_319};

    /** For a set of no backends. */
    static final MaglevTable EMPTY = new MaglevTable(new int[0]);

    private static final int SLOTS_PER_BACKEND = 100;

    private final int[] positions; // by slot

    private MaglevTable(int[] positions) {
        this.positions = positions;
    }

    static MaglevTable of(Candidates all) {
        int n = all.size();
        if (n == 0) {
            return EMPTY;
        }
        int size = size(n);
        Integer[] byId = new Integer[n];
        Arrays.setAll(byId, i -> i);
        Backend[] backends = new Backend[n];
        Arrays.setAll(backends, all::backend);
        Arrays.sort(byId, Comparator.comparing(i -> backends[i].id()));
        int[] offsets = new int[n];
        int[] skips = new int[n];
        int[] weights = new int[n];
        int[] positions = new int[n];
        for (int i = 0; i < n; i++) {
            long hash = Hash.of(backends[byId[i]].id());
            offsets[i] = slot(Hash.of(hash, 0), size);
            skips[i] = slot(Hash.of(hash, 1), size - 1) + 1;
            weights[i] = all.weight(byId[i]);
            positions[i] = all.position(byId[i]);
        }
        return new MaglevTable(new MaglevWalk(offsets, skips, size).slots(MaglevTurns.of(weights, size), positions));
    }

    static int size(int backends) {
        for (int size : SIZES) {
            if ((long) backends * SLOTS_PER_BACKEND <= size) {
                return size;
            }
        }
        return SIZES[SIZES.length - 1];
    }

    private static int slot(long hash, int size) {
        return (int) ((hash >>> 1) % size);
    }

    boolean isEmpty() {
        return positions.length == 0;
    }

    /** The position of the backend that a hash falls to. */
    int position(long hash) {
        return positions[slot(hash, positions.length)];
    }
}
