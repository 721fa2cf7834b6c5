package io.lbkit.core.close;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.CloseReason;
import io.lbkit.Phase;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The close table of {@code docs/LIFECYCLE.md} has every reason, and names tests that there are. */
class LifecycleTest {

    private static final List<String> PACKAGES = List.of("close", "traffic", "sim", "relay");
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

    private record Row(String event, String reasons, String tests) {}

    private static List<Row> rows() throws IOException {
        String all = Files.readString(Path.of("..", "docs", "LIFECYCLE.md"));
        String table = all.substring(all.indexOf("## Close table"), all.indexOf("## What cannot be known"));
        List<Row> rows = table.lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| event "))
                .map(line -> line.split(" *\\| *", -1))
                .map(cells -> new Row(cells[1], cells[3], cells[4]))
                .toList();
        assertTrue(rows.size() > 20, "the table was found");
        return rows;
    }

    @Test
    void each_row_has_its_tests() throws IOException {
        for (Row row : rows()) {
            Matcher names = QUOTED.matcher(row.tests);
            assertTrue(names.find(), () -> "no test of \"" + row.event + "\"");
            do {
                check(names.group(1));
            } while (names.find());
        }
    }

    private static void check(String name) {
        int hash = name.indexOf('#');
        List<Class<?>> in = hash < 0 ? List.of(CloseTableTest.class) : classesOf(name.substring(0, hash));
        String test = name.substring(hash + 1);
        assertTrue(
                in.stream()
                        .flatMap(each -> Arrays.stream(each.getDeclaredMethods()))
                        .anyMatch(method -> method.getName().equals(test) && isTest(method)),
                () -> "no test " + test + " in " + in);
    }

    private static boolean isTest(Method method) {
        return Arrays.stream(method.getAnnotations())
                .map(annotation -> annotation.annotationType().getSimpleName())
                .anyMatch(Set.of("Test", "ParameterizedTest", "BothWays", "OneWay", "Simulated")::contains);
    }

    private static List<Class<?>> classesOf(String simpleName) {
        List<Class<?>> found = new ArrayList<>();
        for (String each : PACKAGES) {
            try {
                found.add(Class.forName("io.lbkit.core." + each + "." + simpleName));
            } catch (ClassNotFoundException e) {
                continue; // in the next one, perhaps
            }
        }
        return found;
    }

    @Test
    void each_reason_has_a_row() throws IOException {
        Set<CloseReason> missing = EnumSet.allOf(CloseReason.class);
        missing.remove(CloseReason.INTERNAL_ERROR); // a defect is no event of the life of a session
        for (Row row : rows()) {
            Matcher names = QUOTED.matcher(row.reasons);
            while (names.find()) {
                missing.remove(CloseReason.valueOf(names.group(1)));
            }
        }
        assertEquals(Set.of(), missing);
    }

    @Test
    void each_of_haproxys_states_has_reasons_and_phases_that_there_are() throws IOException {
        String all = Files.readString(Path.of("..", "docs", "LIFECYCLE.md"));
        String table = all.substring(all.indexOf("## For those who read HAProxy's"));
        Set<String> known = Stream.<Enum<?>[]>of(CloseReason.values(), Phase.values())
                .flatMap(Arrays::stream)
                .map(Enum::name)
                .collect(Collectors.toSet());
        Set<String> states = new TreeSet<>();
        for (String line : table.lines().filter(line -> line.startsWith("| `")).toList()) {
            String[] cells = line.split(" *\\| *", -1);
            QUOTED.matcher(cells[1]).results().forEach(state -> states.add(state.group(1)));
            assertTrue(QUOTED.matcher(cells[3]).find(), line);
            QUOTED.matcher(cells[3]).results().forEach(name -> assertTrue(known.contains(name.group(1)), line));
        }
        assertEquals(
                Set.of("--", "CC", "CD", "CQ", "DD", "KD", "PC", "SC", "SD", "cD", "sC", "sD", "sQ"),
                states,
                "the most useful ones");
    }

    @Test
    void no_event_is_told_twice() throws IOException {
        List<String> events = rows().stream().map(Row::event).toList();
        assertEquals(events.stream().distinct().toList(), events);
    }
}
