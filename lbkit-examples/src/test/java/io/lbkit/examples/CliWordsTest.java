package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.lbkit.HealthCheck;
import io.lbkit.Selector;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.OptionSpec;

/** What is read without the parser is what the parser would have read. */
class CliWordsTest {

    private static final String[] EVERYTHING = {
        "--listen=127.0.0.1:0",
        "--listen=unix:/run/lb.sock",
        "--backend=127.0.0.1:1,id=a,weight=2",
        "--backend=127.0.0.1:2,backup",
        "--selector=maglev",
        "--connect-timeout=1s",
        "--idle-timeout=off",
        "--half-close-timeout=3s",
        "--first-byte-timeout=4s",
        "--max-age=5h",
        "--drain-timeout=600ms",
        "--max-connections=7",
        "--health-check=http:/a=b,port=8",
        "--health-interval=9s",
        "--health-timeout=1s",
        "--rise=1",
        "--fall=2",
        "--slow-start=3m",
        "--queue=4",
        "--queue-timeout=5s",
        "--bandwidth=10M",
        "--accept-proxy",
        "--trust=10.0.0.0/8",
        "--send-proxy=v2",
        "--prelude-timeout=6s",
        "--sni=a.example=127.0.0.1:3",
        "--tls-cert=cert.pem",
        "--tls-key=key.pem",
        "--allow=10.1.0.0/16",
        "--allow=::1",
        "--deny=10.1.2.0/24",
        "--max-per-client=7",
        "--rate=8/s,burst=9",
        "--loops=2",
        "--access-log",
        "--control",
    };

    private static Map<String, String> texts(CliWords words) {
        Map<String, String> texts = new LinkedHashMap<>();
        words.values().forEach((option, value) -> texts.put(option, text(value)));
        return texts;
    }

    private static String text(Object value) {
        if (value instanceof HealthCheck check) {
            return check.question() + " at port " + check.port();
        }
        return value instanceof Selector ? value.getClass().toString() : value.toString();
    }

    private static Map<String, String> parsed(String... args) {
        return texts(CliParser.parse(args, new PrintStream(OutputStream.nullOutputStream())));
    }

    @Test
    void every_option_is_read_as_the_parser_does() {
        assertEquals(parsed(EVERYTHING), texts(CliWords.of(EVERYTHING)));
    }

    @Test
    void every_option_is_among_them() {
        assertEquals(
                CliOptions.spec().options().stream()
                        .filter(option -> !option.usageHelp() && !option.versionHelp())
                        .map(OptionSpec::longestName)
                        .collect(Collectors.toSet()),
                CliWords.of(EVERYTHING).values().keySet());
    }

    @Test
    void a_value_may_be_the_next_word() {
        List<String> apart = new ArrayList<>();
        for (String word : EVERYTHING) {
            apart.addAll(List.of(word.split("=", 2)));
        }
        assertEquals(texts(CliWords.of(EVERYTHING)), texts(CliWords.of(apart.toArray(String[]::new))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--backend=127.0.0.1:1", // nothing to listen on
                "--listen=127.0.0.1:0 --help",
                "--listen=127.0.0.1:0 --version",
                "--listen=127.0.0.1:0 word",
                "--listen=127.0.0.1:0 --",
                "--listen=127.0.0.1:0 --loops",
                "--listen=127.0.0.1:0 --loops --control",
                "--listen=127.0.0.1:0 --loops=",
                "--listen=127.0.0.1:0 --loops=0",
                "--listen=127.0.0.1:0 --loops=1 --loops=1",
                "--listen=127.0.0.1:0 --control --control",
                "--listen=127.0.0.1:0 --control=yes",
                "--listen=127.0.0.1:0 --loop=1",
            })
    void what_has_to_be_explained_is_left_to_the_parser(String line) {
        assertNull(CliWords.of(line.split(" ")));
    }
}
