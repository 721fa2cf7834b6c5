package io.lbkit.core.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.DrainReport;
import io.lbkit.SessionPolicy;
import io.lbkit.selector.Selectors;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of live sessions when their backend goes down, is drained or removed, in virtual time. */
class CutsTest {

    private static final Duration TICK = Duration.ofMillis(10); // of the timers, and some

    @RegisterExtension
    final Rig rig = new Rig().selector(Selectors.roundRobin());

    /** Two backends with half of the sessions each. */
    private void crowd(int loops, int sessions) {
        rig.loops(loops)
                .backend("a", Backend.UNLIMITED)
                .backend("b", Backend.UNLIMITED)
                .start();
        rig.connect(sessions);
    }

    private long cut(CloseReason reason) {
        return rig.stats().closed(reason);
    }

    @Test
    void they_are_kept_by_default() {
        crowd(2, 10);
        rig.check("a", false);
        rig.pass(Duration.ofMinutes(1));
        assertEquals(5, rig.active("a"));
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void they_are_cut_at_once_if_that_is_the_policy_and_nobody_else_is(int loops) {
        rig.whenDown(SessionPolicy.CUT);
        crowd(loops, 40);
        rig.check("a", false);
        rig.pass(TICK);
        assertEquals(0, rig.active("a"));
        assertEquals(20, rig.active("b"));
        assertEquals(20, cut(CloseReason.BACKEND_DOWN));
    }

    @Test
    void they_are_cut_after_a_deadline_if_that_is_the_policy() {
        rig.whenDown(SessionPolicy.cutAfter(Duration.ofSeconds(30)));
        crowd(2, 10);
        rig.check("a", false);
        rig.pass(Duration.ofMillis(29_999));
        assertEquals(5, rig.active("a"));
        rig.pass(TICK);
        assertEquals(0, rig.active("a"));
        assertEquals(5, cut(CloseReason.BACKEND_DOWN));
    }

    @Test
    void a_backend_that_recovers_before_the_deadline_keeps_them() {
        rig.whenDown(SessionPolicy.cutAfter(Duration.ofSeconds(30)));
        crowd(2, 10);
        rig.check("a", false);
        rig.pass(Duration.ofSeconds(20));
        rig.check("a", true);
        rig.pass(Duration.ofMinutes(1));
        assertEquals(5, rig.active("a"));
        rig.check("a", false);
        rig.pass(Duration.ofSeconds(29));
        assertEquals(5, rig.active("a"), "the time counts anew");
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(ints = {1, 4})
    void no_more_are_cut_in_a_second_than_the_limit_says(int loops) {
        rig.whenDown(SessionPolicy.CUT).limits(limits -> limits.cutsPerSecond(100));
        crowd(loops, 1000);
        rig.check("a", false);
        long before = 0;
        for (int second = 1; second <= 6; second++) {
            rig.pass(Duration.ofSeconds(1));
            long now = cut(CloseReason.BACKEND_DOWN);
            assertTrue(now - before <= 100, now - before + " in second " + second);
            assertTrue(now == 500 || now - before >= 90, now - before + " in second " + second);
            before = now;
        }
        assertEquals(500, before);
    }

    @Test
    void one_limit_holds_for_all_backends_together() {
        rig.whenDown(SessionPolicy.CUT).limits(limits -> limits.cutsPerSecond(100));
        crowd(2, 400);
        rig.check("a", false);
        rig.change(table -> table.drain("b", Duration.ZERO, new CompletableFuture<>()));
        rig.pass(Duration.ofSeconds(1));
        assertTrue(cut(CloseReason.BACKEND_DOWN) + cut(CloseReason.BACKEND_REMOVED) <= 100);
        rig.pass(Duration.ofSeconds(4));
        assertEquals(200, cut(CloseReason.BACKEND_DOWN));
        assertEquals(200, cut(CloseReason.BACKEND_REMOVED));
    }

    @Test
    void a_backend_without_sessions_takes_none_of_what_may_be_cut() {
        rig.whenDown(SessionPolicy.CUT).limits(limits -> limits.cutsPerSecond(1));
        rig.loops(2);
        for (int i = 0; i < 5; i++) {
            rig.backend(rig.server("idle" + i).weight(0));
        }
        rig.backend("busy", Backend.UNLIMITED).start();
        rig.connect(1);
        for (int i = 0; i < 5; i++) {
            rig.check("idle" + i, false);
        }
        rig.check("busy", false);
        rig.pass(TICK);
        assertEquals(1, cut(CloseReason.BACKEND_DOWN));
    }

    @Test
    void one_that_recovers_in_the_middle_keeps_the_rest() {
        rig.whenDown(SessionPolicy.CUT).limits(limits -> limits.cutsPerSecond(100));
        crowd(2, 400);
        rig.check("a", false);
        rig.pass(Duration.ofSeconds(1));
        rig.check("a", true);
        long kept = rig.active("a");
        assertTrue(kept >= 100, kept + " left");
        rig.pass(Duration.ofSeconds(10));
        assertEquals(kept, rig.active("a"));
    }

    @Test
    void a_drain_with_a_deadline_reports_when_the_last_one_is_cut() {
        rig.limits(limits -> limits.cutsPerSecond(50));
        crowd(2, 200);
        CompletableFuture<DrainReport> report = new CompletableFuture<>();
        rig.change(table -> table.drain("a", Duration.ofSeconds(5), report));
        rig.pass(Duration.ofSeconds(6));
        assertFalse(report.isDone());
        rig.pass(Duration.ofSeconds(2));
        DrainReport drained = report.join();
        assertEquals(100, drained.cut());
        assertEquals(0, drained.finished());
        assertTrue(drained.duration().toMillis() >= 6900, drained.toString());
        assertEquals(100, cut(CloseReason.BACKEND_REMOVED));
    }

    @Test
    void those_that_end_while_the_others_are_cut_are_reported_as_finished() {
        rig.limits(limits -> limits.cutsPerSecond(10));
        rig.loops(2).backend("a", Backend.UNLIMITED).start();
        var clients = rig.connect(100);
        CompletableFuture<DrainReport> report = new CompletableFuture<>();
        rig.change(table -> table.remove("a", Duration.ZERO, report));
        rig.pass(Duration.ofSeconds(3));
        clients.stream().filter(client -> client.end() == null).forEach(Rig.Visitor::leave);
        DrainReport removed = report.join();
        assertEquals(cut(CloseReason.BACKEND_REMOVED), removed.cut());
        assertEquals(100, removed.cut() + removed.finished());
        assertTrue(removed.cut() >= 27 && removed.cut() <= 31, removed.toString());
    }

    @Test
    void a_drain_taken_back_in_the_middle_of_its_cut_keeps_the_rest() {
        rig.limits(limits -> limits.cutsPerSecond(50));
        crowd(2, 200);
        CompletableFuture<DrainReport> report = new CompletableFuture<>();
        rig.change(table -> table.drain("a", Duration.ZERO, report));
        rig.pass(Duration.ofSeconds(1));
        rig.change(table -> table.ready("a"));
        long left = rig.active("a");
        assertEquals(100 - left, report.join().cut());
        rig.pass(Duration.ofSeconds(5));
        assertEquals(left, rig.active("a"));
    }

    @Test
    void a_session_that_connects_when_its_backend_goes_down_is_cut_as_well() {
        rig.whenDown(SessionPolicy.CUT);
        rig.loops(2).backend("a", Backend.UNLIMITED).start();
        rig.serverOf("a").answer(SimBacklog.Answer.DROP);
        var connecting = rig.connect();
        rig.check("a", false);
        rig.pass(TICK);
        assertEquals(CloseReason.BACKEND_DOWN, connecting.reason());
    }

    /** Their sessions have ended while others were cut: what was meant to be cut of them is dropped in one go. */
    @Test
    void thousands_of_backends_whose_sessions_have_ended_take_no_stack() {
        rig.whenDown(SessionPolicy.CUT).limits(limits -> limits.cutsPerSecond(1));
        rig.backend("busy", Backend.UNLIMITED);
        for (int i = 0; i < 3000; i++) {
            String host = "10.3." + i / 250 + "." + (i % 250 + 1);
            rig.backend(Backend.of(host, 80).id("idle" + i).weight(0));
        }
        rig.start();
        rig.connect(3);
        rig.check("busy", false);
        rig.pass(TICK);
        rig.change(table -> table.pool().current().all().stream()
                .filter(entry -> !entry.backend().id().equals("busy"))
                .forEach(entry -> table.onChecked(entry, false, "says a test")));
        rig.pass(Duration.ofSeconds(4));
        assertEquals(3, cut(CloseReason.BACKEND_DOWN));
    }
}
