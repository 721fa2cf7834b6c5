package io.lbkit;

import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How tiers stand in for each other. */
class FailoverTest {

    @Test
    void one_tier_at_a_time_and_all_if_none_is_usable() {
        assertEquals(0, Failover.DEFAULT.overprovisioningPercent());
        assertTrue(Failover.DEFAULT.failOpen());
        assertEquals(0, Failover.DEFAULT.failOpenBelowPercent());
    }

    @Test
    void a_change_makes_a_copy() {
        Failover changed = Failover.DEFAULT
                .overprovisioningPercent(140)
                .failOpenBelowPercent(50)
                .failOpen(false);
        assertEquals(140, changed.overprovisioningPercent());
        assertEquals(50, changed.failOpenBelowPercent());
        assertFalse(changed.failOpen());
        assertEquals(0, changed.overprovisioningPercent(0).overprovisioningPercent());
        assertTrue(Failover.DEFAULT.failOpen());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 99, 1001})
    void the_overprovisioning_has_a_range(int wrong) {
        assertRefused(
                "overprovisioningPercent is " + wrong + ", must be 0 (off) or between 100 and 1000",
                () -> Failover.DEFAULT.overprovisioningPercent(wrong));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 101})
    void the_threshold_has_a_range(int wrong) {
        assertRefused(
                "failOpenBelowPercent is " + wrong + ", must be between 0 and 100",
                () -> Failover.DEFAULT.failOpenBelowPercent(wrong));
    }
}
