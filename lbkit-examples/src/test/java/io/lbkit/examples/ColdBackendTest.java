package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ColdBackendTest {

    @Test
    void the_cold_one_has_less_than_its_share_at_first_and_its_share_in_the_end() throws Exception {
        List<String> lines = ColdBackend.run();
        assertTrue(lines.get(0).matches("served by the cold one at first: [1-5] of 21"), lines.get(0));
        assertEquals("after three seconds: 7 of 21", lines.get(1));
    }
}
