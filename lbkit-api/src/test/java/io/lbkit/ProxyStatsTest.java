package io.lbkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A reading stays as it was read. */
class ProxyStatsTest {

    private final Map<CloseReason, Long> closed = new HashMap<>(Map.of(CloseReason.COMPLETED, 7L));
    private final List<Long> loops = new ArrayList<>(List.of(3L, 4L));
    private final ProxyStats stats = new ProxyStats(
            ProxyState.RUNNING,
            8,
            1,
            0,
            closed,
            Map.of(CloseReason.CLIENT_FULL, 2L),
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            loops,
            new PoolStats(PoolMode.NORMAL, 0, 0, 0, 0, 0, 0, Duration.ZERO, null),
            List.of(),
            List.of());

    @Test
    void every_reason_has_a_count() {
        assertEquals(7, stats.closed(CloseReason.COMPLETED));
        assertEquals(0, stats.closed(CloseReason.IDLE_TIMEOUT));
    }

    @Test
    void reasons_are_listed_in_their_own_order() {
        assertEquals(List.of(CloseReason.values()), List.copyOf(stats.closed().keySet()));
    }

    @Test
    void later_changes_are_not_seen() {
        closed.put(CloseReason.COMPLETED, 99L);
        loops.clear();
        assertEquals(7, stats.closed(CloseReason.COMPLETED));
        assertEquals(List.of(3L, 4L), stats.loops());
    }

    @Test
    void nobody_can_write_to_it() {
        assertThrows(UnsupportedOperationException.class, () -> stats.closed().put(CloseReason.MAX_AGE, 1L));
        assertThrows(UnsupportedOperationException.class, () -> stats.loops().add(1L));
    }
}
