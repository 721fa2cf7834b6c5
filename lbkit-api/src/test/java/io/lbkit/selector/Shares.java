package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;

/** What counts must look like when they follow weights. */
final class Shares {

    private Shares() {}

    /** Each count is within so many per cent of what its weight promises. */
    static void assertWithin(double percent, int[] weights, int[] counts) {
        double perWeight = Arrays.stream(counts).asLongStream().sum() / (double) total(weights);
        for (int i = 0; i < weights.length; i++) {
            double expected = weights[i] * perWeight;
            double off = Math.abs(counts[i] - expected) / expected * 100;
            int at = i;
            assertTrue(
                    off <= percent,
                    () -> "backend " + at + " of weight " + weights[at] + " has " + counts[at] + ", " + off
                            + " % off its share of " + expected);
        }
    }

    /**
     * Counts of independent draws by weight: chi-square is at most four standard deviations above its mean. Chance
     * exceeds that for a few seeds in a thousand, and the seeds are fixed.
     */
    static void assertDrawn(int[] weights, int[] counts) {
        double perWeight = Arrays.stream(counts).asLongStream().sum() / (double) total(weights);
        double chiSquare = 0;
        for (int i = 0; i < weights.length; i++) {
            double expected = weights[i] * perWeight;
            chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
        }
        int freedom = weights.length - 1;
        double most = freedom + 4 * Math.sqrt(2.0 * freedom);
        assertTrue(chiSquare <= most, "chi-square is " + chiSquare + ", must be at most " + most);
    }

    private static long total(int[] weights) {
        return Arrays.stream(weights).asLongStream().sum();
    }
}
