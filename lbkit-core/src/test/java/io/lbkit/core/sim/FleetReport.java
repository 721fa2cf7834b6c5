package io.lbkit.core.sim;

import io.lbkit.core.sim.Fleet.Keys;
import io.lbkit.core.sim.Fleet.Result;
import io.lbkit.core.sim.Fleet.Scene;
import io.lbkit.selector.Selectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Writes the tables of {@code docs/fleets.md} in place of those that are there. The text around them is written by hand. */
final class FleetReport {

    static final List<String> KEYED = List.of("source-hash", "maglev", "rendezvous");

    private FleetReport() {}

    /** Every selector once, by its first name; those that look at times also with the other time. */
    static List<String> selectors() {
        List<String> selectors = new ArrayList<>();
        for (String name : Selectors.names()) {
            if (!name.equals("weighted-random")) {
                selectors.add(name);
            }
            if (name.equals("least-response-time") || name.equals("peak-ewma")) {
                selectors.add(name + ", first byte");
            }
        }
        return selectors;
    }

    /** A table under a heading of the document. */
    static String table(Scene scene, int size, int proxies) {
        StringBuilder table = new StringBuilder("| selector | max/mean | odd one | p50 ms | p99 ms | failures |\n");
        table.append("|---|---:|---:|---:|---:|---:|\n");
        for (String selector : selectors()) {
            table.append(row(Fleet.run(selector, scene, size, proxies)));
        }
        return table.toString();
    }

    static String row(Result result) {
        return String.format(
                Locale.ROOT,
                "| %s | %.2f | %s | %.0f | %.0f | %d of %d |\n",
                result.selector(),
                result.spread(),
                Double.isNaN(result.odd()) ? "" : String.format(Locale.ROOT, "%.0f %%", result.odd()),
                result.median() / 1e6,
                result.late() / 1e6,
                result.failures(),
                result.visits() + result.failures());
    }

    static String keys(int size, int proxies, int keys) {
        StringBuilder table = new StringBuilder("| selector | all agree | max/mean | moved when one is removed |"
                + " moved when one is added | the added one has |\n|---|---:|---:|---:|---:|---:|\n");
        for (String selector : KEYED) {
            Keys row = Fleet.keys(selector, size, proxies, keys);
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %.1f %% | %.2f | %.1f %% | %.1f %% | %.0f %% |\n",
                    selector,
                    row.agreed(),
                    row.spread(),
                    row.movedByRemoval(),
                    row.movedByAddition(),
                    row.joined()));
        }
        return table.toString();
    }

    /** The table below a marker, with its last line's end. */
    static String below(String document, String name) {
        int from = document.indexOf(marker(name));
        if (from < 0) {
            throw new AssertionError("no table " + name);
        }
        from += marker(name).length();
        int to = document.indexOf("\n\n", from);
        return document.substring(from, to < 0 ? document.length() : to + 1);
    }

    /** Of the tables there are, in their order. */
    static List<String> names(String document) {
        return document.lines()
                .filter(line -> line.startsWith("<!-- "))
                .map(line -> line.substring(5, line.length() - 4))
                .toList();
    }

    private static String marker(String name) {
        return "<!-- " + name + " -->\n\n";
    }

    private static String replace(String document, String name, String table) {
        String before = below(document, name);
        return document.replace(marker(name) + before, marker(name) + table);
    }

    /** @param args the document, and the beginning of the names of the tables wanted */
    public static void main(String[] args) throws IOException {
        Path path = Path.of(args[0]);
        String wanted = args.length > 1 ? args[1] : "";
        String document = Files.readString(path);
        for (String name : names(document)) {
            if (name.startsWith(wanted)) {
                document = replace(document, name, of(name));
                Files.writeString(path, document);
            }
        }
    }

    /** The table of a name such as "slow, 10 backends, 1 proxies". */
    static String of(String name) {
        String[] words = name.split("[ ,]+");
        int size = Integer.parseInt(words[1]);
        int proxies = Integer.parseInt(words[3]);
        return words[0].equals("keys")
                ? keys(size, proxies, 10_000)
                : table(Scene.valueOf(words[0].toUpperCase(Locale.ROOT).replace('-', '_')), size, proxies);
    }
}
