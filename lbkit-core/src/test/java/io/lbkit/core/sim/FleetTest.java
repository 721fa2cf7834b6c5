package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.core.sim.Fleet.Keys;
import io.lbkit.core.sim.Fleet.Result;
import io.lbkit.core.sim.Fleet.Scene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What {@code docs/fleets.md} says is what comes out. Every build looks at a few rows; {@code -Dlbkit.fleets=all} at all of
 * them, which takes some minutes. {@link FleetReport} writes them anew.
 */
class FleetTest {

    private static final Path DOCUMENT = Path.of("..", "docs", "fleets.md");

    /** Runs one row, and finds it in the document. */
    private static Result told(String selector, Scene scene, String table) throws IOException {
        Result result = Fleet.run(selector, scene, 10, 1);
        String rows = FleetReport.below(Files.readString(DOCUMENT), table);
        assertTrue(rows.contains(FleetReport.row(result)), () -> FleetReport.row(result) + " is not in " + rows);
        return result;
    }

    @Test
    void sessions_in_turn_wait_a_little_longer_than_where_fewest_are() throws IOException {
        Result turns = told("round-robin", Scene.EVEN, "even, 10 backends, 1 proxies");
        Result fewest = told("least-connections", Scene.EVEN, "even, 10 backends, 1 proxies");
        Result two = told("power-of-two", Scene.EVEN, "even, 10 backends, 1 proxies");
        assertTrue(turns.spread() < 1.01, "exactly in turn: " + turns);
        assertTrue(fewest.median() < two.median() && two.median() < turns.median(), fewest + " " + two + " " + turns);
        assertEquals(0, turns.failures() + fewest.failures() + two.failures());
    }

    @Test
    void a_slow_one_is_avoided_where_fewest_are() throws IOException {
        Result fewest = told("least-connections", Scene.SLOW, "slow, 10 backends, 1 proxies");
        assertTrue(fewest.odd() < 25, "a tenth as fast: " + fewest);
        assertEquals(0, fewest.failures());
    }

    @Test
    void one_that_fails_fast_gets_next_to_nothing_and_nobody_notices() throws IOException {
        Result two = told("power-of-two", Scene.FAILING, "failing, 10 backends, 1 proxies");
        assertTrue(two.odd() < 5, "three attempts and a probe: " + two);
        assertEquals(0, two.failures());
    }

    @Test
    void fifty_proxies_that_never_talk_agree_on_every_key_and_few_keys_move() {
        for (String selector : List.of("maglev", "rendezvous")) {
            Keys keys = Fleet.keys(selector, 10, 50, 300);
            assertEquals(100, keys.agreed(), selector);
            assertTrue(keys.movedByRemoval() <= 12 && keys.movedByAddition() <= 12, keys.toString());
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "lbkit.fleets", matches = "all")
    void every_table_is_what_comes_out() throws IOException {
        String document = Files.readString(DOCUMENT);
        for (String name : FleetReport.names(document)) {
            assertEquals(FleetReport.of(name), FleetReport.below(document, name), name);
        }
    }
}
