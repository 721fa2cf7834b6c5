package io.lbkit.jmh;

import java.util.Collection;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks with the allocation profiler, leaves {@code jmh-result.json} and prints it as a table. Takes the
 * arguments of JMH, a regular expression of names first of all.
 */
public final class Benchmarks {

    private Benchmarks() {}

    /**
     * Runs.
     *
     * @param args of JMH
     * @throws Exception if a benchmark fails
     */
    public static void main(String[] args) throws Exception {
        CommandLineOptions options = new CommandLineOptions(args);
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .parent(options)
                        .addProfiler(GCProfiler.class)
                        .result(options.getResult().orElse("jmh-result.json"))
                        .resultFormat(ResultFormatType.JSON)
                        .shouldFailOnError(true)
                        .build())
                .run();
        System.out.print(ResultTable.of(results));
    }
}
