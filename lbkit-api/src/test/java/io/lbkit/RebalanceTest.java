package io.lbkit;

import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Off unless asked for, and bounded if it is. */
class RebalanceTest {

    @Test
    void it_is_off_unless_asked_for() {
        assertFalse(Rebalance.OFF.isOn());
        assertTrue(Rebalance.perSecond(1).isOn());
    }

    @Test
    void a_rule_is_changed_on_a_copy() {
        Rebalance rule = Rebalance.perSecond(7);
        assertEquals(10, rule.tolerancePercent());
        assertEquals(new Rebalance(7, 0), rule.tolerance(0));
        assertEquals(new Rebalance(7, 10), rule);
    }

    @Test
    void numbers_have_a_range() {
        String rate = "rebalance sessionsPerSecond is ";
        assertRefused(rate + "0, must be between 1 and 1000000", () -> Rebalance.perSecond(0));
        assertRefused(rate + "1000001, must be between 1 and 1000000", () -> Rebalance.perSecond(1_000_001));
        assertRefused(rate + "-1, must be between 0 and 1000000", () -> new Rebalance(-1, 10));
        String tolerance = "rebalance tolerancePercent is ";
        assertRefused(
                tolerance + "-1, must be between 0 and 100",
                () -> Rebalance.perSecond(1).tolerance(-1));
        assertRefused(
                tolerance + "101, must be between 0 and 100",
                () -> Rebalance.perSecond(1).tolerance(101));
    }
}
