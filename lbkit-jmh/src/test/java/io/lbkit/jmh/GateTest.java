package io.lbkit.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.core.backend.PickBenchmark;
import io.lbkit.selector.Selectors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What the hot paths allocate, and that every benchmark still runs. Nothing here looks at how long anything takes. */
class GateTest {

    private static final String GATED = "PumpBenchmark|PickBenchmark|AccessBenchmark";
    private static final double MOST_BYTES_PER_OP = 0.5;

    private static ChainedOptionsBuilder brief() {
        return new OptionsBuilder()
                .forks(0)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT); // in this process, as the build runs it
    }

    private static String[] selectors() throws NoSuchFieldException {
        return PickBenchmark.Shared.class
                .getField("selector")
                .getAnnotation(Param.class)
                .value();
    }

    @Test
    void every_selector_that_has_a_name_is_measured() throws Exception {
        Set<String> missing = new TreeSet<>(Selectors.names());
        List.of(selectors()).forEach(missing::remove);
        assertEquals(Set.of("weighted-random"), missing, "which is another name of random");
    }

    @Test
    @Tag("allocation")
    void relaying_picking_and_letting_in_allocate_nothing() throws Exception {
        Collection<RunResult> results = new Runner(brief().include(GATED)
                        .exclude("ByTwo") // counts the same picks
                        .param("backends", "100")
                        .param("heaviest", "3")
                        .warmupIterations(2)
                        .warmupTime(TimeValue.milliseconds(100))
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(200))
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
        List<String> tooMuch = new ArrayList<>();
        for (RunResult result : results) {
            double bytes =
                    result.getSecondaryResults().get("gc.alloc.rate.norm").getScore();
            if (bytes > MOST_BYTES_PER_OP) {
                tooMuch.add(result.getParams().id() + ": " + bytes + " B/op");
            }
        }
        int least = 4 + 1 + selectors().length + 2;
        assertTrue(results.size() >= least, () -> "only " + results.size() + " benchmarks ran");
        assertTrue(tooMuch.isEmpty(), () -> "more than " + MOST_BYTES_PER_OP + " B/op: " + tooMuch);
    }

    /** What looks at every backend makes too few picks in a moment to spread thin what the harness itself allocates. */
    @Test
    void every_pick_runs_whatever_the_size_and_the_threads() throws Exception {
        runOnce(brief().include("PickBenchmark").param("heaviest", "3"), 6 * selectors().length);
    }

    @Test
    void every_other_benchmark_runs_and_has_a_line_in_the_table() throws Exception {
        Collection<RunResult> results = runOnce(brief().include(".*").exclude(GATED), 15);
        List<String> lines = ResultTable.of(results).lines().toList();
        assertEquals(2 + results.size(), lines.size());
        for (String line : lines) {
            assertTrue(line.matches("\\|( [^|]* \\|){7}|(\\|---){7}\\|"), line);
        }
    }

    private static Collection<RunResult> runOnce(ChainedOptionsBuilder benchmarks, int least) throws Exception {
        Collection<RunResult> results = new Runner(benchmarks
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(20))
                        .build())
                .run();
        assertTrue(results.size() >= least, () -> "only " + results.size() + " benchmarks ran");
        return results;
    }
}
