package io.lbkit.core.sim;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.HealthCheck;
import io.lbkit.core.sim.Patient.Mood;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What health checks leave behind: nothing. And which backends are checked; a whole proxy in virtual time. */
class CheckLeavingTest {

    private static final HealthCheck HTTP = HealthCheck.http("/health");

    @ParameterizedTest
    @EnumSource
    void a_check_leaves_in_order(Mood mood) {
        for (HealthCheck check : List.of(HTTP, HealthCheck.tcp(), HealthCheck.exchange("GET /", "HTTP/1.1 200"))) {
            Ward ward = Ward.of(check, 1);
            ward.patient(1).feels(mood);
            ward.pass(ofMinutes(1));
            assertEquals(0, ward.patient(1).resets(), mood + " " + check.question());
        }
    }

    @Test
    void a_server_that_speaks_first_is_heard_out() {
        SimNetwork network = Ward.network(7);
        Patient greeter = new Patient(network, "ssh", new InetSocketAddress("10.2.0.1", 22))
                .answers("", "SSH-2.0-OpenSSH_9.2\r\n" + "x".repeat(20_000), "", false);
        Ward ward = new Ward(network, List.of(greeter), HealthCheck.tcp(), null, 1, 1);
        ward.pass(ofMinutes(1));
        assertTrue(greeter.visits.size() > 10);
        assertEquals(0, greeter.resets());
        assertTrue(greeter.visits.stream().allMatch(CheckPeer::isDone));
    }

    @Test
    void nothing_is_left_of_a_backend_that_is_removed_in_mid_check() {
        for (Mood mood : Mood.values()) {
            for (int step = 0; step < 25; step++) {
                Ward ward = Ward.of(HTTP, 2);
                int timers = ward.timers() - 2;
                ward.patient(1).feels(mood);
                ward.patient(2).feels(mood);
                ward.pass(ofMillis(4000 + 100 * step));
                ward.tell(() -> {
                    ward.engine.table().remove("b1", null, new CompletableFuture<>());
                    ward.engine.table().remove("b2", null, new CompletableFuture<>());
                });
                int visits = ward.patient(1).visits.size();
                ward.pass(ofMillis(1100));
                assertEquals(0, ward.probes(), "probes of " + mood + " at " + step);
                assertEquals(0, ward.endpoints());
                assertEquals(0, ward.engine.health().inFlight());
                assertEquals(timers, ward.timers());
                ward.pass(ofMinutes(1));
                assertEquals(visits, ward.patient(1).visits.size(), "checked after its removal");
                assertEquals(0, ward.patient(1).resets() + ward.patient(2).resets());
            }
        }
    }

    @Test
    void nothing_is_left_when_the_proxy_stops_in_mid_check() {
        for (Mood mood : Mood.values()) {
            for (int step = 0; step < 25; step++) {
                SimNetwork network = Ward.network(3);
                Ward ward = new Ward(network, Ward.patients(network, 4), HTTP, null, 2, 1);
                ward.patients.forEach(patient -> patient.feels(mood));
                ward.pass(ofMillis(4000 + 100 * step));
                ward.tell(() -> ward.engine.stop(ofSeconds(1)));
                assertTrue(ward.hasEnded());
                assertEquals(0, ward.probes());
                assertEquals(0, ward.endpoints());
                assertEquals(2, ward.timers(), "those of the buffers, one for each loop");
                ward.pass(ofMinutes(1));
                assertEquals(
                        0, ward.patients.stream().mapToLong(Patient::resets).sum());
            }
        }
    }

    @Test
    void a_backend_that_has_moved_is_asked_at_its_new_address_soon() {
        SimNetwork network = Ward.network(7);
        Patient old = new Patient(network, "b", new InetSocketAddress("10.2.0.1", 80)).speaksHttp();
        Patient moved = new Patient(network, "elsewhere", new InetSocketAddress("10.2.0.2", 80)).speaksHttp();
        Ward ward = new Ward(network, List.of(old), HTTP, null, 1, 1);
        ward.patients.add(moved);
        old.feels(Mood.SILENT);
        ward.pass(ofSeconds(20));
        assertFalse(ward.isUp(old));
        int visits = old.visits.size();
        Backend there = Backend.of(moved.address).id("b");
        ward.tell(() -> ward.engine.table().update(there));
        ward.pass(ofMillis(1100));
        assertTrue(ward.isUp(old), "one success is enough at a new address");
        ward.pass(ofMinutes(1));
        assertTrue(old.visits.size() <= visits + 1);
        assertEquals(0, ward.probes());
    }

    @Test
    void another_weight_does_not_disturb_the_checks() {
        Ward ward = Ward.of(HTTP.jitter(0), 1);
        ward.pass(ofMinutes(1));
        int visits = ward.patient(1).visits.size();
        for (int i = 0; i < 50; i++) {
            int weight = i + 1;
            ward.tell(() -> ward.engine.table().weight("b1", weight));
            ward.pass(ofSeconds(1));
        }
        assertEquals(visits + 10, ward.patient(1).visits.size());
    }

    @Test
    void a_draining_backend_is_checked_so_that_it_may_come_back() {
        Ward ward = Ward.of(HTTP, 2);
        ward.pass(ofSeconds(20));
        ward.tell(() -> ward.engine.table().drain("b1", null, new CompletableFuture<>()));
        ward.patient(1).feels(Mood.UNWELL);
        ward.pass(ofSeconds(20));
        ward.tell(() -> ward.engine.table().ready("b1"));
        assertFalse(ward.isUp(ward.patient(1)), "it was found to be down meanwhile");
        ward.patient(1).feels(Mood.WELL);
        ward.pass(ofSeconds(10));
        assertTrue(ward.isUp(ward.patient(1)));
    }

    @Test
    void a_backend_in_maintenance_is_not_checked_until_it_is_ready() {
        Ward ward = Ward.of(HTTP, 2);
        ward.pass(ofSeconds(20));
        ward.tell(() -> ward.engine.table().maintenance("b1", new CompletableFuture<>()));
        int visits = ward.patient(1).visits.size();
        ward.pass(ofMinutes(1));
        assertEquals(visits, ward.patient(1).visits.size());
        ward.tell(() -> ward.engine.table().ready("b1"));
        ward.pass(ofMillis(1100));
        assertTrue(ward.patient(1).visits.size() > visits);
        assertTrue(ward.isUp(ward.patient(1)));
    }

    @Test
    void a_backend_that_was_down_before_its_maintenance_needs_one_success_after_it() {
        Ward ward = Ward.of(HTTP, 2);
        ward.patient(1).feels(Mood.UNWELL);
        ward.pass(ofSeconds(20));
        ward.tell(() -> ward.engine.table().maintenance("b1", new CompletableFuture<>()));
        ward.patient(1).feels(Mood.WELL);
        ward.pass(ofMinutes(1));
        ward.tell(() -> ward.engine.table().ready("b1"));
        assertFalse(ward.isUp(ward.patient(1)));
        ward.pass(ofMillis(1100));
        assertTrue(ward.isUp(ward.patient(1)));
    }

    @Test
    void a_backend_that_comes_late_is_checked_soon() {
        SimNetwork network = Ward.network(7);
        List<Patient> patients = Ward.patients(network, 2);
        Ward ward = new Ward(network, patients.subList(0, 1), HTTP, null, 1, 1);
        ward.patients.add(patients.get(1));
        ward.pass(ofMinutes(1));
        ward.tell(() -> ward.engine.table().add(patients.get(1).backend()));
        ward.pass(ofMillis(1100));
        assertFalse(patients.get(1).visits.isEmpty());
    }
}
