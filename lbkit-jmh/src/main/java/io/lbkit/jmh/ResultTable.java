package io.lbkit.jmh;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * Renders results as a Markdown table, one line for each benchmark and parameters: score, what it allocates, and, for picks,
 * how many atomic increments of the same run it is worth.
 */
final class ResultTable {

    private static final String BARE = "PickBenchmark.increment";

    private ResultTable() {}

    static String of(Collection<RunResult> results) {
        StringBuilder table = new StringBuilder("""
                | benchmark | parameters | threads | score | unit | B/op | × increment |
                |---|---|---|---|---|---|---|
                """);
        results.forEach(result -> table.append(row(result, results)));
        return table.toString();
    }

    private static String row(RunResult result, Collection<RunResult> all) {
        BenchmarkParams params = result.getParams();
        String parameters = params.getParamsKeys().stream()
                .map(key -> key + "=" + params.getParam(key))
                .collect(Collectors.joining(", "));
        Result<?> primary = result.getPrimaryResult();
        return "| " + name(result) + " | " + parameters + " | " + params.getThreads() + " | "
                + number(primary.getScore()) + " | " + primary.getScoreUnit() + " | " + allocated(result) + " | "
                + increments(result, all) + " |\n";
    }

    /** Class and method. */
    private static String name(RunResult result) {
        String name = result.getParams().getBenchmark();
        return name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
    }

    private static String allocated(RunResult result) {
        Result<?> allocation = result.getSecondaryResults().get("gc.alloc.rate.norm");
        return allocation == null ? "" : number(allocation.getScore());
    }

    private static String increments(RunResult result, Collection<RunResult> all) {
        if (!name(result).startsWith("PickBenchmark.pick")) {
            return "";
        }
        int threads = result.getParams().getThreads();
        return all.stream()
                .filter(other ->
                        name(other).startsWith(BARE) && other.getParams().getThreads() == threads)
                .map(bare -> number(result.getPrimaryResult().getScore()
                        / bare.getPrimaryResult().getScore()))
                .findFirst()
                .orElse("");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) < 0.05 ? "%.0f" : value < 100 ? "%.1f" : "%,.0f", value);
    }
}
