package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lbkit.core.sim.SimBacklog.Answer;
import io.lbkit.selector.Selectors;
import java.time.Duration;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Going on to another backend, which needs no time. */
class RetryTest {

    @RegisterExtension
    final Rig rig = new Rig().selector(Selectors.firstAvailable());

    @ParameterizedTest
    @EnumSource(names = {"REFUSE", "RESET"})
    void the_next_backend_is_tried_in_the_same_instant(Answer answer) {
        rig.backend("a", 9).backend("b", 9).backend("c", 9).start();
        rig.serverOf("a").answer(answer);
        rig.serverOf("b").answer(answer);
        long called = rig.network.now();
        Rig.Visitor visitor = rig.connect();
        assertEquals("c", visitor.backend());
        assertEquals(called, rig.network.now(), "no time has passed");
        visitor.leave();
        assertEquals(3, visitor.end().attempts());
        assertEquals(Duration.ZERO, visitor.end().connectTime());
    }
}
