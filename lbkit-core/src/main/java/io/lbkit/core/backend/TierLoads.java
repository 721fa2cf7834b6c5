package io.lbkit.core.backend;

/**
 * How much of the load each tier takes where tiers share it: the priority levels of Envoy ({@code load_balancer_impl.cc}).
 * A tier is as healthy as its usable share times the overprovisioning, at most 100; the first tier takes as much as its
 * health, each further one what is left, as much as its health; if together they have less than 100, all are scaled up.
 * What is lost by rounding down goes to those who lost most by it, so that no hundredth is nobody's. Stateless.
 */
final class TierLoads {

    private TierLoads() {}

    /** The health of a tier, 1 to 100; 0 only if none is usable. */
    static int health(int usable, int members, int overprovisioningPercent) {
        return usable == 0 ? 0 : (int) Math.max(1, Math.min(100, (long) overprovisioningPercent * usable / members));
    }

    /** Percent for each tier; 100 in all, unless none has any health. */
    static int[] of(int[] health) {
        int total = Math.min(100, sum(health));
        int[] loads = new int[health.length];
        int[] lost = new int[health.length];
        if (total == 0) {
            return loads;
        }
        int left = 100;
        for (int tier = 0; tier < health.length; tier++) {
            int scaled = health[tier] * 100;
            loads[tier] = Math.min(left, scaled / total);
            lost[tier] = loads[tier] < left ? scaled % total : 0;
            left -= loads[tier];
        }
        for (; left > 0; left--) {
            int most = indexOfGreatest(lost);
            loads[most]++;
            lost[most] = 0;
        }
        return loads;
    }

    private static int sum(int[] numbers) {
        int sum = 0;
        for (int number : numbers) {
            sum += number;
        }
        return sum;
    }

    private static int indexOfGreatest(int[] numbers) {
        int best = 0;
        for (int i = 1; i < numbers.length; i++) {
            if (numbers[i] > numbers[best]) {
                best = i;
            }
        }
        return best;
    }
}
