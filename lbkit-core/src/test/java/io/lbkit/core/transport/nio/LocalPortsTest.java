package io.lbkit.core.transport.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.SourceAddress;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In which order the ports of a range are tried. */
class LocalPortsTest {

    private static SourceAddress range(int size) {
        return SourceAddress.ANY.ports(20_000, 20_000 + size - 1);
    }

    @Test
    void connects_take_them_in_turn_also_when_the_count_overflows() {
        SourceAddress five = range(5);
        LocalPorts ports = new LocalPorts();
        for (int i = 0; i < 12; i++) {
            assertEquals(20_000 + i % 5, LocalPorts.port(five, ports.next(), 0));
        }
        for (int turn : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            assertEquals(20_000 + Math.floorMod(turn, 5), LocalPorts.port(five, turn, 0));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 10, 31, 32, 33, 1000, 45_536})
    void no_port_is_tried_twice_for_a_connect_and_none_outside_of_the_range(int size) {
        SourceAddress range = range(size);
        Set<Integer> tried = new HashSet<>();
        for (int i = 0; i < LocalPorts.tries(range); i++) {
            int port = LocalPorts.port(range, 7, i);
            assertTrue(port >= range.firstPort() && port <= range.lastPort(), "" + port);
            assertTrue(tried.add(port), "twice: " + port);
        }
        assertEquals(Math.min(size, SourceAddress.MOST_TRIES), tried.size());
    }

    @Test
    void a_row_of_ports_in_use_is_leapt_over() {
        SourceAddress range = range(1000);
        for (int turn = 0; turn < 1000; turn++) {
            int tries = 0;
            while (LocalPorts.port(range, turn, tries) < 20_500) { // the first half is in use
                tries++;
            }
            assertTrue(tries <= 3, turn + " took " + tries);
        }
    }

    @Test
    void without_a_range_the_system_chooses() {
        assertEquals(1, LocalPorts.tries(SourceAddress.of("127.0.0.1")));
        assertEquals(0, LocalPorts.port(SourceAddress.of("127.0.0.1"), 5, 0));
    }
}
