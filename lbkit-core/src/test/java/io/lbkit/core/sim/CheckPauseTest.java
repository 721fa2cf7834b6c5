package io.lbkit.core.sim;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.HealthCheck;
import io.lbkit.core.sim.Patient.Mood;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pauses of this process in the midst of health checks, in virtual time. */
class CheckPauseTest {

    private static final HealthCheck HTTP = HealthCheck.http("/health");

    /** Pauses of all lengths, begun at every moment of a check and between two. */
    @ParameterizedTest
    @ValueSource(longs = {20, 100, 300, 900, 1900, 2100, 7000, 3_600_000})
    void a_pause_of_this_process_fails_no_check(long millis) {
        for (int offset = 0; offset < 60; offset++) {
            Ward ward = Ward.of(HTTP, 3);
            ward.pass(ofSeconds(10));
            for (int i = 0; i < 4; i++) {
                ward.pass(ofMillis(100 + 37 * offset)).stall(ofMillis(millis));
            }
            ward.pass(ofSeconds(10));
            for (int n = 1; n <= 3; n++) {
                assertEquals(0, ward.check(n).failed(), "pauses of " + millis + " ms at " + offset);
            }
        }
    }

    /** A pause in mid-talk, and a server that does not wait for us as long as that. */
    @Test
    void a_server_that_loses_patience_with_a_pause_of_this_process_is_not_to_blame() {
        SimNetwork network = Ward.network(7);
        Patient slow = new Patient(network, "slow", new InetSocketAddress("10.2.0.1", 80)).speaksHttp();
        Ward ward = new Ward(network, List.of(slow), HTTP, null, 1, 1);
        slow.feels(Mood.SILENT);
        int before = 0;
        for (int i = 0; i < 10; i++) {
            while (slow.visits.size() == before) {
                ward.pass(ofMillis(10)); // until it has been asked
            }
            before = slow.visits.size();
            ward.pass(ofMillis(100));
            network.at(
                    network.now() + 500_000_000,
                    () -> slow.visits.get(slow.visits.size() - 1).socket().close());
            ward.stall(ofMillis(800));
            ward.pass(ofMillis(100));
        }
        assertEquals(0, ward.check(1).failed());
        assertEquals(10, ward.check(1).repeated());
        ward.pass(ofMinutes(1));
        assertTrue(ward.engine.health().inFlight() <= 1);
    }

    @Test
    void a_process_that_pauses_all_the_time_finds_out_all_the_same() {
        Ward ward = Ward.of(HTTP, 1);
        ward.patient(1).feels(Mood.SILENT);
        for (int i = 0; i < 60; i++) {
            ward.pass(ofMillis(900)).stall(ofMillis(500));
        }
        assertFalse(ward.isUp(ward.patient(1)));
    }

    @Test
    void the_clock_may_wrap() {
        SimNetwork network = Ward.network(Long.MAX_VALUE - ofSeconds(12).toNanos());
        Ward ward = new Ward(network, Ward.patients(network, 2), HTTP, null, 1, 1);
        ward.pass(ofSeconds(30));
        assertEquals(0, ward.check(1).failed());
        assertTrue(ward.check(1).passed() >= 5);
        ward.patient(1).feels(Mood.SILENT);
        ward.pass(ofSeconds(15));
        assertFalse(ward.isUp(ward.patient(1)));
    }
}
