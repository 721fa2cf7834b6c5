package io.lbkit.jmh;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks with the allocation profiler and leaves {@code jmh-result.json}. Takes the arguments of JMH, a regular
 * expression of names first of all.
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
        new Runner(new OptionsBuilder()
                        .parent(new CommandLineOptions(args))
                        .addProfiler(GCProfiler.class)
                        .resultFormat(ResultFormatType.JSON)
                        .shouldFailOnError(true)
                        .build())
                .run();
    }
}
