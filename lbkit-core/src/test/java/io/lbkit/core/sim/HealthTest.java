package io.lbkit.core.sim;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.AgentCheck;
import io.lbkit.BackendState;
import io.lbkit.CheckStats;
import io.lbkit.HealthCheck;
import io.lbkit.SlowStart;
import io.lbkit.core.sim.Patient.Mood;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How health checks find out who is well, and what they tell; a whole proxy in virtual time. */
class HealthTest {

    private static final HealthCheck HTTP = HealthCheck.http("/health");
    private static final Duration INTERVAL = HTTP.interval();

    /** The three ways to hang, begun at any moment of the interval. */
    @ParameterizedTest
    @EnumSource(names = {"FROZEN", "SILENT", "UNREACHABLE"})
    void a_backend_that_hangs_is_found_and_comes_back(Mood mood) {
        for (int offset = 0; offset < 5000; offset += 250) {
            Ward ward = Ward.of(HTTP, 2);
            Patient hanging = ward.patient(1);
            ward.pass(ofSeconds(20)).pass(ofMillis(offset));
            assertSame(hanging, ward.visit(), "it is the first choice");

            hanging.feels(mood);
            long begun = ward.now();
            while (ward.isUp(hanging)) {
                ward.pass(ofMillis(10));
                assertTrue(ward.now() - begun <= 3 * INTERVAL.toNanos(), "found within fall intervals");
            }
            assertSame(ward.patient(2), ward.visit(), "nobody waits for it any more");
            ward.pass(ofMinutes(1));
            assertSame(ward.patient(2), ward.visit());

            hanging.feels(Mood.WELL);
            begun = ward.now();
            while (!ward.isUp(hanging)) {
                ward.pass(ofMillis(10));
                assertTrue(ward.now() - begun <= 2 * INTERVAL.toNanos(), "back within rise intervals");
            }
            assertSame(hanging, ward.visit());
            assertEquals(List.of("b1 DOWN", "b1 UP"), ward.changes);
        }
    }

    @Test
    void a_backend_that_comes_back_ramps() {
        Ward ward = Ward.ramping(HTTP, SlowStart.over(ofSeconds(30)), 2);
        Patient patient = ward.patient(1);
        assertTrue(ward.isUp(patient), "not at the start");
        patient.feels(Mood.SILENT);
        ward.pass(ofSeconds(20));
        patient.feels(Mood.WELL);
        ward.pass(INTERVAL.multipliedBy(2));
        assertEquals(BackendState.RAMPING, ward.stats(patient).state());
        ward.pass(ofSeconds(31));
        assertTrue(ward.isUp(patient));
        assertEquals(List.of("b1 DOWN", "b1 RAMPING", "b1 UP"), ward.changes);
    }

    @ParameterizedTest
    @EnumSource(names = {"UNWELL", "REFUSING"})
    void a_backend_that_says_no_is_found_sooner(Mood mood) {
        Ward ward = Ward.of(HTTP, 2);
        ward.pass(ofSeconds(20));
        ward.patient(1).feels(mood);
        ward.pass(INTERVAL.plus(ofMillis(500)).plus(ofMillis(2250)));
        assertFalse(ward.isUp(ward.patient(1)), "a failure, and two more at the fast interval");
        assertEquals(3, ward.check(1).failed());
        assertEquals(
                mood == Mood.UNWELL ? "status 503" : "refused", ward.check(1).last());
        assertTrue(ward.isUp(ward.patient(2)));
    }

    @Test
    void one_failure_is_no_change() {
        Ward ward = Ward.of(HTTP, 1);
        ward.pass(ofSeconds(20));
        long failed = ward.check(1).failed();
        ward.patient(1).feels(Mood.UNWELL);
        while (ward.check(1).failed() == failed) {
            ward.pass(ofMillis(10));
        }
        ward.patient(1).feels(Mood.WELL);
        ward.pass(ofMinutes(1));
        assertEquals(1, ward.check(1).failed());
        assertEquals(0, ward.check(1).changes());
        assertEquals(List.of(), ward.changes);
    }

    @Test
    void the_interval_is_kept_and_is_shorter_while_something_changes() {
        Ward ward = Ward.of(HTTP.jitter(0), 1);
        ward.pass(ofMinutes(1));
        Patient patient = ward.patient(1);
        patient.feels(Mood.UNWELL);
        ward.pass(ofMinutes(1));
        patient.feels(Mood.WELL);
        ward.pass(ofMinutes(1));
        List<Long> gaps = new ArrayList<>();
        for (int i = 1; i < patient.visitTimes.size(); i++) {
            gaps.add(Math.round((patient.visitTimes.get(i) - patient.visitTimes.get(i - 1)) / 1e9));
        }
        long shorts = gaps.stream().filter(gap -> gap == 1).count();
        assertEquals(3, shorts, "two while it falls, one while it rises: " + gaps);
        assertEquals(gaps.size() - 3, gaps.stream().filter(gap -> gap == 5).count(), gaps.toString());
    }

