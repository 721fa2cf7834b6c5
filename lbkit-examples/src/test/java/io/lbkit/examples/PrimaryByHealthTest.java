package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PrimaryByHealthTest {

    @Test
    void connections_go_to_the_primary_and_follow_it() throws Exception {
        assertEquals(List.of("before the switchover: a", "after it: b"), PrimaryByHealth.run());
    }
}
