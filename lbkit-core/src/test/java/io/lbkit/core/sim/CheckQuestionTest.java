package io.lbkit.core.sim;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.HealthCheck;
import io.lbkit.HealthQuestion.HttpGet;
import io.lbkit.core.sim.Patient.Mood;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What health checks ask, and where; a whole proxy in virtual time. */
class CheckQuestionTest {

    private static final HealthCheck HTTP = HealthCheck.http("/health");

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
        assertEquals(0, ward.check(1).failed());
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
                ward.check(1).last());
    }

    @Test
    void a_connection_is_enough_if_no_more_is_asked() {
        Ward ward = Ward.of(HealthCheck.tcp(), 1);
        ward.patient(1).feels(Mood.SILENT);
        ward.pass(ofSeconds(30));
        assertTrue(ward.isUp(ward.patient(1)));
        assertEquals("connected", ward.check(1).last());
        ward.patient(1).feels(Mood.UNREACHABLE);
        ward.pass(ofSeconds(15));
        assertFalse(ward.isUp(ward.patient(1)));
        assertEquals("no connection within 2000 ms", ward.check(1).last());
    }

    @Test
    void an_exchange_is_asked_and_answered() {
        SimNetwork network = Ward.network(7);
        Patient redis = new Patient(network, "redis", new InetSocketAddress("10.2.0.1", 6379))
                .answers("PING\r\n", "+PONG\r\n", "-LOADING\r\n", false);
        Ward ward = new Ward(network, List.of(redis), HealthCheck.exchange("PING\r\n", "+PONG"), null, 1, 1);
        ward.pass(ofSeconds(20));
        assertEquals("expected answer", ward.check(1).last());
        redis.feels(Mood.UNWELL);
        ward.pass(ofSeconds(15));
        assertEquals("unexpected answer at byte 1", ward.check(1).last());
        assertFalse(ward.isUp(redis));
        assertEquals(0, redis.resets());
    }
}