    @Test
    void jitter_makes_intervals_longer_and_shorter() {
        Ward ward = Ward.of(HTTP.jitter(0.5), 1);
        ward.pass(ofMinutes(10));
        List<Long> times = ward.patient(1).visitTimes;
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 1; i < times.size(); i++) {
            least = Math.min(least, times.get(i) - times.get(i - 1));
            most = Math.max(most, times.get(i) - times.get(i - 1));
        }
        assertTrue(least >= 2_490_000_000L && least < 3_500_000_000L, "shortest " + least);
        assertTrue(most <= 7_510_000_000L && most > 6_500_000_000L, "longest " + most);
    }

    @Test
    void a_backend_may_have_to_prove_itself_first() {
        Ward ward = Ward.of(HTTP.initiallyUp(false), 2);
        ward.patient(1).feels(Mood.SILENT);
        assertFalse(ward.isUp(ward.patient(1)));
        assertFalse(ward.isUp(ward.patient(2)));
        ward.pass(ofSeconds(2));
        assertTrue(ward.isUp(ward.patient(2)), "one success is enough at the start");
        assertFalse(ward.isUp(ward.patient(1)));
        ward.pass(ofMinutes(1));
        assertFalse(ward.isUp(ward.patient(1)));
    }

    @Test
    void a_change_is_logged_once_and_what_the_network_said_is_escaped() {
        SimNetwork network = Ward.network(7);
        Patient odd = new Patient(network, "odd", new InetSocketAddress("10.2.0.1", 80)).answers("", "", "", false);
        AgentCheck agents = AgentCheck.port(9999);
        Patient agent = new Patient(network, "agent", new InetSocketAddress("10.2.0.1", 9999))
                .answers("", "down#disk\u001b[31m full \u00e9\r\nERROR forged", "up", true);
        String log = Logged.by(() -> {
            Ward ward = new Ward(network, List.of(odd), null, agents, 1, 1);
            ward.patients.add(agent);
            ward.pass(ofMinutes(1));
            agent.feels(Mood.UNWELL);
            ward.pass(ofMinutes(1));
        });
        List<String> lines =
                log.lines().filter(line -> line.contains("backend odd")).toList();
        assertEquals(2, lines.size(), log);
        assertTrue(lines.get(0).endsWith("backend odd@10.2.0.1:80 is DOWN: disk\\u001b[31m full \\u00e9"), log);
        assertTrue(lines.get(1).endsWith("backend odd@10.2.0.1:80 is UP"), log);
    }

    @Test
    void why_a_backend_is_down_is_logged_and_told() {
        String log = Logged.by(() -> {
            Ward ward = Ward.of(HTTP, 2);
            ward.patient(1).feels(Mood.UNWELL);
            ward.pass(ofMinutes(1));
            assertEquals("status 503", ward.stats(ward.patient(1)).why());
            ward.patient(1).feels(Mood.WELL);
            ward.pass(ofMinutes(1));
            assertEquals("", ward.stats(ward.patient(1)).why());
        });
        List<String> lines = log.lines().filter(line -> line.contains("b1")).toList();
        assertEquals(2, lines.size(), log);
        assertTrue(lines.get(0).contains("INFO") && lines.get(0).endsWith("is DOWN: status 503"), log);
        assertTrue(lines.get(1).contains("INFO") && lines.get(1).endsWith("is UP"), log);
    }

    @Test
    void the_stats_tell_what_was_found() {
        Ward ward = Ward.of(HTTP, 1);
        assertEquals(new CheckStats(true, 0, 0, 0, 0, null, ""), ward.check(1));
        ward.pass(ofSeconds(30));
        long passed = ward.check(1).passed();
        assertEquals(new CheckStats(true, passed, 0, 0, 0, null, "status 200"), ward.check(1));
        ward.patient(1).feels(Mood.UNWELL);
        while (ward.isUp(ward.patient(1))) {
            ward.pass(ofMillis(10));
        }
        CheckStats down = ward.check(1);
        assertEquals(new CheckStats(false, passed, 3, 0, 1, down.sinceChange(), "status 503"), down);
        assertTrue(down.sinceChange().compareTo(ofMillis(20)) <= 0);
        ward.pass(ofMillis(500));
        assertEquals(down.sinceChange().plusMillis(500), ward.check(1).sinceChange());
    }
}
