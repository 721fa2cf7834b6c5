package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What becomes of sessions, and what cannot be asked for. */
class SessionPolicyTest {

    @Test
    void they_are_kept_or_cut_sooner_or_later() {
        assertNull(SessionPolicy.KEEP.deadline());
        assertEquals(Duration.ZERO, SessionPolicy.CUT.deadline());
        assertEquals(
                Duration.ofMinutes(5),
                SessionPolicy.cutAfter(Duration.ofMinutes(5)).deadline());
        assertEquals(SessionPolicy.CUT, SessionPolicy.cutAfter(Duration.ZERO));
    }

    @Test
    void a_deadline_has_a_range() {
        String range = ", must be between PT0S and PT87600H";
        SessionPolicy.cutAfter(Duration.ofDays(3650));
        assertRefused("deadline is PT-0.001S" + range, () -> SessionPolicy.cutAfter(Duration.ofMillis(-1)));
        assertRefused(
                "deadline is PT87600H0.001S" + range,
                () -> SessionPolicy.cutAfter(Duration.ofDays(3650).plusMillis(1)));
        assertNullRefused("deadline", () -> SessionPolicy.cutAfter(null));
    }
}
