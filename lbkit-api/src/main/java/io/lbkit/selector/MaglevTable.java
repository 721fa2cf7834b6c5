package io.lbkit.selector;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The lookup table of Maglev (Eisenbud et al. 2016, section 3.4): each backend has a permutation of all slots, and takes the
 * next free one of it when it is its turn. Turns follow weights as in Envoy ({@code maglev_lb.cc}): the heaviest takes one in
 * every round, one of half its weight in every second. Backends are taken in the order of their ids, so that the table does
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
        for (int i = 0; i < n; i++) {
            long hash = Hash.of(backends[byId[i]].id());
            offsets[i] = slot(Hash.of(hash, 0), size);
            skips[i] = slot(Hash.of(hash, 1), size - 1) + 1;
            weights[i] = all.weight(byId[i]);
        }
        int[] slots = fill(offsets, skips, weights, size);
        for (int slot = 0; slot < size; slot++) {
            slots[slot] = all.position(byId[slots[slot]]);
        }
        return new MaglevTable(slots);
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

    /** Which backend has each slot. */
    static int[] fill(int[] offsets, int[] skips, int[] weights, int size) {
        int[] slots = new int[size];
        long[] taken =
                new long[size / Long.SIZE + 1]; // a bit for each slot: it fits into a cache where the table does not
        int[] next = offsets.clone();
        int[] turns = turns(weights, size);
        for (int turn = 0; turn < size; turn++) {
            int backend = turns[turn];
            int slot = next[backend];
            while ((taken[slot >> 6] & 1L << slot) != 0) {
                slot = after(slot, skips[backend], size);
            }
            taken[slot >> 6] |= 1L << slot;
            slots[slot] = backend;
            next[backend] = after(slot, skips[backend], size);
        }
        return slots;
    }

    private static int after(int slot, int skip, int size) {
        int next = slot + skip;
        return next < size ? next : next - size;
    }

    /**
     * Whose turn it is, at least {@code size} times. In Envoy's loop a backend takes a turn in round k if k × its weight
     * has come to its mark, which each turn raises by the greatest weight. So its n-th turn falls due in a round that can be
     * reckoned, and turns are sorted by counting them: the loop would take as many rounds as there are slots, each over all
     * backends, if one backend is far heavier than the others.
     */
    static int[] turns(int[] weights, int size) {
        int greatest = Arrays.stream(weights).max().orElseThrow();
        int rounds = rounds(weights, greatest, size);
        int[] next = new int[rounds + 2]; // where among the turns those of each round go
        for (int weight : weights) {
            int most = turnsUntil(rounds, weight, greatest);
            for (int turn = 0; turn < most; turn++) {
                next[round(turn, weight, greatest) + 1]++;
            }
        }
        for (int round = 1; round < next.length; round++) {
            next[round] += next[round - 1];
        }
        int[] turns = new int[next[rounds + 1]];
        for (int i = 0; i < weights.length; i++) {
            int most = turnsUntil(rounds, weights[i], greatest);
            for (int turn = 0; turn < most; turn++) {
                turns[next[round(turn, weights[i], greatest)]++] = i;
            }
        }
        return turns;
    }

    /** The least number of rounds in which there are enough turns. */
    private static int rounds(int[] weights, int greatest, int size) {
        int low = 1;
        int high = size; // the heaviest alone
        while (low < high) {
            int middle = (low + high) >>> 1;
            long turns = 0;
            for (int weight : weights) {
                turns += turnsUntil(middle, weight, greatest);
            }
            if (turns < size) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static int turnsUntil(int round, int weight, int greatest) {
        return weight == greatest ? round : (int) ((long) round * weight / greatest) + 1;
    }

    /** The round of a turn, both counted as Envoy does: rounds from 1, turns from 0. */
    private static int round(int turn, int weight, int greatest) {
        if (weight == greatest) {
            return turn + 1;
        }
        return turn == 0 ? 1 : (int) (((long) turn * greatest + weight - 1) / weight);
    }
}
