package io.lbkit.jmh;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What the hot paths allocate, and that every benchmark still runs. Nothing here looks at how long anything takes. */
class GateTest {

    private static final double MOST_BYTES_PER_OP = 0.5;

    private static ChainedOptionsBuilder brief() {
        return new OptionsBuilder()
                .forks(0) // in this process: the build pays for no other JVM
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
    }

    @Test
    void relaying_and_picking_allocate_nothing() throws Exception {
        gate(
                21,
                brief().include("PumpBenchmark|PickBenchmark")
                        .param("backends", "3", "100")
                        .measurementTime(TimeValue.milliseconds(150)));
    }

    @Test
    void picking_from_ten_thousand_allocates_nothing() throws Exception {
        // Not those that look at every backend: a second has too few of their picks to spread thin what the harness
        // itself
        // allocates. The unit tests of the selectors count their bytes exactly.
        gate(
                5,
                brief().include("PickBenchmark.pick")
                        .param("backends", "10000")
                        .param("selector", "roundRobin", "powerOfTwo", "random", "peak-ewma", "maglev")
                        .measurementTime(TimeValue.milliseconds(500)));
    }

    private static void gate(int least, ChainedOptionsBuilder options) throws Exception {
        Collection<RunResult> results = new Runner(options.warmupIterations(2)
                        .warmupTime(TimeValue.milliseconds(150))
                        .measurementIterations(1)
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
        List<String> tooMuch = new ArrayList<>();
        for (RunResult result : results) {
            double bytes =
                    result.getSecondaryResults().get("gc.alloc.rate.norm").getScore();
            if (!(bytes <= MOST_BYTES_PER_OP)) {
                tooMuch.add(result.getParams().id() + ": " + bytes + " B/op");
            }
        }
        assertTrue(results.size() >= least, () -> "only " + results.size() + " benchmarks ran");
        assertTrue(tooMuch.isEmpty(), () -> "more than " + MOST_BYTES_PER_OP + " B/op: " + tooMuch);
    }

    @Test
    void every_other_benchmark_runs() throws Exception {
        Collection<RunResult> results = new Runner(brief().include("LoopBenchmark|LoopbackBenchmark")
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(50))
                        .build())
                .run();
        assertTrue(results.size() >= 15, () -> "only " + results.size() + " benchmarks ran");
    }
}
