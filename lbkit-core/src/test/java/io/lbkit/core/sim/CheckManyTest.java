package io.lbkit.core.sim;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.HealthCheck;
import io.lbkit.core.health.Prober;
import io.lbkit.core.sim.Patient.Mood;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

/** Health checks of many backends at once, in virtual time. */
class CheckManyTest {

    private static final HealthCheck HTTP = HealthCheck.http("/health");

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

    /** One of them hangs, the others wait, and then no connection can be opened any more. */
    @Test
    void thousands_that_wait_and_fail_at_once_take_no_stack() {
        SimNetwork network = Ward.network(99);
        HealthCheck check = HTTP.concurrency(1).interval(ofMillis(500)).timeout(ofSeconds(1));
        Ward ward = new Ward(network, Ward.patients(network, 3000), check, null, 1, 1);
        ward.patients.forEach(patient -> patient.feels(Mood.UNREACHABLE));
        ward.pass(ofMillis(800));
        ward.faults(new Faults(0, 0, 0, 0, 0, 0, 1, 0));
        String log = Logged.by(Prober.class, Level.ERROR, () -> ward.pass(ofSeconds(2)));
        assertEquals("", log);
    }
}
