package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.util.Objects;

/**
 * The backend with the least {@link Load}; ties fall by chance in proportion to weight, never by index.
 *
 * <p>Immutable.
 */
final class LeastLoad implements Selector {

    private final Load load;

    LeastLoad(Load load) {
        this.load = Objects.requireNonNull(load, "load");
    }

    /** As numbers compare, 0 and -0 being equal; NaN is more than everything. */
    static int compare(double load1, double load2) {
        return load1 < load2 ? -1 : load1 == load2 ? 0 : Double.compare(load1, load2);
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        int best = 0;
        double least = load.of(candidates, 0);
        long tiedWeight = candidates.weight(0);
        for (int i = 1; i < candidates.size(); i++) {
            double load = this.load.of(candidates, i);
            int order = compare(load, least);
            if (order > 0) {
                continue;
            }
            int weight = candidates.weight(i);
            tiedWeight = order < 0 ? weight : tiedWeight + weight;
            if (order < 0 || client.random().nextLong(tiedWeight) < weight) {
                best = i;
                least = load;
            }
        }
        return best;
    }
}
