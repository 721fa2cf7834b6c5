package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CustomSelectorTest {

    @Test
    void the_first_is_filled_before_the_second_and_the_third_gets_nothing() throws Exception {
        assertEquals(
                "[first=10, second=15, third=0]",
                CustomSelector.run().stream()
                        .map(stats -> stats.backend().id() + "=" + stats.sessions())
                        .toList()
                        .toString());
    }
}
