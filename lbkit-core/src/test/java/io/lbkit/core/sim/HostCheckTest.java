package io.lbkit.core.sim;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.HealthCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Checks by the host's own code, in virtual time: a thread is free when the test says so, and calls take no time. */
class HostCheckTest {

    private final List<CompletableFuture<Boolean>> asked = new ArrayList<>();

    private CompletionStage<Boolean> ask() {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        asked.add(answer);
        return answer;
    }

    private final HealthCheck later = HealthCheck.testAsync(backend -> ask());

    @Test
    void to_wait_for_a_thread_is_no_failure() {
        Ward ward = Ward.of(HealthCheck.test(backend -> true), 1);
        ward.pass(ofMinutes(1));
        assertEquals(1, ward.errands.size());
        assertEquals(0, ward.check(1).failed());
        ward.runErrands();
        assertEquals(1, ward.check(1).passed());
        ward.pass(ofSeconds(6));
        assertEquals(1, ward.errands.size(), "the next one");
    }

    @Test
    void three_calls_at_once_and_the_others_wait() {
        Ward ward = Ward.of(HealthCheck.test(backend -> true), 10);
        ward.pass(ofMinutes(1));
        assertEquals(3, ward.errands.size());
        for (int i = 0; i < 4; i++) {
            ward.runErrands();
        }
        for (int n = 1; n <= 10; n++) {
            assertEquals(1, ward.check(n).passed());
        }
    }

    @Test
    void when_too_much_waits_for_a_thread_the_check_is_done_again() {
        Ward ward = Ward.of(HealthCheck.test(backend -> true), 1);
        ward.refusesErrands = true;
        ward.pass(ofSeconds(30));
        assertEquals(0, ward.check(1).failed());
        assertTrue(ward.check(1).repeated() > 10);
        ward.refusesErrands = false;
        ward.pass(ofSeconds(2)).runErrands();
        assertEquals(1, ward.check(1).passed());
    }

    @Test
    void an_answer_may_come_later_but_not_too_late() {
        Ward ward = Ward.of(later, 1);
        ward.pass(ofSeconds(6)).runErrands().pass(ofMillis(1900));
        asked.get(0).complete(true);
        ward.pass(ofSeconds(6)).runErrands();
        assertEquals(1, ward.check(1).passed());
        ward.pass(ofMillis(2050));
        assertEquals(1, ward.check(1).failed());
        assertEquals("no answer within 2000 ms", ward.check(1).last());
        asked.get(1).complete(true);
        ward.pass(ofMillis(100));
        assertEquals(1, ward.check(1).passed(), "too late");
    }

    @Test
    void a_pause_of_this_process_fails_no_check() {
        Ward ward = Ward.of(later, 1);
        ward.pass(ofSeconds(6))
                .runErrands()
                .pass(ofMillis(1000))
                .stall(ofMillis(1700))
                .pass(ofMillis(500));
        asked.get(0).complete(true);
        ward.pass(ofSeconds(6))
                .runErrands()
                .pass(ofMillis(100))
                .stall(ofMinutes(10))
                .pass(ofMillis(100));
        ward.pass(ofSeconds(6)).runErrands().pass(ofMillis(100)).stall(ofMillis(1000));
        asked.get(2).complete(false); // as would one whose own timeout ran out meanwhile
        ward.pass(ofMillis(100));
        assertEquals(1, ward.check(1).passed());
        assertEquals(0, ward.check(1).failed());
        assertEquals(2, ward.check(1).repeated());
    }

    @Test
    void a_removed_backend_is_not_called_for() {
        Ward ward = Ward.of(
                HealthCheck.test(backend -> {
                    throw new AssertionError("called");
                }),
                4);
        ward.pass(ofSeconds(6));
        for (int n = 1; n <= 4; n++) {
            String id = "b" + n;
            ward.tell(() -> ward.engine.table().remove(id, null, new CompletableFuture<>()));
        }
        ward.runErrands().pass(ofMinutes(1)).runErrands();
        assertEquals(0, ward.engine.health().inFlight());
        assertEquals(1, ward.timers(), "that of the buffers");
    }

    @Test
    void a_stopped_proxy_calls_nobody() {
        Ward ward = Ward.of(later, 2);
        ward.pass(ofSeconds(6)).runErrands().pass(ofMillis(100));
        ward.tell(() -> ward.engine.stop(ofSeconds(1)));
        asked.forEach(answer -> answer.complete(true));
        ward.pass(ofMinutes(1));
        assertTrue(ward.hasEnded());
        assertFalse(asked.isEmpty());
        assertEquals(1, ward.timers(), "that of the buffers");
    }
}
