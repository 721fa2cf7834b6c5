package io.lbkit.core.health;

import static io.lbkit.core.health.Pieces.bytes;
import static io.lbkit.core.health.Pieces.describe;
import static io.lbkit.core.health.Pieces.only;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Answers that begin with certain bytes or have them somewhere, each whole, byte by byte, and cut at every place. */
class ExpectedBytesTest {

    private static String judged(String expect, boolean anywhere, int most, String answer) {
        return describe(only(() -> new ExpectedBytes(bytes(expect), anywhere, most), bytes(answer)));
    }

    @Test
    void an_answer_begins_as_expected() {
        assertEquals("PASSED expected answer", judged("+PONG", false, 4096, "+PONG"));
        assertEquals("PASSED expected answer", judged("+PONG", false, 4096, "+PONG\r\nand more"));
        assertEquals("FAILED unexpected answer at byte 1", judged("+PONG", false, 4096, "-LOADING"));
        assertEquals("FAILED unexpected answer at byte 3", judged("+PONG", false, 4096, "+PUNG"));
        assertEquals("FAILED ended after 4 bytes without the expected answer", judged("+PONG", false, 4096, "+PON"));
    }

    @Test
    void an_answer_has_somewhere_what_is_expected() {
        assertEquals("PASSED expected answer", judged("master", true, 4096, "*3\r\n$6\r\nmaster\r\n"));
        assertEquals("PASSED expected answer", judged("aab", true, 4096, "aaaaab"));
        assertEquals("PASSED expected answer", judged("abcabd", true, 4096, "abcabcabd"));
        assertEquals("FAILED ended after 5 bytes without the expected answer", judged("master", true, 4096, "slave"));
    }

    @Test
    void no_more_is_looked_at_than_was_agreed() {
        assertEquals("PASSED expected answer", judged("ab", true, 10, "xxxxxxxxab"));
        assertEquals("FAILED not the expected answer within 10 bytes", judged("ab", true, 10, "xxxxxxxxxab"));
    }

    @Test
    void the_search_agrees_with_a_naive_one() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 2000; round++) {
            String answer = letters(random, 40);
            String expect = letters(random, 6) + "a";
            boolean passed = judged(expect, true, 4096, answer).startsWith("PASSED");
            assertEquals(answer.contains(expect), passed, () -> expect + " in " + answer);
        }
    }

    private static String letters(SplittableRandom random, int most) {
        byte[] letters = new byte[random.nextInt(most)];
        for (int i = 0; i < letters.length; i++) {
            letters[i] = (byte) (random.nextInt(5) == 0 ? 'b' : 'a');
        }
        return new String(letters, StandardCharsets.US_ASCII);
    }
}
