package io.lbkit.core.health;

import static io.lbkit.core.health.Pieces.bytes;
import static io.lbkit.core.health.Pieces.describe;
import static io.lbkit.core.health.Pieces.only;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.HealthQuestion.HttpGet;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers in HTTP, each whole, byte by byte, and cut at every place. */
class HttpAnswerTest {

    private static final HttpGet ANY = HttpGet.of("/health");
    private static final HttpGet TEXT = ANY.body("primary");
    private static final String OK = "HTTP/1.1 200 OK\r\n";

    private static String judged(HttpGet question, String answer) {
        return describe(only(() -> new HttpAnswer(question), bytes(answer)));
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 200 OK, PASSED status 200",
        "HTTP/1.1 399 Whatever, PASSED status 399",
        "HTTP/1.1 400 Bad Request, FAILED status 400",
        "HTTP/1.1 503 Service Unavailable, FAILED status 503",
        "HTTP/1.0 200, PASSED status 200",
        "HTTP/1.1 200 , PASSED status 200",
        "HTTP/1.1 2000 OK, FAILED malformed status line",
        "HTTP/1.1 20 OK, FAILED malformed status line",
        "HTTP/1.1 0x2 OK, FAILED malformed status line",
        "HTTP/1.1  200 OK, FAILED malformed status line",
        "HTTP/1.x 200 OK, FAILED malformed status line",
        "HTTP/1.1 099 OK, FAILED malformed status line",
        "HTTP/2 200, FAILED not an answer in HTTP/1",
        "SSH-2.0-OpenSSH_9.2, FAILED not an answer in HTTP/1",
    })
    void the_status_line_decides(String line, String judgement) {
        String ended = line.equals("HTTP/1.1 200") ? line + " " : line;
        assertEquals(judgement, judged(ANY, ended + "\r\nContent-Length: 0\r\n\r\n"));
        assertEquals(judgement, judged(ANY, ended + "\n\n"));
    }

    @Test
    void a_range_of_statuses_passes() {
        HttpGet narrow = ANY.status(204, 204);
        assertEquals("PASSED status 204", judged(narrow, "HTTP/1.1 204 No Content\r\n\r\n"));
        assertEquals("FAILED status 200", judged(narrow, OK + "\r\n"));
    }

    @Test
    void informational_answers_are_skipped() {
        String early = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
        assertEquals("PASSED status 200", judged(ANY, early + OK + "\r\n"));
        assertEquals("FAILED status 500", judged(ANY, early + "HTTP/1.1 500 Oops\r\n\r\n"));
        assertEquals("FAILED ended without a status", judged(ANY, early));
    }

    @Test
    void an_answer_may_end_too_early() {
        assertEquals("FAILED ended without a status", judged(ANY, ""));
        assertEquals("FAILED ended without a status", judged(ANY, "HTTP/1.1 200 OK"));
        assertEquals("FAILED status 200 without the expected text", judged(TEXT, OK));
        assertEquals("FAILED status 200 without the expected text", judged(TEXT, OK + "\r\nprimar"));
    }

    @Test
    void a_text_is_found_in_any_kind_of_body() {
        String found = "PASSED status 200 with the expected text";
        assertEquals(found, judged(TEXT, OK + "\r\nrole: primary"));
        assertEquals(found, judged(TEXT, OK + "Content-Length: 9\r\n\r\npprimaryx"));
        assertEquals(found, judged(TEXT, OK + "Transfer-Encoding: chunked\r\n\r\n7\r\nprimary\r\n0\r\n\r\n"));
        assertEquals(
                found,
                judged(
                        TEXT,
                        OK + "transfer-encoding:gzip, CHUNKED \r\n\r\n3;a=\"b\"\r\npri\r\n004\r\nmary\r\n0\r\n\r\n"));
    }

    @Test
    void a_text_is_not_found_where_it_is_not_in_the_body() {
        String missing = "FAILED status 200 without the expected text";
        assertEquals(missing, judged(TEXT, OK + "X-Role: primary\r\n\r\nreplica"));
        assertEquals(missing, judged(TEXT, OK + "Content-Length: 6\r\n\r\nprimary"));
        assertEquals(missing, judged(TEXT, OK + "Content-Length: 0\r\n\r\nprimary"));
        assertEquals(
                missing, judged(TEXT, OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nprimary: x\r\n\r\n"));
        assertEquals("FAILED status 500", judged(TEXT, "HTTP/1.1 500 Oops\r\n\r\nprimary"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "x", "99999999999999999999", "1 2"})
    void a_length_that_is_none_fails(String length) {
        String malformed = "FAILED status 200, malformed answer";
        assertEquals(malformed, judged(TEXT, OK + "Content-Length: " + length + "\r\n\r\nprimary"));
        assertEquals(malformed, judged(TEXT, OK + "Transfer-Encoding: chunked\r\n\r\n" + length + "\r\nprimary"));
    }

    @Test
    void a_chunk_ends_where_it_said() {
        assertEquals(
                "FAILED status 200, malformed answer",
                judged(TEXT, OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nnot\r\n7\r\nprimary"));
    }

    @Test
    void no_more_is_looked_at_than_was_agreed() {
        HttpGet little = TEXT.answerBytes(64);
        assertEquals(
                "FAILED status 200, not the expected text within 64 bytes",
                judged(little, OK + "\r\n" + "x".repeat(64) + "primary"));
        assertEquals("FAILED no status within 64 bytes", judged(little, "HTTP/1.1 2" + "0".repeat(1000)));
        assertEquals(
                "PASSED status 200 with the expected text",
                judged(TEXT.answerBytes(1 << 20), OK + "\r\n" + "x".repeat(500) + "primary"));
    }

    @Test
    void an_answer_that_never_ends_is_judged_all_the_same() {
        HttpAnswer answer = new HttpAnswer(ANY);
        ByteBuffer endless = ByteBuffer.wrap(bytes("HTTP/1.1 200 " + "x".repeat(1000)));
        Outcome outcome = null;
        for (int i = 0; i < 4 && outcome == null; i++) {
            assertNull(answer.onBytes(endless.duplicate().clear().limit(1000)));
        }
        outcome = answer.onBytes(endless.duplicate());
        assertEquals("FAILED no status within 4096 bytes", describe(outcome));
    }

    @Test
    void long_lines_need_no_memory() {
        String text = OK + "X-Long: " + "y".repeat(3000) + "\r\n\r\nprimary";
        assertEquals("PASSED status 200 with the expected text", judged(TEXT, text));
    }

    /** Mutations of good answers, each in every cutting: never an exception, and never two opinions. */
    @Test
    void whatever_comes_has_one_outcome() {
        String[] seeds = {
            OK + "Content-Length: 9\r\n\r\nprimary!!",
            OK + "Transfer-Encoding: chunked\r\n\r\n3\r\npri\r\n4\r\nmary\r\n0\r\n\r\n",
            "HTTP/1.1 103 Early\r\n\r\n" + OK + "\r\nprimary",
            "HTTP/1.0 503 Down\r\n\r\n",
        };
        SplittableRandom random = new SplittableRandom(5);
        int passed = 0;
        for (int round = 0; round < 5000; round++) {
            byte[] answer = mutant(bytes(seeds[round % seeds.length]), random);
            Outcome any = only(() -> new HttpAnswer(ANY), answer);
            Outcome text = only(() -> new HttpAnswer(TEXT), answer);
            if (text.verdict() == Outcome.Verdict.PASSED) {
                assertEquals(Outcome.Verdict.PASSED, any.verdict());
                passed++;
            }
        }
        assertTrue(passed > 100, passed + " passed; the mutations leave nothing to judge");
    }

    static byte[] mutant(byte[] seed, SplittableRandom random) {
        byte[] mutant = seed.clone();
        for (int n = random.nextInt(4); n > 0; n--) {
            int at = random.nextInt(mutant.length);
            switch (random.nextInt(4)) {
                case 0 -> mutant[at] = (byte) random.nextInt();
                case 1 -> mutant[at] = bytes("\r\n :;0%#,")[random.nextInt(9)];
                case 2 -> mutant = java.util.Arrays.copyOf(mutant, at + 1);
                default -> System.arraycopy(seed, 0, mutant, at, Math.min(seed.length, mutant.length - at));
            }
        }
        return mutant;
    }
}
