package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.Backend;
import io.lbkit.SocketOptions;
import org.junit.jupiter.api.Test;

/** What the system has not is refused before anything begins. */
class SocketOptionsTest {

    @Test
    void a_backend_that_asks_for_what_there_is_not_keeps_the_proxy_from_starting() {
        Rig rig = new Rig();
        Backend backend = rig.server("a").socketOptions(SocketOptions.DEFAULT.keepAliveCount(3));
        rig.backend(backend);
        assertEquals(
                "keepAliveCount is set, must not be on this system",
                assertThrows(IllegalArgumentException.class, rig::start).getMessage());
    }
}
