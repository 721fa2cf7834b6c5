package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How tiers share the load, by the golden rows of Envoy's priority levels. */
class TierLoadsTest {

    /** For 50 and 60 the table in Envoy's documentation has 50/50; by its formula, in text and code, it is 70/30. */
    @ParameterizedTest(name = "{0} % and {1} % usable: {2}/{3}")
    @CsvSource({
        "100, 100, 100, 0",
        "72, 72, 100, 0",
        "71, 71, 99, 1",
        "50, 60, 70, 30",
        "25, 100, 35, 65",
        "25, 25, 50, 50",
        "5, 65, 7, 93",
        "0, 100, 0, 100",
        "0, 20, 0, 100",
        "20, 0, 100, 0",
        "0, 0, 0, 0"
    })
    void golden(int first, int second, int firstLoad, int secondLoad) {
        int[] health = {TierLoads.health(first, 100, 140), TierLoads.health(second, 100, 140)};
        assertArrayEquals(new int[] {firstLoad, secondLoad}, TierLoads.of(health));
    }

    @Test
    void the_least_health_is_one_percent() {
        assertEquals(1, TierLoads.health(1, 10_000, 140));
        assertEquals(0, TierLoads.health(0, 10_000, 140));
        assertEquals(0, TierLoads.health(0, 0, 140));
    }

    @Test
    void no_percent_is_lost_and_none_is_given_twice() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 100_000; round++) {
            int[] health = random.ints(random.nextInt(1, 11), 0, random.nextInt(2, 102))
                    .toArray();
            int[] loads = TierLoads.of(health);
            int expected = Arrays.stream(health).sum() == 0 ? 0 : 100;
            assertEquals(expected, Arrays.stream(loads).sum(), () -> Arrays.toString(health));
            for (int tier = 0; tier < health.length; tier++) {
                assertEquals(true, health[tier] > 0 || loads[tier] == 0, () -> Arrays.toString(health));
            }
        }
    }
}
