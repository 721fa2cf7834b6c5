package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;

/**
 * Draws one by weight.
 *
 * <p>Immutable.
 */
final class WeightedRandom implements Selector {

    /** How often to draw again when a backend that cannot be had was drawn, before all that can be had are weighed. */
    private static final int MOST_DRAWS = 8;

    private final AliasTable table;

    WeightedRandom() {
        this(AliasTable.EMPTY);
    }

    private WeightedRandom(AliasTable table) {
        this.table = table;
    }

    @Override
    public Selector prepare(Candidates all) {
        return new WeightedRandom(AliasTable.of(all));
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        return draw(table, candidates, client);
    }

    /** A candidate by weight. */
    static int draw(AliasTable table, Candidates candidates, ConnectionInfo client) {
        if (table.isEqual()) {
            return client.random().nextInt(candidates.size());
        }
        for (int i = 0; i < MOST_DRAWS; i++) {
            int index = candidates.indexOf(table.draw(client.random()));
            if (index != NONE) {
                return index;
            }
        }
        return weigh(candidates, client);
    }

    /** A candidate by weight, without a table. */
    static int weigh(Candidates candidates, ConnectionInfo client) {
        long total = 0;
        for (int i = 0; i < candidates.size(); i++) {
            total += candidates.weight(i);
        }
        long left = client.random().nextLong(total);
        int index = 0;
        while ((left -= candidates.weight(index)) >= 0) {
            index++;
        }
        return index;
    }
}
