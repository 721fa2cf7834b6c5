package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;

/**
 * The backend with the least load, (sessions + 1) / weight, or 0 when it is idle, as in HAProxy ({@code lb_fwlc.c}): the 1
 * makes weights count from the first session, the 0 gives an idle small backend work. Ties fall by chance in proportion to
 * weight, never by index, or short sessions would all land on the first backend.
 *
 * <p>Immutable.
 */
final class LeastConnections implements Selector {

    /** Compares two loads without dividing: negative when the first is less. */
    static int compare(int connections1, int weight1, int connections2, int weight2) {
        return Long.compare(scaled(connections1) * weight2, scaled(connections2) * weight1);
    }

    private static long scaled(int connections) {
        return connections == 0 ? 0 : connections + 1L;
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        int best = 0;
        int bestConnections = candidates.connections(0);
        int bestWeight = candidates.weight(0);
        long tiedWeight = bestWeight;
        for (int i = 1; i < candidates.size(); i++) {
            int connections = candidates.connections(i);
            int weight = candidates.weight(i);
            int order = compare(connections, weight, bestConnections, bestWeight);
            if (order > 0) {
                continue;
            }
            tiedWeight = order < 0 ? weight : tiedWeight + weight;
            if (order < 0 || client.random().nextLong(tiedWeight) < weight) {
                best = i;
                bestConnections = connections;
                bestWeight = weight;
            }
        }
        return best;
    }
}
