package io.lbkit.selector;

/**
 * How the slots of a {@link MaglevTable} are taken: each backend walks along a permutation of all of them, from its offset on by its
 * skip, to the next one that is free. The last few would take more than half of all steps, so of these it is reckoned how far along
 * the way of a backend each of them is.
 *
 * <p>Not thread-safe; made for one table.
 */
final class MaglevWalk {

    /** How many slots it is reckoned for in the time that a step of a walk takes. */
    private static final int PRODUCTS_PER_STEP = 4;

    private final int size;
    private final int[] skips;
    private final int[] next; // where each backend goes on
    private final int[] slots;
    private final long[] taken; // a bit for each slot: it fits into a cache where the table does not

    /** @param size a prime */
    MaglevWalk(int[] offsets, int[] skips, int size) {
        this.size = size;
        this.skips = skips;
        next = offsets.clone();
        slots = new int[size];
        taken = new long[size / Long.SIZE + 1];
    }

    /**
     * What is in each slot.
     *
     * @param turns which backend takes one, for all slots
     * @param marks what each backend leaves there
     */
    int[] slots(int[] turns, int[] marks) {
        int few = Math.min(size, (int) Math.sqrt((double) size * PRODUCTS_PER_STEP));
        walk(turns, marks, size - few);
        int[] free = free(few);
        for (int left = few; left > 0; left--) {
            int backend = turns[size - left];
            int nearest = nearest(free, left, next[backend], perSlot(skips[backend], size));
            slots[free[nearest]] = marks[backend];
            free[nearest] = free[left - 1];
        }
        return slots;
    }

    private void walk(int[] turns, int[] marks, int count) {
        int size = this.size;
        int[] skips = this.skips;
        int[] next = this.next;
        int[] slots = this.slots;
        long[] taken = this.taken;
        for (int turn = 0; turn < count; turn++) {
            int backend = turns[turn];
            int skip = skips[backend];
            int slot;
            int ahead = next[backend];
            do {
                slot = ahead;
                ahead += skip;
                if (ahead >= size) {
                    ahead -= size;
                }
            } while ((taken[slot >> 6] & 1L << slot) != 0);
            taken[slot >> 6] |= 1L << slot;
            slots[slot] = marks[backend];
            next[backend] = ahead;
        }
    }

    private int[] free(int count) {
        int[] free = new int[count];
        int found = 0;
        for (int word = 0; found < count; word++) {
            for (long bits = ~taken[word]; bits != 0 && found < count; bits &= bits - 1) {
                free[found++] = (word << 6) + Long.numberOfTrailingZeros(bits);
            }
        }
        return free;
    }

    /**
     * Which of some slots a walk comes to first.
     *
     * @param perSlot of the walk
     */
    private static int nearest(int[] free, int count, int from, long perSlot) {
        int nearest = 0;
        long least = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            long way = (free[i] - from) * perSlot + Long.MIN_VALUE; // so that it compares as without a sign
            if (way < least) {
                nearest = i;
                least = way;
            }
        }
        return nearest;
    }

    /**
     * By what part of a whole round a walk is further on for each slot that a slot is further on: 1 / skip modulo the size, as
     * part of the size, in units of 2^-64. A multiple of it overflows where a round is complete, so what is left says how far along
     * the walk a slot is. Rounding makes that less by less than the size, and two slots differ by 2^64 / size or more.
     */
    private static long perSlot(int skip, int size) {
        long inverse = inverse(skip, size);
        long high = (inverse << 40) / size;
        long rest = (inverse << 40) % size;
        return (high << 24) + (rest << 24) / size;
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
}
