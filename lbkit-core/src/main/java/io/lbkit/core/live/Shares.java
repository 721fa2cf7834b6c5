package io.lbkit.core.live;

/**
 * How many sessions each of some backends should have: its part of the total by weight, but no more than it may have; what it
 * cannot take falls to the others. And by how many a backend may be above that before it counts.
 *
 * <p>Immutable.
 */
final class Shares {

    private final double[] shares;
    private final double tolerance;

    /**
     * @param total sessions to share out
     * @param weights at least 1 each
     * @param most how many each may have
     * @param tolerancePercent of a share
     */
    Shares(long total, int[] weights, int[] most, int tolerancePercent) {
        this.tolerance = tolerancePercent / 100.0;
        this.shares = new double[weights.length];
        boolean[] settled = new boolean[weights.length];
        // If not even all of them together may have that many, limits say nothing about what is fair.
        boolean limited = sum(most) > total;
        double left = total;
        boolean again = true;
        while (again) {
            again = false;
            double perWeight = left / weightOf(weights, settled);
            for (int i = 0; i < shares.length; i++) {
                if (!settled[i]) {
                    shares[i] = perWeight * weights[i];
                }
            }
            for (int i = 0; i < shares.length && limited; i++) {
                if (!settled[i] && shares[i] > most[i]) {
                    shares[i] = most[i];
                    left -= most[i];
                    settled[i] = true;
                    again = true;
                }
            }
        }
    }

    private static long sum(int[] numbers) {
        long sum = 0;
        for (int number : numbers) {
            sum += number;
        }
        return sum;
    }

    private static double weightOf(int[] weights, boolean[] settled) {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += settled[i] ? 0 : weights[i];
        }
        return sum;
    }

    double share(int index) {
        return shares[index];
    }

    /** How many of its sessions are too many; closing these leaves it at its share or above. */
    int excess(int index, int sessions) {
        double allowed = shares[index] + Math.max(1, shares[index] * tolerance);
        return (int) Math.max(0, Math.ceil(sessions - allowed - 1e-9));
    }

    /** The one with the most too many, or -1 if there is none. */
    int mostAbove(int[] sessions) {
        int found = -1;
        int most = 0;
        for (int i = 0; i < sessions.length; i++) {
            int excess = excess(i, sessions[i]);
            if (excess > most) {
                most = excess;
                found = i;
            }
        }
        return found;
    }
}
