package io.lbkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.Admission.Limit;
import io.lbkit.Admission.OverRate;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** How many may come, and how fast. */
class AdmissionTest {

    private static final Admission NONE = Admission.UNLIMITED;

    @Test
    void everything_is_off_unless_it_is_set() {
        assertEquals(
                List.of(0, 0, 0, 0, 0),
                List.of(
                        NONE.connectionsPerSecond(),
                        NONE.connectionsBurst(),
                        NONE.connectionsPerClient(),
                        NONE.clientConnectionsPerSecond(),
                        NONE.clientConnectionsBurst()));
        assertEquals(OverRate.WAIT, NONE.overRate());
        assertEquals(64, NONE.ipv6PrefixBits());
        assertEquals(65_536, NONE.clients());
        assertEquals(Set.of(), NONE.dryRun());
    }

    @Test
    void a_copy_differs_in_one_thing() {
        Admission all = NONE.connectionsPerSecond(1)
                .connectionsBurst(2)
                .connectionsPerClient(3)
                .clientConnectionsPerSecond(4)
                .clientConnectionsBurst(5)
                .ipv6PrefixBits(6)
                .clients(77)
                .overRate(OverRate.CLOSE);
        assertEquals(
                List.of(1, 2, 3, 4, 5, 6, 77),
                List.of(
                        all.connectionsPerSecond(),
                        all.connectionsBurst(),
                        all.connectionsPerClient(),
                        all.clientConnectionsPerSecond(),
                        all.clientConnectionsBurst(),
                        all.ipv6PrefixBits(),
                        all.clients()));
        assertEquals(OverRate.CLOSE, all.overRate());
        assertEquals(0, NONE.connectionsPerSecond());
    }

    @Test
    void a_burst_is_what_a_second_brings_unless_it_is_set() {
        assertEquals(7, NONE.connectionsPerSecond(7).connectionsBurst());
        assertEquals(7, NONE.clientConnectionsPerSecond(7).clientConnectionsBurst());
        assertEquals(
                2, NONE.clientConnectionsBurst(2).clientConnectionsPerSecond(7).clientConnectionsBurst());
        assertEquals(
                7,
                NONE.connectionsPerSecond(7)
                        .connectionsBurst(9)
                        .connectionsBurst(0)
                        .connectionsBurst());
    }

    @Test
    void a_dry_run_is_of_all_limits_or_of_some() {
        assertEquals(Set.of(Limit.values()), NONE.dryRun(true).dryRun());
        assertEquals(Set.of(), NONE.dryRun(true).dryRun(false).dryRun());
        assertEquals(
                Set.of(Limit.CONNECTIONS_PER_CLIENT),
                NONE.dryRun(Limit.CONNECTIONS_PER_CLIENT).dryRun());
    }

    @Test
    void values_have_ranges() {
        expect("connectionsPerSecond", 0, 1_000_000, NONE::connectionsPerSecond);
        expect("connectionsBurst", 0, 1_000_000, NONE::connectionsBurst);
        expect("connectionsPerClient", 0, 1_000_000, NONE::connectionsPerClient);
        expect("clientConnectionsPerSecond", 0, 1_000_000, NONE::clientConnectionsPerSecond);
        expect("clientConnectionsBurst", 0, 1_000_000, NONE::clientConnectionsBurst);
        expect("ipv6PrefixBits", 1, 128, NONE::ipv6PrefixBits);
        expect("clients", 64, 1 << 24, NONE::clients);
    }

    private static void expect(String name, int least, int most, IntFunction<Admission> set) {
        set.apply(least);
        set.apply(most);
        for (int wrong : new int[] {least - 1, most + 1}) {
            assertEquals(
                    "admission " + name + " is " + wrong + ", must be between " + least + " and " + most,
                    assertThrows(IllegalArgumentException.class, () -> set.apply(wrong))
                            .getMessage());
        }
    }
}
