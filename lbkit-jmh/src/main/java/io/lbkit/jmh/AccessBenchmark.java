package io.lbkit.jmh;

import io.lbkit.AccessRules;
import io.lbkit.AddressSet;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Whether a client may come in, as it is asked once for each connection: each time another client, of whom half are denied. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AccessBenchmark {

    private static final int CLIENTS = 1 << 14;

    /** How many addresses are denied, one by one. */
    @Param({"0", "100000"})
    public int entries;

    private AccessRules rules = AccessRules.NONE;
    private final long[] clients = new long[CLIENTS];
    private int next;

    /** Denies entries of 10.0.0.0/8; calls from there and from elsewhere. */
    @Setup
    public void setUp() {
        SplittableRandom random = new SplittableRandom(1);
        List<String> denied = new ArrayList<>();
        List<Long> addresses = new ArrayList<>();
        for (int i = 0; i < entries; i++) {
            int address = 10 << 24 | random.nextInt(1 << 24);
            addresses.add(0xffff_00000000L | address);
            denied.add("10." + (address >> 16 & 0xff) + "." + (address >> 8 & 0xff) + "." + (address & 0xff));
        }
        rules = AccessRules.NONE.deny(AddressSet.of(denied));
        for (int i = 0; i < CLIENTS; i++) {
            clients[i] = i % 2 == 0 && entries > 0
                    ? addresses.get(random.nextInt(entries))
                    : 0xffff_00000000L | random.nextInt() & 0xffffffffL;
        }
    }

    /** One client. */
    @Benchmark
    public boolean allows() {
        next = next + 1 & CLIENTS - 1;
        return rules.allows(0, clients[next]);
    }
}
