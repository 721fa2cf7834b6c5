package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.BackendStats;
import io.lbkit.CloseReason;
import io.lbkit.ProxyState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The main job: a server is killed, and no request fails. */
@Timeout(120)
class QuickstartTest {

    /** Three in a row eject it; each other client may be about to connect then, and each 5 s somebody probes it. */
    private static final int MOST_FAILURES = 3 + Quickstart.CLIENTS + 10;

    private static final Printed OF_THE_RUN = new Printed();

    private static Quickstart.Result result;

    private final Printed out = new Printed();

    @BeforeAll
    static void run() throws Exception {
        result = Quickstart.run(OF_THE_RUN.stream());
    }

    @Test
    void no_request_fails_when_a_server_is_killed() {
        List<BackendStats> backends = result.stats().backends();
        List<Integer> served =
                result.servers().stream().map(HelloServer::served).toList();
        assertAll(
                () -> assertEquals(0, result.failed(), "failed"),
                () -> assertTrue(served.get(1) > 0, "the killed one had served before: " + served),
                () -> assertTrue(served.get(0) > served.get(1) && served.get(2) > served.get(1), "the rest: " + served),
                () -> assertTrue(backends.get(1).connectFailures() > 0, "its death was noticed: " + backends),
                () -> assertTrue(
                        backends.get(1).connectFailures() <= MOST_FAILURES, "three, and it is ejected: " + backends),
                () -> assertEquals(
                        0, backends.get(0).connectFailures() + backends.get(2).connectFailures()),
                () -> assertEquals(ProxyState.CLOSED, result.stats().state()));
    }

    @Test
    void every_connection_has_its_reason_in_the_table() {
        assertEquals(0, Quickstart.report(result, out.stream()), "exit status");
        String printed = String.join("\n", out.all());
        assertEquals(result.stats().accepted(), result.reports().size(), "each connection has one report");
        for (HelloServer server : result.servers()) {
            assertTrue(
                    printed.matches("(?s).*\\n" + server.name() + " +127\\.0\\.0\\.1:" + server.port() + " +"
                            + server.served() + " .*"),
                    printed);
        }
        result.reports().stream()
                .collect(Collectors.groupingBy(report -> report.reason(), Collectors.counting()))
                .forEach((reason, count) -> assertTrue(
                        printed.matches("(?s).*\\n" + reason + " +" + reason.who() + " +" + count + " .*"), printed));
        assertTrue(result.stats().closed(CloseReason.COMPLETED) >= Quickstart.REQUESTS - Quickstart.CLIENTS, printed);
        assertTrue(printed.contains("\n1200 requests: 1200 answered, 0 failed.\n"), printed);
    }

    /** But for the numbers, and for the reasons that this run has not seen. */
    @Test
    void the_readme_shows_what_is_printed() throws Exception {
        Quickstart.report(result, out.stream());
        Set<String> printed = Stream.concat(OF_THE_RUN.all().stream(), out.all().stream())
                .flatMap(String::lines)
                .map(QuickstartTest::withoutNumbers)
                .collect(Collectors.toSet());
        String readme = Files.readString(Path.of("..", "README.md"));
        int begin = readme.indexOf("```\n", readme.indexOf("it fails if a request did:")) + 4;
        List<String> sample = readme.substring(begin, readme.indexOf("```", begin))
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("RESET_BY_"))
                .map(QuickstartTest::withoutNumbers)
                .toList();
        assertTrue(sample.size() >= 9, sample::toString);
        sample.forEach(line -> assertTrue(printed.contains(line), () -> "\"" + line + "\" in " + printed));
    }

    private static String withoutNumbers(String line) {
        return line.replaceAll("[0-9]+", "N").replaceAll(" +", " ").strip();
    }

    @Test
    void a_failed_request_is_a_failure_of_the_program() throws Exception {
        Quickstart.Result bad =
                new Quickstart.Result(2, result.servers(), result.victim(), result.stats(), result.reports());
        assertEquals(1, Quickstart.report(bad, out.stream()), "exit status");
        out.await("1200 requests: 1198 answered, 2 failed\\.");
    }
}
