package io.lbkit.core.sim;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CheckStats;
import io.lbkit.HealthCheck;
import io.lbkit.HealthQuestion.HttpGet;
import io.lbkit.core.sim.Patient.Mood;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Health checks of a whole proxy, in virtual time. */
class HealthTest {

    private static final HealthCheck HTTP = HealthCheck.http("/health");
    private static final Duration INTERVAL = HTTP.interval();

    private static CheckStats check(Ward ward, int patient) {
        CheckStats stats = ward.stats(ward.patient(patient)).check();
        assertNotNull(stats);
        return stats;
    }

    // ---- finding out

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

    @ParameterizedTest
    @EnumSource(names = {"UNWELL", "REFUSING"})
    void a_backend_that_says_no_is_found_sooner(Mood mood) {
        Ward ward = Ward.of(HTTP, 2);
        ward.pass(ofSeconds(20));
        ward.patient(1).feels(mood);
        ward.pass(INTERVAL.plus(ofMillis(500)).plus(ofMillis(2250)));
        assertFalse(ward.isUp(ward.patient(1)), "a failure, and two more at the fast interval");
        assertEquals(3, check(ward, 1).failed());
        assertEquals(
                mood == Mood.UNWELL ? "status 503" : "refused", check(ward, 1).last());
        assertTrue(ward.isUp(ward.patient(2)));
    }

