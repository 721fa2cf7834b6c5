package io.lbkit.core.backend;

import io.lbkit.OutlierPolicy;

/**
 * The arithmetic of who is to be ejected, by the rules of Envoy's {@code outlier_detection_impl.cc} but for the share that
 * is kept: there it is a maximum of percent ejected, which for small pools means none at all. Stateless.
 */
final class Outliers {

    /** Fewer backends than this say nothing about what is normal. */
    static final int FEWEST_FOR_DEVIATION = 5;

    /** The threshold when nobody is to be ejected. */
    static final double NOBODY = Double.NEGATIVE_INFINITY;

    private Outliers() {}

    /** Whether one more of those in service may go. */
    static boolean mayEject(int members, int serving, int keepPercent) {
        long keep = (members * (long) keepPercent + 99) / 100;
        return serving - 1 >= Math.max(1, keep);
    }

    /**
     * Judges the backends by a window.
     *
     * @param attempts connects of each backend
     * @param failures how many of them failed
     * @return whether each one is to be ejected
     */
    static boolean[] judge(OutlierPolicy policy, long[] attempts, long[] failures) {
        boolean[] out = new boolean[attempts.length];
        double threshold =
                policy.deviations() == 0 ? NOBODY : threshold(rates(policy, attempts, failures), policy.deviations());
        for (int i = 0; i < out.length; i++) {
            boolean judged = attempts[i] >= policy.minimumAttempts();
            boolean byShare = policy.failurePercent() > 0
                    && failures[i] > 0
                    && 100 * failures[i] >= policy.failurePercent() * attempts[i];
            out[i] = judged && (byShare || rate(attempts[i], failures[i]) < threshold);
        }
        return out;
    }

    private static double[] rates(OutlierPolicy policy, long[] attempts, long[] failures) {
        double[] rates = new double[attempts.length];
        int count = 0;
        for (int i = 0; i < attempts.length; i++) {
            if (attempts[i] >= policy.minimumAttempts()) {
                rates[count++] = rate(attempts[i], failures[i]);
            }
        }
        return java.util.Arrays.copyOf(rates, count);
    }

    private static double rate(long attempts, long failures) {
        return attempts == 0 ? 100 : 100.0 * (attempts - failures) / attempts;
    }

    /**
     * Mean − deviations × σ of the rates of success, σ being that of the population; {@link #NOBODY} for too few. One bad
     * among n lies √(n − 1) σ below the mean.
     */
    static double threshold(double[] rates, double deviations) {
        if (rates.length < FEWEST_FOR_DEVIATION) {
            return NOBODY;
        }
        double sum = 0;
        for (double rate : rates) {
            sum += rate;
        }
        double mean = sum / rates.length;
        double squares = 0;
        for (double rate : rates) {
            squares += (rate - mean) * (rate - mean);
        }
        return mean - deviations * Math.sqrt(squares / rates.length);
    }
}
