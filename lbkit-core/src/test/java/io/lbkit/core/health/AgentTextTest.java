package io.lbkit.core.health;

import static io.lbkit.core.health.AgentWord.NOT_SAID;
import static io.lbkit.core.health.Pieces.bytes;
import static io.lbkit.core.health.Pieces.describe;
import static io.lbkit.core.health.Pieces.only;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.core.backend.AgentWish.Duty;
import io.lbkit.core.wire.LogText;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What agents say, from the bytes on the wire to what it means. */
class AgentTextTest {

    /** What was said, in a fixed form; then how many words meant nothing. */
    private static String read(String line) {
        AgentWord word = AgentText.read(line);
        StringBuilder text = new StringBuilder();
        if (word.weightPercent() != NOT_SAID) {
            text.append("weight=").append(word.weightPercent()).append("% ");
        }
        if (word.weight() != NOT_SAID) {
            text.append("weight=").append(word.weight()).append(' ');
        }
        if (word.maxConnections() != NOT_SAID) {
            text.append("max=").append(word.maxConnections()).append(' ');
        }
        if (word.duty() != null) {
            text.append(word.duty()).append(' ');
        }
        if (word.up() != null) {
            text.append(word.up() ? "up " : "down ");
        }
        if (!word.reason().isEmpty()) {
            text.append("because ").append(word.reason()).append(' ');
        }
        return text + "?" + word.misunderstood();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = true,
            value = {
                "75%                        | weight=75% ?0",
                "weight:75%                 | weight=75% ?0",
                "0%                         | weight=0% ?0",
                "150%                       | weight=150% ?0",
                "weight:30                  | weight=30 ?0",
                "weight:0                   | weight=0 ?0",
                "weight:65535               | weight=65535 ?0",
                "weight:65536               | ?1",
                "maxconn:30                 | max=30 ?0",
                "maxconn:0                  | max=0 ?0",
                "ready                      | READY ?0",
                "drain                      | DRAIN ?0",
                "maint                      | MAINTENANCE ?0",
                "up                         | up ?0",
                "down                       | down ?0",
                "fail                       | down ?0",
                "stopped                    | down ?0",
                "down#disk is full          | down because disk is full ?0",
                "down # disk is full        | down because disk is full ?0",
                "UP READY                   | READY up ?0",
                "up ready 50% maxconn:30    | weight=50% max=30 READY up ?0",
                "up,ready,50%               | weight=50% READY up ?0",
                "drain 10% weight:7         | weight=7 DRAIN ?0",
                "weight:7 10%               | weight=10% ?0",
                "ready drain                | DRAIN ?0",
                "75                         | ?1",
                "-5%                        | ?1",
                "+5%                        | ?1",
                "%                          | ?1",
                "weight:                    | ?1",
                "weight:x maxconn:y z       | ?3",
                "weight:9999999999%         | ?1",
                "maxconn:-1                 | ?1",
                "hello world up             | up ?2",
                "#only a reason             | because only a reason ?0",
            })
    void a_line_means(String line, String meaning) {
        assertEquals(meaning, read(line));
    }

    @Test
    void nothing_says_nothing() {
        assertEquals("?0", read(""));
        assertEquals("?0", read(" \t,, "));
        assertEquals(0, AgentText.read("").understood());
        assertEquals(4, AgentText.read("up ready 50% maxconn:30 hm").understood());
    }

    private static String line(String answer) {
        return describe(only(AgentLine::new, bytes(answer)));
    }

    @Test
    void a_line_ends_with_the_first_end_there_is() {
        assertEquals("PASSED up 50%", line("up 50%\n"));
        assertEquals("PASSED up 50%", line("up 50%\r\ndown"));
        assertEquals("PASSED up 50%", line("up 50%\rdown"));
        assertEquals("PASSED up 50%", line("up 50%"));
        assertEquals("PASSED ", line("\n"));
        assertEquals("FAILED ended without an answer", line(""));
        assertEquals("FAILED a line of more than 512 bytes", line("x".repeat(513)));
        assertEquals("PASSED " + "x".repeat(512), line("x".repeat(512) + "\n"));
    }

    @Test
    void whatever_comes_is_read() {
        SplittableRandom random = new SplittableRandom(11);
        String[] seeds = {"up ready 50% maxconn:30\r\n", "down#disk\n", "weight:75%,drain\n", "maint"};
        int understood = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] answer = HttpAnswerTest.mutant(bytes(seeds[round % seeds.length]), random);
            Outcome outcome = only(AgentLine::new, answer);
            if (outcome.verdict() == Outcome.Verdict.PASSED) {
                AgentWord word = AgentText.read(outcome.why());
                assertTrue(word.weight() <= 65535 && word.weight() >= NOT_SAID, word.toString());
                assertTrue(word.weightPercent() >= NOT_SAID && word.maxConnections() >= NOT_SAID, word.toString());
                assertTrue(word.duty() == null || word.duty() != Duty.READY || word.understood() > 0);
                understood += word.understood();
            }
        }
        assertTrue(understood > 10_000, understood + " words understood; the mutations leave nothing to read");
    }

    @Test
    void what_is_logged_is_one_short_line_of_printable_characters() {
        assertEquals(
                "disk \\u000a \\u001b[31m \\\"full\\\" \\\\ \\u00e9", LogText.of("disk \n \u001b[31m \"full\" \\ é"));
        assertTrue(LogText.of("x".repeat(10_000)).length() < 200);
        byte[] all = new byte[256];
        for (int i = 0; i < 256; i++) {
            all[i] = (byte) i;
        }
        for (int i = 0; i < 256; i += 16) {
            String text = LogText.of(new String(all, i, 16, StandardCharsets.ISO_8859_1));
            assertTrue(text.chars().allMatch(c -> c >= 0x20 && c < 0x7f), text);
        }
    }
}
