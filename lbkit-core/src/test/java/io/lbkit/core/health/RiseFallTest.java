package io.lbkit.core.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How results become a state. */
class RiseFallTest {

    /** + is a pass, - a failure, 0 a restart; the answer has the state after each of them. */
    private static String states(RiseFall state, String results) {
        StringBuilder states = new StringBuilder();
        for (char result : results.toCharArray()) {
            boolean before = state.isUp();
            boolean changed = false;
            if (result == '0') {
                state.restart();
            } else {
                changed = state.on(result == '+');
            }
            assertEquals(before != state.isUp(), changed, "a change is told");
            states.append(state.isUp() ? 'U' : 'D');
            states.append(state.isChanging() ? '~' : ' ');
        }
        return states.toString().stripTrailing();
    }

    @ParameterizedTest(name = "{0} rise {1} fall {2}: {3}")
    @CsvSource({
        "up,   2, 3, +++,        U U U",
        "up,   2, 3, ---,        U~U~D",
        "up,   2, 3, --+---,     U~U~U U~U~D",
        "up,   2, 3, ---++,      U~U~D D~U",
        "up,   2, 3, ---+-++,    U~U~D D~D D~U",
        "up,   1, 1, -+-,        D U D",
        "up,   3, 2, --+++,      U~D D~D~U",
        "down, 2, 3, +,          U",
        "down, 2, 3, -+,         D D~",
        "down, 2, 3, -++,        D D~U",
        "down, 9, 3, +---,       U U~U~D",
        "up,   2, 3, --0-,       U~U~U U~",
        "up,   2, 3, ---0+,      U~U~D D U",
        "up,   2, 3, ---0-+,     U~U~D D D D~",
    })
    void results_become_a_state(String initial, int rise, int fall, String results, String states) {
        assertEquals(states, states(new RiseFall(rise, fall, initial.equals("up")), results));
    }
}
