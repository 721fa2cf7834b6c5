package io.lbkit.selector;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.lbkit.Backend;
import io.lbkit.Selector;
import io.lbkit.selector.LeastResponseTime.Measure;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A pick leaves nothing for the garbage collector, whether all can be had or some are hidden. */
class NoAllocationTest {

    private static final int PICKS = 100_000;

    static Stream<Named<Selector>> selectors() {
        return Stream.concat(
                Selectors.names().stream().map(name -> Named.of(name, Selectors.named(name))),
                Stream.of(
                        Named.of("least of peaks", Selectors.least(Load.peakEwma(Measure.FIRST_BYTE))),
                        Named.of("two of response times", Selectors.powerOfTwo(Load.responseTime(Measure.CONNECT))),
                        Named.of("bounded Maglev", Selectors.maglev().boundedLoad()),
                        Named.of("bounded rendezvous", Selectors.rendezvous().boundedLoad()),
                        Named.of("Maglev over a text", Selectors.maglev(Key.text(client -> "of the host"))),
                        Named.of("sticky", Selectors.sticky(Pool.Client.BY_ID, Selectors.random())),
                        Named.of("zone", Selectors.zoneFirst("there", Selectors.maglev())),
                        Named.of("zone in a zone", zoneInZone())));
    }

    private static Selector zoneInZone() {
        return Selectors.zoneFirst("here", Selectors.zoneFirst("there", Selectors.peakEwma()));
    }

    @ParameterizedTest
    @MethodSource("selectors")
    void from_equal_backends(Selector selector) {
        assertNothingAllocated(selector, Pool.equal(16));
    }

    @ParameterizedTest
    @MethodSource("selectors")
    void from_two_zones(Selector selector) {
        Backend[] backends = new Backend[8];
        Arrays.setAll(
                backends, i -> Backend.of("127.0.0.1", 1 + i).weight(1 + i).zone(i < 4 ? "here" : "there"));
        assertNothingAllocated(selector, Pool.having(backends));
    }

    @ParameterizedTest
    @MethodSource("selectors")
    void from_backends_of_different_weights(Selector selector) {
        assertNothingAllocated(selector, Pool.of(1, 2, 3, 4, 5, 6, 7, 8));
    }

    @ParameterizedTest
    @MethodSource("selectors")
    void when_the_heaviest_is_hidden(Selector selector) {
        assertNothingAllocated(selector, Pool.of(65535, 2, 3, 4, 5, 6, 7, 8).hide(0));
    }

    private static void assertNothingAllocated(Selector unprepared, Pool pool) {
        assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean, "this JVM does not count");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Selector selector = pool.prepare(unprepared);
        Pool.Client client = new Pool.Client(1);
        long me = Thread.currentThread().getId();
        pickMany(selector, pool, client);
        long before = threads.getThreadAllocatedBytes(me);
        pickMany(selector, pool, client);
        long bytes = threads.getThreadAllocatedBytes(me) - before;
        assertTrue(bytes < PICKS, bytes + " bytes for " + PICKS + " picks");
    }

    private static void pickMany(Selector selector, Pool pool, Pool.Client client) {
        for (int i = 0; i < PICKS; i++) {
            pool.connections[pool.pick(selector, client.id(i))] ^= 1;
        }
    }
}
