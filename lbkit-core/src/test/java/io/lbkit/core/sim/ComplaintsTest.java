package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.core.relay.Acceptor;
import io.lbkit.core.relay.Relay;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.event.Level;

/** What goes wrong again and again is in the log once a minute. */
class ComplaintsTest {

    private static final Duration NEARLY_THREE_MINUTES = Duration.ofSeconds(179);

    @RegisterExtension
    final Rig rig = new Rig().backend("b1", Backend.UNLIMITED);

    private static long lines(String log, String text) {
        return log.lines().filter(line -> line.contains(text)).count();
    }

    @Test
    void no_descriptors_to_accept_with() {
        rig.start().faults(new Faults(0, 0, 0, 0, 0, 1, 0, 0));
        String log = Logged.by(Acceptor.class, Level.WARN, () -> {
            rig.connect();
            rig.pass(NEARLY_THREE_MINUTES);
        });
        assertTrue(
                rig.stats().acceptFailures() > 800,
                "five times a second: " + rig.stats().acceptFailures());
        assertEquals(3, lines(log, " WARN "), log);
        assertEquals(3, lines(log, "rig: accept failed, clients wait in the backlog: "), log);
    }

    @Test
    void a_selector_that_throws() {
        rig.selector((candidates, client) -> {
                    throw new IllegalStateException("thrown by a test");
                })
                .start();
        String log = Logged.by(Relay.class, Level.WARN, () -> {
            for (int second = 0; second < NEARLY_THREE_MINUTES.toSeconds(); second++) {
                rig.connect();
                rig.pass(Duration.ofSeconds(1));
            }
        });
        assertEquals(179, rig.stats().closed(CloseReason.SELECTOR_FAILED));
        assertEquals(3, lines(log, " WARN "), log);
        assertEquals(3, lines(log, "rig: the selector threw"), log);
    }
}
