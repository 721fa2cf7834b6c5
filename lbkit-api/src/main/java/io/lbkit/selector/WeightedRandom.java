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

    private final Lots lots;

    WeightedRandom() {
        this(Lots.EMPTY);
    }

    private WeightedRandom(Lots lots) {
        this.lots = lots;
    }

    @Override
    public Selector prepare(Candidates all) {
        return new WeightedRandom(Lots.of(all));
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        return draw(lots, candidates, client);
    }

    /** A candidate by weight. */
    static int draw(Lots lots, Candidates candidates, ConnectionInfo client) {
        if (lots.isEqual()) {
            return Lots.high(candidates.size(), client.random().nextLong());
        }
        int index = candidates.indexOf(lots.draw(client.random()));
        return index != NONE ? index : drawAgain(lots, candidates, client);
    }

    private static int drawAgain(Lots lots, Candidates candidates, ConnectionInfo client) {
        for (int i = 1; i < MOST_DRAWS; i++) {
            int index = candidates.indexOf(lots.draw(client.random()));
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
