package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RuntimeMembershipTest {

    @Test
    void new_connections_change_over_and_an_open_one_stays() throws Exception {
        List<String> lines = RuntimeMembership.run();
        assertEquals(
                List.of(
                        "a new connection before the change: blue",
                        "a new connection after it: green",
                        "the one that was open all the time: blue",
                        "sessions of blue that were cut: 0"),
                lines.subList(0, 4));
        assertTrue(lines.get(4).matches("in the pool: \\[green@127\\.0\\.0\\.1:\\d+,weight=10\\]"), lines.get(4));
    }
}
