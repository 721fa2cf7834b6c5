package io.lbkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lbkit.Explanation.Verdict;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An explanation can be read by people. */
class ExplanationTest {

    private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 4711);
    private static final Backend A = Backend.of("127.0.0.1", 1).id("a").weight(3);
    private static final Backend B = Backend.of("127.0.0.1", 2).id("b");

    @Test
    void in_lines() {
        List<Verdict> verdicts = new ArrayList<>(List.of(
                new Verdict(A, BackendState.UP, true, "weight 3, sessions 7"),
                new Verdict(B, BackendState.DOWN, false, "down for 3.0 s: refused")));
        Explanation explanation = new Explanation(CLIENT, null, PoolMode.NORMAL, 0, A, true, verdicts);
        verdicts.clear();
        assertEquals("""
                for 192.0.2.1:4711: a, by chance; mode NORMAL, tier 0
                  a@127.0.0.1:1,weight=3 UP candidate: weight 3, sessions 7
                  b@127.0.0.1:2 DOWN out: down for 3.0 s: refused""", explanation.toString());
    }

    @Test
    void nobody() {
        assertEquals(
                "for 192.0.2.1:4711 by route shop: nobody; mode EMPTY, tier 0",
                new Explanation(CLIENT, "shop", PoolMode.EMPTY, 0, null, false, List.of()).toString());
    }
}
