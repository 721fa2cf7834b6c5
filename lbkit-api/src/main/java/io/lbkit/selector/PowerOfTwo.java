package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.util.Objects;

/**
 * Power of two choices (Mitzenmacher, <em>The Power of Two Choices in Randomized Load Balancing</em>, IEEE Transactions on
 * Parallel and Distributed Systems 12, 2001; the default of HAProxy since 3.3): draws two different backends by weight and
 * takes the one with the lesser {@link Load}. If both are equally loaded, the one chosen less often of late for its weight is
 * taken, as in HAProxy's {@code get_server_rnd}; if that is equal too, the first drawn.
 *
 * <p>Draws are distinct, as in Finagle's {@code P2CPick}: with two backends both are always compared. (Envoy draws with
 * replacement, so that of two backends the worse one gets a quarter.)
 *
 * <p>Immutable.
 */
final class PowerOfTwo implements Selector {

    /** How often to draw a second backend by weight that is not the first, before any other will do. */
    private static final int MOST_DRAWS = 8;

    private final Load load;
    private final AliasTable table;

    PowerOfTwo(Load load) {
        this(Objects.requireNonNull(load, "load"), AliasTable.EMPTY);
    }

    private PowerOfTwo(Load load, AliasTable table) {
        this.load = load;
        this.table = table;
    }

    @Override
    public Selector prepare(Candidates all) {
        return new PowerOfTwo(load, AliasTable.of(all));
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        if (candidates.size() == 1) {
            return 0;
        }
        int first = WeightedRandom.draw(table, candidates, client);
        int second = another(first, candidates, client);
        return isBetter(second, first, candidates) ? second : first;
    }

    private int another(int first, Candidates candidates, ConnectionInfo client) {
        for (int i = 0; i < MOST_DRAWS && !table.isEqual(); i++) {
            int second = WeightedRandom.draw(table, candidates, client);
            if (second != first) {
                return second;
            }
        }
        int second = client.random().nextInt(candidates.size() - 1);
        return second < first ? second : second + 1;
    }

    private boolean isBetter(int one, int other, Candidates candidates) {
        int order = Least.compare(load.of(candidates, one), load.of(candidates, other));
        return order < 0
                || (order == 0
                        && candidates.recentPicks(one) * candidates.weight(other)
                                < candidates.recentPicks(other) * candidates.weight(one));
    }
}
