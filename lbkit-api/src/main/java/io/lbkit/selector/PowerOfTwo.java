package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;

/**
 * Power of two choices (Mitzenmacher 2001; the default of HAProxy since 3.3): draws two different backends by weight and
 * takes the one with the lesser (sessions + 1) / weight. If both are idle or equally loaded, the one chosen less often of
 * late for its weight is taken, as in HAProxy's {@code get_server_rnd}; if that is equal too, the first drawn.
 *
 * <p>Draws are distinct: with two backends both are always compared.
 *
 * <p>Immutable.
 */
final class PowerOfTwo implements Selector {

    /** How often to draw a second backend by weight that is not the first, before any other will do. */
    private static final int MOST_DRAWS = 8;

    private final AliasTable table;

    PowerOfTwo() {
        this(AliasTable.EMPTY);
    }

    private PowerOfTwo(AliasTable table) {
        this.table = table;
    }

    @Override
    public Selector prepare(Candidates all) {
        return new PowerOfTwo(AliasTable.of(all));
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

    private static boolean isBetter(int one, int other, Candidates candidates) {
        int weight1 = candidates.weight(one);
        int weight2 = candidates.weight(other);
        int order =
                LeastConnections.compare(candidates.connections(one), weight1, candidates.connections(other), weight2);
        return order < 0
                || (order == 0 && candidates.recentPicks(one) * weight2 < candidates.recentPicks(other) * weight1);
    }
}
