package io.lbkit.selector;

/**
 * One period of smooth weighted round robin, as a table of positions: each backend as often as its weight says, spread as
 * evenly as can be.
 *
 * <p>Small sets get the very order of nginx ({@code ngx_stream_upstream_round_robin.c}: add each weight to its current
 * weight, take the greatest, subtract the total). That pass costs backends × period steps; where it would cost more than
 * {@value #EXACT_STEPS}, the n-th turn of a backend of share s falls due at (n − ½) / s and turns are taken in the order of
 * their due times, in constant time each. Periods longer than {@value #LONGEST_PERIOD} are scaled down.
 *
 * <p>Left out is nginx's effective weight, which a failure lowers and each pick heals by one: a table cannot have it, and who
 * fails here is ejected and comes back by a single session.
 *
 * <p>Stateless.
 */
final class SmoothOrder {

    static final int EXACT_STEPS = 1 << 22;
    static final int LONGEST_PERIOD = 1 << 20;

    private SmoothOrder() {}

    /** The order for some weights, each at least 1. */
    static int[] of(int[] weights) {
        int[] parts = reduce(weights);
        int period = 0;
        for (int part : parts) {
            period += part;
        }
        return (long) period * parts.length <= EXACT_STEPS ? smooth(parts, period) : byDueTime(parts, period);
    }

    private static int[] reduce(int[] weights) {
        int divisor = 0;
        long total = 0;
        for (int weight : weights) {
            divisor = gcd(weight, divisor);
            total += weight;
        }
        double scale = 1.0 / divisor;
        if (total * scale > LONGEST_PERIOD) {
            scale = (double) LONGEST_PERIOD / total;
        }
        int[] parts = new int[weights.length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = (int) Math.max(1, Math.round(weights[i] * scale));
        }
        return parts;
    }

    static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private static int[] smooth(int[] parts, int period) {
        int[] order = new int[period];
        int[] current = new int[parts.length];
        for (int turn = 0; turn < period; turn++) {
            int best = 0;
            for (int i = 0; i < parts.length; i++) {
                current[i] += parts[i];
                if (current[i] > current[best]) {
                    best = i;
                }
            }
            current[best] -= period;
            order[turn] = best;
        }
        return order;
    }

    /** By counting: each turn of the period is a slot; what falls due in the same slot goes by position. */
    private static int[] byDueTime(int[] parts, int period) {
        int[] next = new int[period + 1]; // where in the order the next turn of each slot goes
        for (int part : parts) {
            for (int turn = 0; turn < part; turn++) {
                next[slot(turn, part, period) + 1]++;
            }
        }
        for (int slot = 1; slot <= period; slot++) {
            next[slot] += next[slot - 1];
        }
        int[] order = new int[period];
        for (int i = 0; i < parts.length; i++) {
            for (int turn = 0; turn < parts[i]; turn++) {
                order[next[slot(turn, parts[i], period)]++] = i;
            }
        }
        return order;
    }

    private static int slot(int turn, int part, int period) {
        return (int) ((2L * turn + 1) * period / (2L * part));
    }
}