    @Test
    void one_failure_is_no_change() {
        Ward ward = Ward.of(HTTP, 1);
        ward.pass(ofSeconds(20));
        long failed = check(ward, 1).failed();
        ward.patient(1).feels(Mood.UNWELL);
        while (check(ward, 1).failed() == failed) {
            ward.pass(ofMillis(10));
        }
        ward.patient(1).feels(Mood.WELL);
        ward.pass(ofMinutes(1));
        assertEquals(1, check(ward, 1).failed());
        assertEquals(0, check(ward, 1).changes());
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

    // ---- what is asked, and where

    @Test
    void the_check_asks_at_its_port_and_sessions_go_where_they_went() {
        SimNetwork network = Ward.network(7);
        Patient database = new Patient(network, "db", new InetSocketAddress("10.2.0.1", 5432));
        Patient patroni = new Patient(network, "patroni", new InetSocketAddress("10.2.0.1", 8008)).speaksHttp();
        HealthCheck check =
                HealthCheck.of(HttpGet.of("/primary").status(200, 200)).port(8008);
        Ward ward = new Ward(network, List.of(database), check, null, 1, 1);
        ward.patients.add(patroni);
        ward.pass(ofSeconds(20));
        assertEquals(0, database.visits.size());
        assertTrue(patroni.visits.size() >= 4);
        assertEquals(
                "GET /primary HTTP/1.1\r\nHost: 10.2.0.1:8008\r\nUser-Agent: lbkit\r\nAccept: */*\r\n"
                        + "Connection: close\r\n\r\n",
                patroni.visits.get(0).question());
        assertSame(database, ward.visit());
        patroni.feels(Mood.UNWELL);
        ward.pass(ofSeconds(15));
        assertFalse(ward.isUp(database));
        assertEquals(
                database.backend().address(), ward.stats(database).backend().address());
    }

    @Test
    void the_host_may_say_where_to_ask() {
        SimNetwork network = Ward.network(7);
        Patient database = new Patient(network, "db", new InetSocketAddress("10.2.0.1", 5432));
        Patient agent = new Patient(network, "agent", new InetSocketAddress("10.2.0.99", 80)).speaksHttp();
        HealthCheck check = HTTP.address(backend -> {
            assertEquals("db", backend.id());
            return agent.address;
        });
        Ward ward = new Ward(network, List.of(database), check, null, 1, 1);
        ward.patients.add(agent);
        ward.pass(ofSeconds(20));
        assertTrue(agent.visits.size() >= 4);
        assertEquals(0, check(ward, 1).failed());
    }

    @Test
    void a_host_that_does_not_know_where_to_ask_is_a_failed_check() {
        Ward ward = Ward.of(
                HTTP.address(backend -> {
                    throw new IllegalStateException("no\nidea");
                }),
                1);
        ward.pass(ofSeconds(20));
        assertFalse(ward.isUp(ward.patient(1)));
        assertEquals(
                "no address to ask at: java.lang.IllegalStateException: no\\u000aidea",
                check(ward, 1).last());
    }

    @Test
    void a_connection_is_enough_if_no_more_is_asked() {
        Ward ward = Ward.of(HealthCheck.tcp(), 1);
        ward.patient(1).feels(Mood.SILENT);
        ward.pass(ofSeconds(30));
        assertTrue(ward.isUp(ward.patient(1)));
        assertEquals("connected", check(ward, 1).last());
        ward.patient(1).feels(Mood.UNREACHABLE);
        ward.pass(ofSeconds(15));
        assertFalse(ward.isUp(ward.patient(1)));
        assertEquals("no connection within 2000 ms", check(ward, 1).last());
    }

    @Test
    void an_exchange_is_asked_and_answered() {
        SimNetwork network = Ward.network(7);
        Patient redis = new Patient(network, "redis", new InetSocketAddress("10.2.0.1", 6379))
                .answers("PING\r\n", "+PONG\r\n", "-LOADING\r\n", false);
        Ward ward = new Ward(network, List.of(redis), HealthCheck.exchange("PING\r\n", "+PONG"), null, 1, 1);
        ward.pass(ofSeconds(20));
        assertEquals("expected answer", check(ward, 1).last());
        redis.feels(Mood.UNWELL);
        ward.pass(ofSeconds(15));
        assertEquals("unexpected answer at byte 1", check(ward, 1).last());
        assertFalse(ward.isUp(redis));
        assertEquals(0, redis.resets());
    }

    // ---- many

    @Test
    void checks_of_a_thousand_backends_do_not_arrive_at_once() {
        SimNetwork network = Ward.network(99);
        Ward ward = new Ward(network, Ward.patients(network, 1000), HTTP, null, 4, 1);
        ward.pass(ofSeconds(30));
        assertTrue(mostIn(ward, 0, ofMillis(100)) <= 40, "200 a second would be 20 in a tenth of it");
        assertEquals(0, ward.patients.stream().mapToLong(Patient::resets).sum());
        for (Patient patient : ward.patients) {
            assertTrue(patient.visits.size() >= 5, patient.id + " was checked " + patient.visits.size() + " times");
        }

        long after = ward.now() + ofSeconds(60).toNanos();
        ward.stall(ofSeconds(60)).pass(ofSeconds(20));
        assertTrue(mostIn(ward, after, ofMillis(100)) <= 60, "what was missed during a pause is spread as well");
    }

    /** The most checks that came in any such span since a time. */
    private static long mostIn(Ward ward, long since, Duration span) {
        long[] times = ward.patients.stream()
                .flatMap(patient -> patient.visitTimes.stream())
                .mapToLong(time -> time)
                .filter(time -> time >= since)
                .sorted()
                .toArray();
        int most = 0;
        for (int first = 0, last = 0; last < times.length; last++) {
            while (times[last] - times[first] > span.toNanos()) {
                first++;
            }
            most = Math.max(most, last - first + 1);
        }
        return most;
    }

    @Test
    void checks_under_way_are_bounded_and_shared_by_the_loops() {
        SimNetwork network = Ward.network(99);
        Ward ward = new Ward(network, Ward.patients(network, 200), HTTP.concurrency(20), null, 4, 1);
        ward.patients.forEach(patient -> patient.feels(Mood.UNREACHABLE));
        for (int i = 0; i < 700; i++) {
            ward.pass(ofMillis(100));
            assertTrue(ward.probes() <= 20, ward.probes() + " at once");
            if (i > 50) {
                assertTrue(
                        ward.probesByLoop().stream().allMatch(n -> n >= 2),
                        ward.probesByLoop().toString());
            }
        }
        assertTrue(ward.patients.stream().noneMatch(ward::isUp), "late, but found");
    }

    // ---- leaving

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

    // ---- this process stands still

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
                assertEquals(0, check(ward, n).failed(), "pauses of " + millis + " ms at " + offset);
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
        assertEquals(0, check(ward, 1).failed());
        assertEquals(10, check(ward, 1).repeated());
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
        assertEquals(0, check(ward, 1).failed());
        assertTrue(check(ward, 1).passed() >= 5);
        ward.patient(1).feels(Mood.SILENT);
        ward.pass(ofSeconds(15));
        assertFalse(ward.isUp(ward.patient(1)));
    }

    // ---- what is told

    @Test
    void the_stats_tell_what_was_found() {
        Ward ward = Ward.of(HTTP, 1);
        assertEquals(new CheckStats(true, 0, 0, 0, 0, null, ""), check(ward, 1));
        ward.pass(ofSeconds(30));
        long passed = check(ward, 1).passed();
        assertEquals(new CheckStats(true, passed, 0, 0, 0, null, "status 200"), check(ward, 1));
        ward.patient(1).feels(Mood.UNWELL);
        while (ward.isUp(ward.patient(1))) {
            ward.pass(ofMillis(10));
        }
        CheckStats down = check(ward, 1);
        assertEquals(new CheckStats(false, passed, 3, 0, 1, down.sinceChange(), "status 503"), down);
        assertTrue(down.sinceChange().compareTo(ofMillis(20)) <= 0);
        ward.pass(ofMillis(500));
        assertEquals(down.sinceChange().plusMillis(500), check(ward, 1).sinceChange());
    }
}
