package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.CloseReason;
import io.lbkit.Limits;
import io.lbkit.ProxyBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;

/** The README says what the code does. */
class ReadmeTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final String README = read(ROOT.resolve("README.md"));

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text under a heading. */
    private static String section(String heading) {
        String after = README.substring(README.indexOf("\n## " + heading + "\n") + 1);
        return after.substring(0, after.indexOf("\n## "));
    }

    /** The rows of the tables of a section: what the first column names, and all columns. */
    private static Map<String, List<String>> rows(String heading) {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        section(heading).lines().filter(line -> line.startsWith("| `")).forEach(line -> {
            List<String> columns = Arrays.stream(line.substring(1).split("\\|(?= |$)"))
                    .map(String::strip)
                    .toList();
            Matcher names = Pattern.compile("`([^`]*)`").matcher(columns.get(0));
            while (names.find()) {
                rows.put(names.group(1).replace("\\|", "|"), columns);
            }
        });
        return rows;
    }

    @Test
    void every_quotation_is_in_the_sources_and_every_snippet_is_quoted() throws Exception {
        List<String> sources = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            files.filter(Files::isRegularFile).forEach(file -> sources.add(read(file)));
        }
        Snippets snippets = Snippets.of(sources, README);
        assertEquals(List.of(), snippets.disagreements());
        assertTrue(
                snippets.byDocument().size() >= 4,
                () -> snippets.byDocument().keySet().toString());
    }

    @Test
    void the_knobs_are_all_there_with_their_defaults_and_ranges() {
        Map<String, List<String>> rows = rows("Knobs");
        assertAll(Arrays.stream(Limits.class.getMethods())
                .filter(method -> method.getParameterCount() == 1 && method.getReturnType() == Limits.class)
                .map(setter -> () -> {
                    List<String> row = rows.getOrDefault(setter.getName(), List.of());
                    assertEquals(
                            List.of("`" + setter.getName() + "`", defaultOf(setter), rangeOf(setter)),
                            row.subList(0, Math.min(3, row.size())));
                }));
    }

    @Test
    void the_knobs_are_nothing_else() {
        Stream<String> known = Stream.of(Limits.class, ProxyBuilder.class)
                .flatMap(type -> Arrays.stream(type.getMethods()).filter(method -> method.getReturnType() == type))
                .map(Method::getName);
        assertEquals(sorted(known), sorted(rows("Knobs").keySet().stream()));
    }

    private static TreeSet<String> sorted(Stream<String> names) {
        return names.collect(Collectors.toCollection(TreeSet::new));
    }

    private static String defaultOf(Method setter) throws ReflectiveOperationException {
        Object value = Limits.class.getMethod(setter.getName()).invoke(Limits.DEFAULT);
        if (value instanceof Boolean on) {
            return on ? "on" : "off";
        }
        return value instanceof Duration time ? text(time) : text(setter, (Integer) value);
    }

    /** What a setter says to a value that is surely wrong. */
    private static String rangeOf(Method setter) {
        if (setter.getParameterTypes()[0] == boolean.class) {
            return "on or off";
        }
        Object wrong = setter.getParameterTypes()[0] == int.class ? (Object) (-1) : Duration.ofDays(100_000);
        String complaint = assertThrows(InvocationTargetException.class, () -> setter.invoke(Limits.DEFAULT, wrong))
                .getCause()
                .getMessage();
        Matcher range = Pattern.compile(".* between (\\S+) and (\\S+)").matcher(complaint);
        assertTrue(range.matches(), complaint);
        if (wrong instanceof Duration) {
            return text(Duration.parse(range.group(1))) + " to " + text(Duration.parse(range.group(2)))
                    + (complaint.contains("zero (off)") ? ", or off" : "");
        }
        int most = Integer.parseInt(range.group(2));
        String least = text(setter, Integer.parseInt(range.group(1)));
        return least + (most == Limits.UNLIMITED ? " or more" : " to " + text(setter, most));
    }

    private static String text(Duration time) {
        if (time.isZero()) {
            return "off";
        }
        if (time.toMinutes() == 0) {
            return time.toSeconds() == 0 ? time.toMillis() + " ms" : time.toSeconds() + " s";
        }
        return time.toDays() == 0 ? time.toMinutes() + " min" : time.toDays() + " days";
    }

    private static String text(Method setter, int value) {
        if (value == Limits.UNLIMITED) {
            return "no limit";
        }
        if (!setter.getName().endsWith("Bytes")) {
            return String.valueOf(value);
        }
        return value < 1 << 20 ? (value >> 10) + " KiB" : (value >> 20) + " MiB";
    }

    @Test
    void the_reasons_are_all_there() {
        Map<String, List<String>> rows = rows("Why connections end");
        assertEquals(
                Arrays.stream(CloseReason.values())
                        .collect(Collectors.toMap(
                                CloseReason::name, reason -> reason.who().name().toLowerCase(Locale.ROOT))),
                rows.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, row -> row.getValue().get(1))));
    }

    @Test
    void the_options_are_all_there() {
        assertEquals(
                sorted(CliOptions.spec().options().stream().map(OptionSpec::longestName)),
                sorted(rows("The command line").keySet().stream().map(option -> option.split(" ")[0])));
    }

    @Test
    void the_defaults_of_the_options_are_those_of_the_help() {
        Map<String, List<String>> rows = rows("The command line");
        assertAll(CliOptions.spec().options().stream().map(option -> () -> {
            Matcher said = Pattern.compile(".*Default: (.*)\\.").matcher(option.description()[0]);
            if (said.matches()) {
                String label = option.longestName() + " " + option.paramLabel();
                String read = rows.getOrDefault(label, List.of("", "")).get(1).replace("`", "");
                assertEquals(said.group(1).replace("one for each processor", "processors"), read, label);
            }
        }));
    }

    @Test
    void the_commands_and_the_exit_statuses_are_all_there() {
        String text = section("The command line").replaceAll("\\s+", " ");
        assertAll(Control.COMMANDS.stream()
                .map(command -> () -> assertTrue(text.contains("`" + command + "`"), command)));
        assertAll(CliOptions.spec().usageMessage().exitCodeList().keySet().stream()
                .map(status -> () -> assertTrue(text.matches(".*\\b" + status + "\\b.*"), status)));
    }

    @Test
    void the_version_is_that_of_the_build() {
        Matcher version = Pattern.compile("<version>(.*?)</version>").matcher(read(ROOT.resolve("pom.xml")));
        assertTrue(version.find());
        assertTrue(section("Use it").contains("<version>" + version.group(1) + "</version>"), version.group(1));
    }

    @Test
    void the_first_command_runs_a_profile_that_exists() {
        Matcher command = Pattern.compile("mvn .*-P(\\w+) -pl (\\S+)").matcher(section("Try it"));
        assertTrue(command.find());
        String profile = "<id>" + command.group(1) + "</id>";
        assertTrue(read(ROOT.resolve("pom.xml")).contains(profile), profile);
        assertTrue(read(ROOT.resolve(command.group(2)).resolve("pom.xml")).contains(profile), profile);
    }
}
