package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The test of quotations notices what it is there to notice. */
class SnippetsTest {

    private static final String SOURCE = """
            class A {
                void a() {
                    // snippet: one
                    if (x) {
                        y();
                    }
                    // end
                }
            }
            """;
    private static final String QUOTED = """
            Look:

            <!-- snippet: one -->
            ```java
            if (x) {
                y();
            }
            ```
            """;

    private static List<String> disagreements(String source, String document) {
        return Snippets.of(List.of(source), document).disagreements();
    }

    @Test
    void agreement() {
        assertEquals(List.of(), disagreements(SOURCE, QUOTED));
    }

    @Test
    void the_source_has_changed() {
        assertEquals(
                List.of("snippet one has drifted; the source says\nif (x) {\n    z();\n}\n"),
                disagreements(SOURCE.replace("y()", "z()"), QUOTED));
    }

    @Test
    void the_document_has_changed() {
        assertEquals(
                1, disagreements(SOURCE, QUOTED.replace("    y()", "  y()")).size());
        assertEquals(1, disagreements(SOURCE, QUOTED.replace("}\n", "}\n\n")).size());
    }

    @Test
    void nobody_quotes_it() {
        assertEquals(List.of("snippet one is not quoted"), disagreements(SOURCE, "Nothing.\n"));
    }

    @Test
    void nobody_has_it() {
        assertEquals(List.of("snippet one is quoted, and is in no source"), disagreements("class A {}\n", QUOTED));
    }

    @Test
    void it_has_no_name() {
        assertEquals(
                List.of("a block of Java names no snippet:\nint a;\n"),
                disagreements(SOURCE, QUOTED + "```java\nint a;\n```\n"));
    }

    @Test
    void it_does_not_end() {
        assertEquals(
                List.of("snippet one does not end", "snippet one is quoted, and is in no source"),
                disagreements(SOURCE.replace("// end", ""), QUOTED));
    }

    @Test
    void it_is_there_twice() {
        assertEquals(
                List.of("snippet one is there twice"),
                Snippets.of(List.of(SOURCE, SOURCE), QUOTED).disagreements());
        assertEquals(List.of("snippet one is quoted twice"), disagreements(SOURCE, QUOTED + QUOTED));
    }
}
