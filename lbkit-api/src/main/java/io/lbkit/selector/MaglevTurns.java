package io.lbkit.selector;

import java.util.Arrays;

/**
 * Whose turn it is to take a slot of a {@link MaglevTable}. In Envoy's loop a backend takes a turn in round k, counted from 1,
 * if k × its weight has come to its mark, which each turn raises by the greatest weight. So turn n of a backend, from 0, falls
 * due in round ⌈n × greatest / weight⌉; but the first of all but the heaviest in round 1, and those of the heaviest in every
 * round. That can be reckoned, and turns are sorted by counting them: the loop would take as many rounds as there are slots,
 * each over all backends, if one backend is far heavier than the others. Backends of the same weight have their turns in the same
 * rounds, and are counted together.
 *
 * <p>Not thread-safe; made for one table.
 */
final class MaglevTurns {

    private final int[] different; // each weight once, in order, as far as there are so many
    private final int[] times; // how many backends have each of them
    private final int count;
    private final int greatest;

    private MaglevTurns(int[] weights) {
        different = weights.clone();
        times = new int[weights.length];
        Arrays.sort(different);
        int last = 0;
        for (int weight : different) {
            last += weight > different[last] ? 1 : 0;
            different[last] = weight;
            times[last]++;
        }
        count = last + 1;
        greatest = different[last];
    }

    /**
     * The backends whose turn it is, one after the other.
     *
     * @param weights of the backends, at least one
     * @return at least {@code size} turns
     */
    static int[] of(int[] weights, int size) {
        MaglevTurns all = new MaglevTurns(weights);
        int rounds = all.rounds(size);
        int[] next = all.starts(rounds);
        int[] turns = new int[next[rounds + 1]];
        for (int i = 0; i < weights.length; i++) {
            all.place(i, weights[i], rounds, next, turns);
        }
        return turns;
    }

    /** The least number of rounds in which there are enough turns. */
    private int rounds(int size) {
        int low = 1;
        int high = size; // the heaviest alone
        while (low < high) {
            int middle = (low + high) >>> 1;
            long turns = 0;
            for (int i = 0; i < count; i++) {
                turns += (long) times[i] * turnsUntil(middle, different[i]);
            }
            if (turns < size) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int turnsUntil(int round, int weight) {
        return weight == greatest ? round : (int) ((long) round * weight / greatest) + 1;
    }

    /** Where among the turns those of each round begin, and at the end how many there are. */
    private int[] starts(int rounds) {
        int[] starts = new int[rounds + 2];
        for (int i = 0; i < count; i++) {
            count(different[i], times[i], rounds, starts);
        }
        for (int round = 1; round < starts.length; round++) {
            starts[round] += starts[round - 1];
        }
        return starts;
    }

    /** The rounds are reckoned without a division each, as there are as many turns as slots. */
    private void count(int weight, int times, int rounds, int[] starts) {
        int whole = greatest / weight;
        int part = greatest % weight;
        int lacking = 0; // to the round, in parts of the weight
        int round = weight == greatest ? 1 : 0;
        while (round <= rounds) {
            starts[Math.max(1, round) + 1] += times;
            round += whole;
            lacking -= part;
            if (lacking < 0) {
                lacking += weight;
                round++;
            }
        }
    }

    private void place(int backend, int weight, int rounds, int[] next, int[] turns) {
        int whole = greatest / weight;
        int part = greatest % weight;
        int lacking = 0;
        int round = weight == greatest ? 1 : 0;
        while (round <= rounds) {
            turns[next[Math.max(1, round)]++] = backend;
            round += whole;
            lacking -= part;
            if (lacking < 0) {
                lacking += weight;
                round++;
            }
        }
    }
}
