package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.AccessRules;
import io.lbkit.AddressSet;
import io.lbkit.Admission;
import io.lbkit.Admission.Limit;
import io.lbkit.Admission.OverRate;
import io.lbkit.CloseReason;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import java.io.IOException;
import java.net.SocketException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may come in, how many of one client, and how fast. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AdmissionTest {

    @RegisterExtension
    final Lab lab = new Lab();

    private static final String FROM_10_0_0_1 = "PROXY TCP4 10.0.0.1 10.0.0.9 1 2\r\n";
    private static final String FROM_10_0_0_2 = "PROXY TCP4 10.0.0.2 10.0.0.9 1 2\r\n";

    @Test
    void the_longest_prefix_decides() throws Exception {
        AccessRules rules =
                AccessRules.NONE.deny(AddressSet.of("127.0.0.0/8")).allow(AddressSet.of("127.0.0.1", "127.0.0.2"));
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a")).access(rules));
        assertEquals("a", lab.connect(proxy).line());
        assertEquals("a", lab.closing(Client.from("127.0.0.2", proxy)).line());
        lab.closing(Client.from("127.0.0.3", proxy)).expectReset();
        assertEquals(1, proxy.stats().closed(CloseReason.ACCESS_DENIED));
    }

    @Test
    void a_dry_run_counts_and_lets_in() throws Exception {
        AccessRules rules = AccessRules.NONE.deny(AddressSet.of("127.0.0.1")).dryRun(true);
        Admission admission = Admission.UNLIMITED.connectionsPerClient(1).dryRun(true);
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a")).access(rules).admission(admission));
        assertEquals("a", lab.connect(proxy).line());
        assertEquals("a", lab.connect(proxy).line());
        assertEquals(
                Map.of(CloseReason.ACCESS_DENIED, 2L, CloseReason.CLIENT_FULL, 1L),
                proxy.stats().dryRun());
    }

    @Test
    void lists_and_limits_go_by_the_announced_address() throws Exception {
        Proxy proxy = lab.start(Proxy.builder()
                .name("lab")
                .listen(Listener.on("127.0.0.1", 0).acceptProxy())
                .backend(lab.greeter("a").backend())
                .access(AccessRules.NONE.allow(AddressSet.of("10.0.0.0/8")))
                .admission(Admission.UNLIMITED.connectionsPerClient(1)));
        assertEquals("a", lab.connect(proxy).send(FROM_10_0_0_1).line());
        lab.connect(proxy).send(FROM_10_0_0_1).expectReset();
        assertEquals("a", lab.connect(proxy).send(FROM_10_0_0_2).line());
        lab.connect(proxy).send("PROXY TCP4 127.0.0.1 10.0.0.9 1 2\r\n").expectReset();
        assertEquals(1, proxy.stats().closed(CloseReason.CLIENT_FULL));
        assertEquals(1, proxy.stats().closed(CloseReason.ACCESS_DENIED));
    }

    @Test
    void a_client_that_has_gone_may_come_again() throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a")).admission(Admission.UNLIMITED.connectionsPerClient(2)));
        for (int i = 0; i < 50; i++) {
            Client one = lab.connect(proxy);
            Client two = lab.connect(proxy);
            assertEquals("a", one.line());
            assertEquals("a", two.line());
            one.end().expectEnd();
            two.reset();
            patiently().until(() -> proxy.stats().active(), active -> active == 0);
        }
        assertEquals(0, proxy.stats().closed(CloseReason.CLIENT_FULL));
    }

    @Test
    void those_that_come_too_fast_wait_in_the_backlog() throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a")).admission(Admission.UNLIMITED.connectionsPerSecond(20)));
        long begun = System.nanoTime();
        for (int i = 0; i < 30; i++) { // 20 at once, then one each 50 ms
            assertEquals("a", lab.connect(proxy).line());
        }
        assertTrue(System.nanoTime() - begun >= TimeUnit.MILLISECONDS.toNanos(490), "ten had to wait");
        assertEquals(30, proxy.stats().accepted());
    }

    @Test
    void or_they_are_closed() throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"))
                .admission(Admission.UNLIMITED.connectionsPerSecond(1).overRate(OverRate.CLOSE)));
        assertEquals("a", lab.connect(proxy).line());
        lab.connect(proxy).expectReset();
        assertEquals(1, proxy.stats().closed(CloseReason.TOO_FAST));
    }

    @Test
    void a_burst_may_be_shorter_than_what_a_second_brings() throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"))
                .admission(Admission.UNLIMITED.connectionsPerSecond(20).connectionsBurst(1)));
        long begun = System.nanoTime();
        for (int i = 0; i < 5; i++) {
            assertEquals("a", lab.connect(proxy).line());
        }
        assertTrue(System.nanoTime() - begun >= TimeUnit.MILLISECONDS.toNanos(190), "four had to wait");
    }

    @ParameterizedTest
    @EnumSource
    void a_dry_run_of_the_rate_counts_and_keeps_nobody_waiting(OverRate over) throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"))
                .admission(Admission.UNLIMITED
                        .connectionsPerSecond(1)
                        .overRate(over)
                        .connectionsPerClient(3)
                        .dryRun(Limit.CONNECTIONS_PER_SECOND)));
        long begun = System.nanoTime();
        assertEquals("a", lab.connect(proxy).line());
        assertEquals("a", lab.connect(proxy).line());
        assertEquals("a", lab.connect(proxy).line());
        assertTrue(System.nanoTime() - begun < TimeUnit.MILLISECONDS.toNanos(900), "as if there were no rate");
        assertEquals(Map.of(CloseReason.TOO_FAST, 2L), proxy.stats().dryRun());
        lab.connect(proxy).expectReset();
        assertEquals(1, proxy.stats().closed(CloseReason.CLIENT_FULL), "that limit is in force");
    }

    @Test
    void a_dry_run_of_connections_of_a_client_leaves_its_rate_in_force() throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"))
                .admission(Admission.UNLIMITED
                        .connectionsPerClient(1)
                        .clientConnectionsPerSecond(1)
                        .clientConnectionsBurst(2)
                        .dryRun(Limit.CONNECTIONS_PER_CLIENT)));
        assertEquals("a", lab.connect(proxy).line());
        assertEquals("a", lab.connect(proxy).line());
        lab.connect(proxy).expectReset();
        assertEquals(Map.of(CloseReason.CLIENT_FULL, 1L), proxy.stats().dryRun());
        assertEquals(1, proxy.stats().closed(CloseReason.TOO_FAST));
    }

    @Test
    void one_that_comes_too_fast_is_closed_and_others_are_not() throws Exception {
        Proxy proxy =
                lab.start(lab.proxy(lab.greeter("a")).admission(Admission.UNLIMITED.clientConnectionsPerSecond(2)));
        long begun = System.nanoTime();
        assertEquals("a", lab.connect(proxy).line());
        assertEquals("a", lab.connect(proxy).line());
        lab.connect(proxy).expectReset();
        assertTrue(System.nanoTime() - begun < TimeUnit.MILLISECONDS.toNanos(500), "within that time it may not");
        assertEquals("a", lab.closing(Client.from("127.0.0.2", proxy)).line());
        assertEquals(1, proxy.stats().closed(CloseReason.TOO_FAST));
        patiently().until(() -> isServed(proxy)); // a token each half second
        assertTrue(System.nanoTime() - begun >= TimeUnit.MILLISECONDS.toNanos(490), "one had to wait");
    }

    private boolean isServed(Proxy proxy) throws IOException {
        try {
            return lab.connect(proxy).line().equals("a");
        } catch (SocketException reset) {
            return false;
        }
    }

    @Test
    void one_that_comes_too_fast_is_told_apart_by_the_announced_address() throws Exception {
        Proxy proxy = lab.start(Proxy.builder()
                .name("lab")
                .listen(Listener.on("127.0.0.1", 0).acceptProxy())
                .backend(lab.greeter("a").backend())
                .admission(Admission.UNLIMITED.clientConnectionsPerSecond(1).dryRun(true)));
        assertEquals("a", lab.connect(proxy).send(FROM_10_0_0_1).line());
        assertEquals("a", lab.connect(proxy).send(FROM_10_0_0_2).line());
        assertEquals(Map.of(), proxy.stats().dryRun());
        assertEquals("a", lab.connect(proxy).send(FROM_10_0_0_1).line());
        assertEquals(Map.of(CloseReason.TOO_FAST, 1L), proxy.stats().dryRun());
    }
}
