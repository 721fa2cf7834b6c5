package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.Selector;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Some of the candidates, with the positions of all. */
class NarrowedViewTest {

    private static final long NOW = 1_000_000_000;
    private static final Candidates.Filter EAST =
            (candidates, i) -> candidates.backend(i).zone().equals("east");
    private static final Candidates.Filter BUSY = (candidates, i) -> candidates.connections(i) > 0;

    private final TestSet set = new TestSet();
    private final List<BackendEntry> entries = set.entries;
    private final CandidateView all = new CandidateView();

    NarrowedViewTest() {
        add("a", "west");
        add("b", "east");
        add("c", "east");
        add("d", "west");
        add("e", "east");
        entries.get(2).tryReserve();
        entries.get(4).tryReserve();
        entries.get(4).onPick(NOW);
        entries.get(4).connectTime().onBegin(NOW - 7);
        entries.get(4).connectTime().onSample(NOW - 7, 7, NOW);
        entries.get(4).firstByteTime().onBegin(NOW - 9);
        entries.get(4).firstByteTime().onSample(NOW - 9, 9, NOW);
    }

    private void add(String id, String zone) {
        int number = entries.size() + 1;
        Backend backend =
                Backend.of("127.0.0.1", number).id(id).zone(zone).weight(number).maxConnections(2);
        set.add(backend, NOW);
    }

    private Candidates show(BackendEntry... tried) {
        Snapshot snapshot = set.snapshot((candidates, client) -> Selector.NONE);
        return all.show(snapshot, List.of(tried), false, new SplittableRandom(1), NOW);
    }

    @Test
    void numbers_are_those_of_the_backends_that_stay() {
        Candidates east = show().only(EAST);
        assertEquals("bce", ids(east));
        assertEquals(5, east.weight(2));
        assertEquals(1, east.connections(2));
        assertEquals(1, east.recentPicks(2));
        assertEquals(7, east.connectNanos(2));
        assertEquals(9, east.firstByteNanos(2));
        assertEquals(7, east.connectPeakNanos(2));
        assertEquals(9, east.firstBytePeakNanos(2));
    }

    @Test
    void positions_are_those_of_all() {
        Candidates east = show(entries.get(1)).only(EAST);
        assertEquals("ce", ids(east));
        assertEquals(2, east.position(0));
        assertEquals(4, east.position(1));
        assertEquals(Selector.NONE, east.indexOf(1), "tried");
        assertEquals(0, east.indexOf(2));
        assertEquals(Selector.NONE, east.indexOf(3), "of another zone");
        assertEquals(1, east.indexOf(4));
        assertEquals(3, all.indexOf(east.position(1)), "back to the index among all that can be had");
        assertEquals(Selector.NONE, east.indexOf(5));
        assertEquals(Selector.NONE, east.indexOf(-1));
    }

    @Test
    void a_narrowed_view_can_be_narrowed_and_stays_as_it_is() {
        Candidates east = show().only(EAST);
        Candidates busy = east.only(BUSY);
        assertEquals("ce", ids(busy));
        assertEquals("bce", ids(east));
        assertEquals(4, busy.position(1));
        assertEquals(Selector.NONE, busy.indexOf(1));
        assertEquals("", ids(busy.only((candidates, i) -> false)));
    }

    @Test
    void a_new_view_of_the_pool_is_narrowed_anew() {
        assertEquals("bce", ids(show().only(EAST)));
        assertEquals("be", ids(show(entries.get(2)).only(EAST)));
        assertEquals("ce", ids(show().only(BUSY)));
    }

    @Test
    void an_index_out_of_range_is_refused() {
        Candidates east = show().only(EAST);
        assertThrows(IndexOutOfBoundsException.class, () -> east.weight(3));
        assertThrows(IndexOutOfBoundsException.class, () -> east.position(-1));
    }

    @Test
    void narrowing_allocates_nothing() {
        assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean, "this JVM does not count");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Candidates all = show();
        long me = Thread.currentThread().getId();
        narrow(all, 50_000);
        long before = threads.getThreadAllocatedBytes(me);
        narrow(all, 50_000);
        long bytes = threads.getThreadAllocatedBytes(me) - before;
        assertTrue(bytes < 50_000, bytes + " bytes for 50,000 views");
    }

    private static void narrow(Candidates all, int times) {
        for (int i = 0; i < times; i++) {
            assertEquals(2, all.only(EAST).only(BUSY).size());
        }
    }

    private static String ids(Candidates candidates) {
        StringBuilder ids = new StringBuilder();
        for (int i = 0; i < candidates.size(); i++) {
            ids.append(candidates.backend(i).id());
        }
        return ids.toString();
    }
}
