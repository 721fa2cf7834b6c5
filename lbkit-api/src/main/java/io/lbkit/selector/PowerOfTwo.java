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
    private final Lots lots;
    private final int[] table; // of the lots

    PowerOfTwo(Load load) {
        this(Objects.requireNonNull(load, "load"), Lots.EMPTY);
    }

    private PowerOfTwo(Load load, Lots lots) {
        this.load = load;
        this.lots = lots;
        this.table = lots.table();
    }

    @Override
    public Selector prepare(Candidates all) {
        return new PowerOfTwo(load, Lots.of(all));
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        if (candidates.size() == 1) {
            return 0; // not by chance
        }
        long chance = client.random().nextLong();
        if (table.length > 0) {
            int first = candidates.indexOf(table[Lots.high(table.length, chance)]);
            int second = candidates.indexOf(table[Lots.low(table.length, chance)]);
            return (first | second) < 0 || first == second
                    ? selectBySteps(first, candidates, client)
                    : lessLoaded(first, second, candidates);
        }
        if (!lots.isEqual()) {
            return selectBySteps(NONE, candidates, client);
        }
        int first = Lots.high(candidates.size(), chance);
        return lessLoaded(first, another(first, candidates.size(), chance), candidates);
    }

    /** Draws one after the other, and again who cannot be had; but for the first one, if that was drawn already. */
    private int selectBySteps(int drawn, Candidates candidates, ConnectionInfo client) {
        int n = candidates.size();
        int first = drawn != NONE ? drawn : WeightedRandom.draw(lots, candidates, client);
        for (int i = 0; i < MOST_DRAWS; i++) {
            int second = WeightedRandom.draw(lots, candidates, client);
            if (second != first) {
                return lessLoaded(first, second, candidates);
            }
        }
        return lessLoaded(first, another(first, n, client.random().nextLong()), candidates);
    }

    /** Any other than the first, each as likely, by the lower half of the chance. */
    private static int another(int first, int n, long chance) {
        int second = Lots.low(n - 1, chance);
        return second + ((first - 1 - second) >>> 31); // one up unless it is below, without a jump that chance decides
    }

    private int lessLoaded(int first, int second, Candidates candidates) {
        int order = load.compare(candidates, first, second);
        if (order == 0) {
            return lessTaken(first, second, candidates);
        }
        return order > 0 ? second : first;
    }

    private static int lessTaken(int first, int second, Candidates candidates) {
        double ofFirst = candidates.recentPicks(first) * candidates.weight(second);
        double ofSecond = candidates.recentPicks(second) * candidates.weight(first);
        return ofSecond < ofFirst ? second : first;
    }
}
