package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Each backend in turn, by a {@link SmoothOrder} that is made once for each set of backends. One cursor serves all loops,
 * which costs one atomic increment a session and makes the turn exact.
 *
 * <p>Shared; the cursor is atomic, the rest is immutable.
 */
final class RoundRobin implements Selector {

    /** How many turns of the table to look through for a backend that can be had, before chance decides. */
    private static final int MOST_SKIPS = 4096;

    private final AtomicLong cursor;
    private final int[] order;

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
        return new RoundRobin(cursor, SmoothOrder.of(weights));
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
        int skips = Math.min(order.length, MOST_SKIPS);
        for (int i = 0; i < skips; i++) {
            int turn = (int) Math.floorMod(cursor.getAndIncrement(), (long) order.length);
            int index = candidates.indexOf(order[turn]);
            if (index != NONE) {
                return index;
            }
        }
        return client.random().nextInt(candidates.size());
    }
}
