package io.lbkit.selector;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The lookup table of Maglev (Eisenbud et al., <em>Maglev: A Fast and Reliable Software Network Load Balancer</em>, NSDI 2016,
 * section 3.4): each backend has a permutation of all slots, and takes the next free one of it when it is its turn. Turns follow weights as in Envoy ({@code maglev_lb.cc}): the heaviest takes one in
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

    /** How many steps of a walk cost what it takes to reckon where one slot is on the way. */
    private static final double STEPS_PER_PRODUCT = 8;

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
        int[] slots = fill(offsets, skips, weights, size);
        for (int slot = 0; slot < size; slot++) {
            slots[slot] = positions[slots[slot]];
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

    /**
     * Which backend has each slot. While many are free, a backend walks along its permutation to the next free one. The last
     * few would take half of all steps, so of these it is reckoned how far along each of them is.
     *
     * @param size a prime
     */
    static int[] fill(int[] offsets, int[] skips, int[] weights, int size) {
        int[] slots = new int[size];
        long[] taken =
                new long[size / Long.SIZE + 1]; // a bit for each slot: it fits into a cache where the table does not
        int[] next = offsets.clone();
        int[] turns = turns(weights, size);
        int few = (int) Math.sqrt(size / STEPS_PER_PRODUCT);
        for (int turn = 0; turn < size - few; turn++) {
            int backend = turns[turn];
            int skip = skips[backend];
            int slot = next[backend];
            while ((taken[slot >> 6] & 1L << slot) != 0) {
                slot = after(slot, skip, size);
            }
            taken[slot >> 6] |= 1L << slot;
            slots[slot] = backend;
            next[backend] = after(slot, skip, size);
        }
        int[] free = free(taken, size, few);
        for (int turn = size - few; turn < size; turn++) {
            int backend = turns[turn];
            int nearest = nearest(free, size - turn, next[backend], skips[backend], size);
            slots[free[nearest]] = backend;
            free[nearest] = free[size - turn - 1];
        }
        return slots;
    }

    private static int after(int slot, int skip, int size) {
        int next = slot + skip;
        return next < size ? next : next - size;
    }

    private static int[] free(long[] taken, int size, int count) {
        int[] free = new int[count];
        int found = 0;
        for (int slot = 0; slot < size; slot++) {
            if ((taken[slot >> 6] & 1L << slot) == 0) {
                free[found++] = slot;
            }
        }
        return free;
    }

    /** Which of some slots a walk comes to first: to slot s after (s - from) / skip steps, modulo the size. */
    private static int nearest(int[] free, int count, int from, int skip, int size) {
        long perSkip = inverse(skip, size);
        int nearest = 0;
        long fewest = size;
        for (int i = 0; i < count; i++) {
            int ahead = free[i] - from;
            long steps = (ahead < 0 ? ahead + size : ahead) * perSkip % size;
            if (steps < fewest) {
                nearest = i;
                fewest = steps;
            }
        }
        return nearest;
    }

    /** What a number must be multiplied by to give 1 modulo a prime: Euclid's algorithm, extended. */
    private static int inverse(int number, int prime) {
        int inverse = 0;
        int next = 1;
        int rest = prime;
        for (int divisor = number; divisor > 0; ) {
            int quotient = rest / divisor;
            int last = divisor;
            divisor = rest - quotient * divisor;
            rest = last;
            int before = next;
            next = inverse - quotient * next;
            inverse = before;
        }
        return inverse < 0 ? inverse + prime : inverse;
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
            Rounds due = new Rounds(weight, greatest);
            for (int left = turnsUntil(rounds, weight, greatest); left > 0; left--) {
                next[due.next() + 1]++;
            }
        }
        for (int round = 1; round < next.length; round++) {
            next[round] += next[round - 1];
        }
        int[] turns = new int[next[rounds + 1]];
        for (int i = 0; i < weights.length; i++) {
            Rounds due = new Rounds(weights[i], greatest);
            for (int left = turnsUntil(rounds, weights[i], greatest); left > 0; left--) {
                turns[next[due.next()]++] = i;
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

    /**
     * The rounds in which the turns of one backend fall due, counted from 1 as Envoy does: turn n, from 0, in round
     * ⌈n × greatest / weight⌉; but the first of all but the heaviest in round 1, and those of the heaviest in every round.
     * Reckoned without a division each, as there are as many turns as slots.
     *
     * <p>Owned by one call.
     */
    private static final class Rounds {
        private final int weight;
        private final int whole;
        private final int part;
        private int round;
        private int lacking; // to the round, in parts of the weight

        Rounds(int weight, int greatest) {
            this.weight = weight;
            whole = greatest / weight;
            part = greatest % weight;
            round = weight == greatest ? 1 : 0;
        }

        int next() {
            int due = Math.max(1, round);
            round += whole;
            lacking -= part;
            if (lacking < 0) {
                lacking += weight;
                round++;
            }
            return due;
        }
    }
}
