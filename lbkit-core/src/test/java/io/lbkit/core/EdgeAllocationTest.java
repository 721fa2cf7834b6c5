package io.lbkit.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.lbkit.AccessRules;
import io.lbkit.AddressSet;
import io.lbkit.core.admission.ClientTable;
import io.lbkit.core.admission.Rate;
import io.lbkit.core.admission.Throttle;
import io.lbkit.core.admission.TokenBucket;
import io.lbkit.core.admission.Verdict;
import io.lbkit.core.wire.ClientHello;
import io.lbkit.core.wire.ProxyHeader;
import io.lbkit.core.wire.ProxyHeader.Versions;
import io.lbkit.core.wire.Reading.State;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What anybody can make us do without being let in allocates nothing, by the counter of the thread. */
class EdgeAllocationTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int TIMES = 20_000;
    private static final long IPV4 = 0xffff_0a000001L;

    /** Once for what is made once, such as classes and constants; then often. */
    private static void assertAllocatesNothing(Runnable once) {
        once.run();
        long self = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(self);
        for (int i = 0; i < TIMES; i++) {
            once.run();
        }
        long bytes = THREADS.getThreadAllocatedBytes(self) - before;
        assertTrue(bytes < TIMES, () -> bytes + " bytes for " + TIMES + " times");
    }

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    @Test
    void a_look_at_access_rules() {
        AccessRules rules =
                AccessRules.NONE.allow(AddressSet.of("10.0.0.0/8", "::/0")).deny(AddressSet.of("10.0.0.1"));
        assertAllocatesNothing(() -> assertTrue(!rules.allows(0, IPV4) && rules.allows(1, 1)));
    }

    @Test
    void a_place_in_the_table_of_clients() {
        ClientTable table = new ClientTable(1024, 1, new Rate(1_000_000, 10), 64, 1);
        long[] now = {0};
        assertAllocatesNothing(() -> {
            now[0] += 1_000_000;
            assertEquals(Verdict.ADMITTED, table.admit(0, IPV4, now[0], Set.of()));
            assertEquals(Verdict.TOO_MANY, table.admit(0, IPV4, now[0], Set.of()));
            table.admit(now[0], 1, now[0], Set.of());
            table.release(now[0], 1);
            table.release(0, IPV4);
        });
    }

    @Test
    void a_token_and_a_throttle() {
        TokenBucket bucket = new TokenBucket(new Rate(1, 1), 0);
        Throttle throttle = new Throttle(new Rate(1, 1), 0);
        assertAllocatesNothing(() -> {
            bucket.tryTake(5);
            assertTrue(bucket.nanosUntilNext(5) > 0);
            throttle.onMoved(throttle.allowedBytes(5));
            assertTrue(throttle.nanosUntilAllowed(5) > 0);
        });
    }

    @Test
    void headers_and_hellos_that_are_not_complete_or_not_right() {
        ByteBuffer line = bytes("50524f585920 54435034 20 31");
        ByteBuffer tooLong = bytes("0d0a0d0a000d0a515549540a 21 11 ffff");
        ByteBuffer block = bytes("0d0a0d0a000d0a515549540a 21 11 000c c0a80001");
        ByteBuffer hello = bytes("16 03 01 00 05 01 00 01 00 03 16 03 01 40 00 00 00 00");
        ByteBuffer http = bytes("474554");
        assertAllocatesNothing(() -> {
            assertEquals(State.MORE, ProxyHeader.read(line, Versions.BOTH, 4096).state());
            assertEquals(
                    State.MALFORMED,
                    ProxyHeader.read(tooLong, Versions.BOTH, 4096).state());
            assertEquals(
                    State.MORE, ProxyHeader.read(block, Versions.BOTH, 4096).state());
            assertEquals(
                    State.MORE, ClientHello.read(hello, ClientHello.MOST_BYTES).state());
            assertEquals(
                    State.OTHER, ClientHello.read(http, ClientHello.MOST_BYTES).state());
        });
    }
}
