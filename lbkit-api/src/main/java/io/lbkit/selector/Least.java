package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;

/**
 * The candidate with the least {@link Load}; ties fall by chance in proportion to weight, never by index, or short sessions would all
 * land on the first backend.
 *
 * <p>A few candidates are all compared. Of many, three are: two drawn by weight, and the one that was taken last. The least of
 * them is taken and remembered; of equals, the remembered one is taken and a drawn one remembered, so that each one drawn has
 * its turn. A pick costs the same for a hundred and for ten thousand, and the remembered one is soon one of the best: of those
 * drawn anew all may be bad, while a bad one that is remembered goes with the next draw. The scheme is that of Mitzenmacher,
 * Prabhakar and Shah (<em>Load Balancing with Memory</em>, FOCS 2002). With a single draw it was less even than two choices
 * where most have a session or two, since the remembered one has just got one.
 *
 * <p>Shared; what is remembered is written by every loop, in no order: it is a hint, and a lost one costs a comparison.
 */
final class Least implements Selector {

    private final Load load;
    private final int few;
    private final Lots lots;
    private final int[] table; // of the lots
    // An index; when backends come, go or are hidden it means another candidate, as good as one drawn.
    private final int[] remembered;

    /** @param few how many candidates are all compared, at least 1 */
    Least(Load load, int few) {
        this(load, few, Lots.EMPTY, new int[] {NONE});
    }

    private Least(Load load, int few, Lots lots, int[] remembered) {
        this.load = load;
        this.few = few;
        this.lots = lots;
        this.table = lots.table();
        this.remembered = remembered;
    }

    /** As numbers compare, 0 and -0 being equal; NaN is more than everything. */
    static int compare(double load1, double load2) {
        return load1 < load2 ? -1 : load1 == load2 ? 0 : Double.compare(load1, load2);
    }

    /** Remembers apart. */
    @Override
    public Selector trial() {
        return new Least(load, few, lots, remembered.clone());
    }

    @Override
    public Selector prepare(Candidates all) {
        return all.size() <= few ? this : new Least(load, few, Lots.of(all), remembered);
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        return candidates.size() <= few ? ofAll(candidates, client) : ofThree(candidates, client);
    }

    private int ofAll(Candidates candidates, ConnectionInfo client) {
        int best = 0;
        double least = load.of(candidates, 0);
        long tiedWeight = candidates.weight(0);
        for (int i = 1; i < candidates.size(); i++) {
            double next = load.of(candidates, i);
            int order = compare(next, least);
            if (order > 0) {
                continue;
            }
            int weight = candidates.weight(i);
            tiedWeight = order < 0 ? weight : tiedWeight + weight;
            if (order < 0 || client.random().nextLong(tiedWeight) < weight) {
                best = i;
                least = next;
            }
        }
        return best;
    }

    private int ofThree(Candidates candidates, ConnectionInfo client) {
        long chance = client.random().nextLong();
        if (lots.isEqual()) {
            int n = candidates.size();
            return ofThree(Lots.high(n, chance), Lots.low(n, chance), candidates, client);
        }
        if (table.length > 0) {
            int one = candidates.indexOf(table[Lots.high(table.length, chance)]);
            int another = candidates.indexOf(table[Lots.low(table.length, chance)]);
            if ((one | another) >= 0) {
                return ofThree(one, another, candidates, client);
            }
        }
        int one = WeightedRandom.draw(lots, candidates, client);
        return ofThree(one, WeightedRandom.draw(lots, candidates, client), candidates, client);
    }

    private int ofThree(int one, int another, Candidates candidates, ConnectionInfo client) {
        int hint = remembered[0];
        if (hint < 0 || hint >= candidates.size()) {
            return best(WeightedRandom.draw(lots, candidates, client), one, another, candidates);
        }
        return load.compare(candidates, hint, one) < 0 && load.compare(candidates, hint, another) < 0
                ? hint
                : best(hint, one, another, candidates);
    }

    private int best(int known, int one, int another, Candidates candidates) {
        int drawn = load.compare(candidates, one, another) > 0 ? another : one;
        int order = load.compare(candidates, drawn, known);
        int least = order < 0 ? drawn : known;
        int next = order == 0 ? drawn : least;
        if (next != remembered[0]) {
            remembered[0] = next;
        }
        return least;
    }
}
