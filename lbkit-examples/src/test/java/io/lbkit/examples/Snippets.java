package io.lbkit.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Pieces of source that a document quotes. In the source, a piece lies between {@code // snippet: NAME} and {@code // end};
 * in the document, the line {@code <!-- snippet: NAME -->} stands before the block of code.
 *
 * <p>Immutable.
 */
record Snippets(Map<String, String> bySource, Map<String, String> byDocument, List<String> complaints) {

    private static final String NAMELESS = "";

    static Snippets of(List<String> sources, String document) {
        List<String> complaints = new ArrayList<>();
        Map<String, String> bySource = new TreeMap<>();
        for (String source : sources) {
            collect(source, complaints).forEach((name, text) -> {
                if (bySource.put(name, text) != null) {
                    complaints.add("snippet " + name + " is there twice");
                }
            });
        }
        return new Snippets(bySource, quotes(document, complaints), complaints);
    }

    /** Everything that is wrong, in a sentence each; empty if document and sources agree. */
    List<String> disagreements() {
        List<String> wrong = new ArrayList<>(complaints);
        TreeSet<String> names = new TreeSet<>(bySource.keySet());
        names.addAll(byDocument.keySet());
        for (String name : names) {
            String source = bySource.get(name);
            String quoted = byDocument.get(name);
            if (name.equals(NAMELESS)) {
                wrong.add("a block of Java names no snippet:\n" + quoted);
            } else if (quoted == null) {
                wrong.add("snippet " + name + " is not quoted");
            } else if (source == null) {
                wrong.add("snippet " + name + " is quoted, and is in no source");
            } else if (!source.equals(quoted)) {
                wrong.add("snippet " + name + " has drifted; the source says\n" + source);
            }
        }
        return wrong;
    }

    private static Map<String, String> collect(String source, List<String> complaints) {
        Map<String, String> found = new TreeMap<>();
        String name = null;
        StringBuilder text = new StringBuilder();
        for (String line : source.lines().toList()) {
            String word = line.strip();
            if (word.startsWith("// snippet: ")) {
                if (name != null) {
                    complaints.add("snippet " + name + " does not end");
                }
                name = word.substring("// snippet: ".length());
                text.setLength(0);
            } else if (word.equals("// end") && name != null) {
                found.put(name, text.toString().stripTrailing().stripIndent() + "\n");
                name = null;
            } else {
                text.append(line).append('\n');
            }
        }
        if (name != null) {
            complaints.add("snippet " + name + " does not end");
        }
        return found;
    }

    private static Map<String, String> quotes(String document, List<String> complaints) {
        Map<String, String> found = new TreeMap<>();
        List<String> lines = document.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("```java")) {
                String before = i == 0 ? "" : lines.get(i - 1);
                String name = before.matches("<!-- snippet: \\S+ -->") ? before.split(" ")[2] : NAMELESS;
                StringBuilder text = new StringBuilder();
                while (++i < lines.size() && !lines.get(i).startsWith("```")) {
                    text.append(lines.get(i)).append('\n');
                }
                if (found.put(name, text.toString()) != null && !name.equals(NAMELESS)) {
                    complaints.add("snippet " + name + " is quoted twice");
                }
            }
        }
        return found;
    }
}
