package io.lbkit.core.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From server names to routes. */
class ServerNamesTest {

    private static final ServerNames NAMES =
            new ServerNames(List.of("*.example.org", "www.example.org", "*.eu.example.org", "*.ORG", "Example.com."));

    @ParameterizedTest
    @CsvSource({
        "www.example.org, 1",
        "api.example.org, 0",
        "a.b.example.org, 0",
        "eu.example.org, 0",
        "a.eu.example.org, 2",
        "a.b.eu.example.org, 2",
        "example.org, 3",
        "wwwexample.org, 3",
        "example.com, 4",
        "www.example.com, -1",
        "org, -1",
        "localhost, -1",
    })
    void the_name_itself_then_the_longest_wildcard(String name, int route) {
        assertEquals(route, NAMES.routeOf(name));
    }

    @Test
    void one_route_may_be_for_all_others() {
        ServerNames names = new ServerNames(List.of("a.example", "*"));
        assertEquals(0, names.routeOf("a.example"));
        assertEquals(1, names.routeOf("b.example"));
        assertEquals(1, names.routeOf(null));
        assertEquals(ServerNames.NONE, NAMES.routeOf(null));
        assertEquals(ServerNames.NONE, new ServerNames(List.of()).routeOf("a"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*.",
                "**",
                "*a.example",
                "a.*.example",
                "*.*.example",
                "a b",
                "example.org..",
                "bücher.de",
                "a\n"
            })
    void a_pattern_is_a_name_or_a_wildcard(String pattern) {
        String shown = pattern.replace("\n", "\\u000a").replace("ü", "\\u00fc");
        assertRefused(shown, List.of(pattern));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "a.example", "*.a.example"})
    void a_pattern_has_one_route(String pattern) {
        assertRefused(pattern, List.of(pattern, "b.example", pattern));
    }

    @Test
    void a_pattern_is_not_hidden_by_case_or_a_dot() {
        assertRefused("A.Example.", List.of("a.example", "A.Example."));
    }

    private static void assertRefused(String shown, List<String> patterns) {
        assertEquals(
                "server name is \"" + shown + "\", must be a host name, *. and a host name, or *, and each only once",
                assertThrows(IllegalArgumentException.class, () -> new ServerNames(patterns))
                        .getMessage());
    }
}
