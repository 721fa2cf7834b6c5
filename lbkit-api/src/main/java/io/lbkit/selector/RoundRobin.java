package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Each backend in turn, by a {@link SmoothOrder} that is made once for each set of members. One cursor serves all loops, and
 * each of its steps is taken by one pick, so the turn is exact. Turns of members that cannot be had are passed over: those
 * that can keep their order and their shares. Whose turn is first is drawn by the first pick that has a choice, unless it is
 * given: proxies that begin alike stay in step, and send their clients to the same backend at the same time.
 *
 * <p>Shared; the cursor is written by every loop that picks, the rest is immutable.
 */
final class RoundRobin implements Selector {

    /** How many turns to look through for a backend that can be had, before chance decides by weight; about 5 µs. */
    static final int MOST_SKIPS = 4096;

    private static final long NOT_BEGUN = Long.MIN_VALUE; // or more, but negative

    private final AtomicLong cursor;
    private final int[] order; // positions

    RoundRobin() {
        this(new AtomicLong(NOT_BEGUN), new int[0]);
    }

    RoundRobin(int firstTurn) {
        this(new AtomicLong(firstTurn), new int[0]);
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
        int turns = order.length == 0 ? candidates.size() : order.length; // not prepared: in turn without weights
        long turn = cursor.getAndIncrement();
        int index = turn < 0 ? NONE : at((int) (turn % turns), candidates);
        return index != NONE ? index : next(turns, candidates, client);
    }

    /** The next turn of one that can be had, after one that could not. */
    private int next(int turns, Candidates candidates, ConnectionInfo client) {
        int most = Math.min(turns, MOST_SKIPS);
        while (true) {
            long from = cursor.get();
            if (from < 0) {
                if (candidates.size() == 1) {
                    return 0;
                }
                cursor.compareAndSet(from, client.random().nextInt(turns));
                continue;
            }
            int turn = (int) (from % turns);
            int index = at(turn, candidates);
            int taken = 1;
            for (; index == NONE && taken < most; taken++) {
                turn = turn + 1 < turns ? turn + 1 : 0;
                index = at(turn, candidates);
            }
            if (cursor.compareAndSet(from, from + taken)) {
                return index == NONE ? WeightedRandom.weigh(candidates, client) : index;
            }
        }
    }

    private int at(int turn, Candidates candidates) {
        return order.length == 0 ? turn : candidates.indexOf(order[turn]);
    }
}
