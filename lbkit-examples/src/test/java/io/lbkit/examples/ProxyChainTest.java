package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProxyChainTest {

    @Test
    void the_second_sees_the_client_of_the_first() throws Exception {
        String lines = String.join("\n", ProxyChain.run());
        Matcher said = Pattern.compile("the client is (.+)\nthe second sees (.+), by way of (.+)")
                .matcher(lines);
        assertTrue(said.matches(), lines);
        assertEquals(said.group(1), said.group(2));
        assertNotEquals(said.group(1), said.group(3));
    }
}
