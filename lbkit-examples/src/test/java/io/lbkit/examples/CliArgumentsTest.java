package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.OptionSpec;

/** What the command line says to arguments, without serving anybody. */
@Timeout(60)
class CliArgumentsTest {

    private static final String LISTEN = "--listen=127.0.0.1:0";

    private final Printed out = new Printed();
    private final Printed err = new Printed();

    private int run(String... args) {
        return Cli.run(args, InputStream.nullInputStream(), out.stream(), err.stream());
    }

    /** Status 2, one line to standard error, nothing to standard output. */
    private String complaint(String... args) {
        assertEquals(2, run(args), "exit status");
        assertEquals(List.of(), out.all(), "standard output");
        assertEquals(1, err.all().size(), () -> "standard error " + err.all());
        String line = err.all().get(0);
        assertTrue(line.startsWith("lbkit: ") && line.endsWith(" (--help tells more)"), line);
        return line.substring("lbkit: ".length(), line.length() - " (--help tells more)".length());
    }

    @Test
    void nothing_to_listen_on() {
        assertEquals("Missing required option: '--listen=HOST:PORT'", complaint());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--nonsense               | Unknown option: '--nonsense'",
                "--backends=127.0.0.1:1   | Unknown option: '--backends=127.0.0.1:1'",
                "-x                       | Unknown option: '-x'",
                "word                     | Unmatched argument at index 1: 'word'",
                "@no-such-file            | Unmatched argument at index 1: '@no-such-file'",
                "@/                       | Unmatched argument at index 1: '@/'",
                "--backend                | Missing required parameter for option '--backend' (HOST:PORT[,id=NAME][,weight=N][,max=N][,backup][,tls[,verify=off][,sni=NAME]])",
                "--loops                  | Missing required parameter for option '--loops' (N)",
                "--control=yes            | option '--control' should be specified without 'yes' parameter",
            })
    void unknown_or_incomplete(String argument, String expected) {
        assertEquals(expected, complaint(LISTEN, argument));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--listen=8080             | expected HOST:PORT, [IPV6]:PORT or unix:PATH, not '8080'",
                "--listen=127.0.0.1:65536  | expected a port between 0 and 65535, not '65536'",
                "--backend=127.0.0.1:x     | expected a port between 0 and 65535, not 'x'",
                "--backend=127.0.0.1:0     | backend address port is 0, must be between 1 and 65535",
                "--backend=127.0.0.1:1,z=1 | expected id=NAME, weight=N, max=N, backup, tls, verify=off or sni=NAME after the address, not 'z=1'",
                "--selector=best           | 'selector is \"best\", must be one of round-robin, least-connections, least-response-time, peak-ewma, power-of-two, random, weighted-random, first-available, source-hash, maglev, rendezvous'",
                "--loops=0                 | expected a count between 1 and 64, not '0'",
                "--loops=many              | expected a count between 1 and 64, not 'many'",
                "--queue=-1                | expected a count between 0 and 1048576, not '-1'",
                "--max-connections=0       | expected a count between 1 and 2147483647, not '0'",
                "--idle-timeout=5          | expected a time such as 500ms, 2s, 10m, 1h or off, not '5'",
                "--health-check=ping       | expected tcp or http:PATH, and perhaps ,port=N after it, not 'ping'",
                "--health-check=tcp,port=x | expected a port between 1 and 65535, not 'x'",
                "--health-check=tcp:80     | expected tcp or http:PATH, and perhaps ,port=N after it, not 'tcp:80'",
                "--health-check=http:x     | health check path is x, must begin with a slash and be of ASCII characters",
                "--send-proxy=v3           | expected v1 or v2, not 'v3'",
                "--send-proxy=             | expected v1 or v2, not ''",
                "--sni=shop.example         | 'expected NAME=HOST:PORT, not ''shop.example'''",
                "--trust=10.0.0.1/8        | 'address is \"10.0.0.1/8\", must have no bits set behind the first 8'",
                "--allow=localhost         | 'address is \"localhost\", must be an IPv4 or IPv6 address, or a prefix such as 10.0.0.0/8 or 2001:db8::/32'",
                "--deny=::/129             | 'address is \"::/129\", must have between 0 and 128 bits behind the slash'",
                "--max-per-client=0        | expected a count between 1 and 1000000, not '0'",
                "--rate=100                | expected a rate such as 100/s, not '100'",
                "--rate=100/m              | expected a rate such as 100/s, not '100/m'",
                "--rate=0/s                | expected a rate between 1 and 1000000, not '0'",
                "--prelude-timeout=5       | expected a time such as 500ms, 2s, 10m, 1h or off, not '5'",
                "--rise=0                  | expected a count between 1 and 1000, not '0'",
                "--fall=1001               | expected a count between 1 and 1000, not '1001'",
                "--health-interval=5       | expected a time such as 500ms, 2s, 10m, 1h or off, not '5'",
                "--idle-timeout=           | expected a time such as 500ms, 2s, 10m, 1h or off, not ''",
            })
    void values_that_cannot_be_read(String argument, String expected) {
        String complaint = complaint(LISTEN, argument);
        String option = argument.substring(0, argument.indexOf('='));
        assertTrue(complaint.startsWith("Invalid value for option '" + option + "'"), complaint);
        assertTrue(complaint.endsWith(": " + expected), complaint);
    }

    @ParameterizedTest
    @CsvSource({
        "--connect-timeout, connectTimeout, must be between",
        "--idle-timeout, idleTimeout, must be zero (off) or between",
        "--half-close-timeout, halfCloseTimeout, must be zero (off) or between",
        "--first-byte-timeout, firstByteTimeout, must be zero (off) or between",
        "--max-age, maxAge, must be zero (off) or between",
        "--drain-timeout, drainTimeout, must be zero (off) or between",
        "--queue-timeout, queueTimeout, must be between",
        "--prelude-timeout, preludeTimeout, must be between",
    })
    void each_time_belongs_to_its_limit(String option, String property, String range) {
        assertEquals(
                option + " 100000h: " + property + " is PT100000H, " + range + " PT0.001S and PT87600H",
                complaint(LISTEN, option, "100000h"));
    }

    @Test
    void a_connect_cannot_be_without_a_timeout() {
        assertEquals(
                "--connect-timeout off: connectTimeout is PT0S, must be between PT0.001S and PT87600H",
                complaint(LISTEN, "--connect-timeout=off"));
    }

    @Test
    void a_parser_that_had_to_be_asked_knows_as_well_what_was_typed() {
        CliWords words = CliParser.parse(new String[] {LISTEN, "--max-age", "100000h"}, out.stream());
        assertEquals("100000h", words.typed("--max-age"));
        assertEquals("", words.typed("--idle-timeout"));
    }

    @ParameterizedTest
    @CsvSource({"--health-interval=2s", "--health-timeout=1s", "--rise=1", "--fall=1"})
    void a_check_that_was_not_asked_for(String option) {
        String name = option.substring(0, option.indexOf('='));
        assertEquals(name + " is of no use without --health-check", complaint(LISTEN, option));
    }

    @ParameterizedTest
    @CsvSource({"--health-interval, interval", "--health-timeout, timeout"})
    void a_check_cannot_be_without_times(String option, String property) {
        assertEquals(
                option + " off: health check " + property + " is PT0S, must be between PT0.001S and PT87600H",
                complaint(LISTEN, "--health-check=tcp", option, "off"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--tls-cert", "--tls-key"})
    void a_certificate_without_its_key(String option) {
        assertEquals(
                "--tls-cert and --tls-key are of no use without each other", complaint(LISTEN, option, "some.pem"));
    }

    @Test
    void trust_without_headers() {
        assertEquals("--trust is of no use without --accept-proxy", complaint(LISTEN, "--trust=10.0.0.0/8"));
    }

    @Test
    void a_backend_twice() {
        assertEquals(
                "backend id is 127.0.0.1:1, must be unique in a proxy",
                complaint(LISTEN, "--backend=127.0.0.1:1", "--backend=127.0.0.1:1"));
    }

    @Test
    void an_option_twice() {
        assertEquals("option '--loops' (N) should be specified only once", complaint(LISTEN, "--loops=1", "--loops=2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nb", "a\r\n\r\nb", "a\u2028b", "a\fb"})
    void line_breaks_in_an_argument_stay_out_of_the_complaint(String argument) {
        assertEquals("Unmatched argument at index 1: 'a b'", complaint(LISTEN, argument));
    }

    @Test
    void an_address_that_is_taken_is_no_wrong_argument() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            assertEquals(1, run("--listen=" + address, "--access-log"), "exit status");
            assertEquals(
                    "[lbkit: cannot listen on " + address + ": Address already in use]",
                    err.all().toString());
            assertEquals(List.of(), out.all());
        }
    }

    @Test
    void help_names_every_option_every_command_and_every_status() {
        assertEquals(0, run("--help"));
        assertEquals(List.of(), err.all());
        String help = String.join("\n", out.all());
        Stream<String> options = CliOptions.spec().options().stream().map(OptionSpec::longestName);
        Stream<String> commands = Control.COMMANDS.stream();
        Stream<String> statuses = Stream.of("0  ", "1  ", "2  ", "130", "143");
        assertAll(Stream.concat(Stream.concat(options, commands), statuses)
                .map(each ->
                        () -> assertTrue(help.matches("(?s).*\\n[-h, ]*\\Q" + each + "\\E.*"), each + " in\n" + help)));
    }

    @Test
    void short_help_is_the_same() {
        assertEquals(0, run("-h"));
        Printed longer = new Printed();
        Cli.run(new String[] {"--help"}, InputStream.nullInputStream(), longer.stream(), err.stream());
        assertEquals(longer.all(), out.all());
    }

    @Test
    void version() {
        assertEquals(0, run("--version"));
        assertTrue(
                out.all().toString().matches("\\[lbkit \\S+]"), () -> out.all().toString());
        assertEquals(List.of(), err.all());
    }
}
