package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.Backend;
import io.lbkit.BackendSource;
import io.lbkit.SocketOptions;
import io.lbkit.SourceStats;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the system has not is refused before anything begins. */
class SocketOptionsTest {

    private final Rig rig = new Rig();

    private static Backend impossible(Backend backend) {
        return backend.socketOptions(SocketOptions.DEFAULT.keepAliveCount(3));
    }

    @Test
    void a_backend_that_asks_for_what_there_is_not_keeps_the_proxy_from_starting() {
        rig.backend(impossible(rig.server("a")));
        assertEquals(
                "keepAliveCount is set, must not be on this system",
                assertThrows(IllegalArgumentException.class, rig::start).getMessage());
    }

    private SourceStats source() {
        return rig.stats().pool().source();
    }

    @Test
    void a_set_of_a_source_with_such_a_backend_is_refused_and_the_last_good_one_stays() {
        List<BackendSource.Sink> sinks = new ArrayList<>();
        Backend a = rig.server("a");
        Backend b = rig.server("b");
        rig.source(sink -> {
            sinks.add(sink);
            sink.onBackends(List.of(a));
            return () -> {};
        });
        rig.start();
        sinks.get(0).onBackends(List.of(b, impossible(a)));
        rig.settle();
        assertEquals(
                "it named a, which is refused: keepAliveCount is set, must not be on this system", source().failing());
        assertEquals(1, source().failures());
        assertEquals(1, source().sets());
        assertEquals("a", rig.connect().backend());
        assertEquals(1, rig.stats().backends().size(), "nothing of it is taken");

        sinks.get(0).onBackends(List.of(b));
        rig.settle();
        assertNull(source().failing());
        assertEquals("b", rig.connect().backend());
    }

    @Test
    void a_first_set_with_such_a_backend_leaves_what_was_configured() {
        Backend b = rig.server("b");
        rig.backend(rig.server("a")).source(sink -> {
            sink.onBackends(List.of(impossible(b)));
            return () -> {};
        });
        rig.start();
        assertEquals(0, source().sets());
        assertEquals("a", rig.connect().backend());
    }
}
