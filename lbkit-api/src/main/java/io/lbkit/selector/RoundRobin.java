package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Each backend in turn, by a {@link SmoothOrder} that is made once for each set of members. One cursor serves all loops, and
 * each of its steps is taken by one pick, so the turn is exact. Turns of members that cannot be had are passed over: those
 * that can keep their order and their shares.
 *
 * <p>Shared; the cursor is written by every loop that picks, the rest is immutable.
 */
final class RoundRobin implements Selector {

    /** How many turns to look through for a backend that can be had, before chance decides by weight; about 5 µs. */
    static final int MOST_SKIPS = 4096;

    private final AtomicLong cursor;
    private final int[] order; // positions

    RoundRobin() {
        this(new AtomicLong(), new int[0]);
    }

    private RoundRobin(AtomicLong cursor, int[] order) {
        this.cursor = cursor;
        this.order = order;
    }

    @Override
    public Selector prepare(Candidates all) {
        int[] weights = new int[all.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = all.weight(i);
        }
        int[] order = SmoothOrder.of(weights);
        for (int turn = 0; turn < order.length; turn++) {
            order[turn] = all.position(order[turn]);
        }
        return new RoundRobin(cursor, order);
    }

    @Override
    public Selector trial() {
        return new RoundRobin(new AtomicLong(cursor.get()), order);
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        if (order.length == 0) { // not prepared: in turn all the same, without weights
            return (int) Math.floorMod(cursor.getAndIncrement(), (long) candidates.size());
        }
        int most = Math.min(order.length, MOST_SKIPS);
        while (true) {
            long from = cursor.get();
            int turn = (int) Math.floorMod(from, (long) order.length);
            int index = candidates.indexOf(order[turn]);
            int taken = 1;
            for (; index == NONE && taken < most; taken++) {
                turn = turn + 1 < order.length ? turn + 1 : 0;
                index = candidates.indexOf(order[turn]);
            }
            if (cursor.compareAndSet(from, from + taken)) {
                return index == NONE ? WeightedRandom.weigh(candidates, client) : index;
            }
        }
    }
}
