package io.lbkit.core.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten a second and a fifth of the sessions, over ten seconds; only what fails is charged. */
class RetryBudgetTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long ORIGIN = Long.MAX_VALUE - 5 * SECOND; // wraps while we look

    private final RetryBudget budget = new RetryBudget(ORIGIN, 10, 20);

    /** Retries that all fail, until no more are allowed. */
    private static int failUntilUsedUp(RetryBudget budget, long nowNanos) {
        int failed = 0;
        while (budget.allows(nowNanos) && failed < 100_000) {
            budget.onRetryFailed(nowNanos);
            failed++;
        }
        return failed;
    }

    @Test
    void without_any_traffic_there_is_the_reserve_of_ten_seconds() {
        assertEquals(100, failUntilUsedUp(budget, ORIGIN));
        assertFalse(budget.allows(ORIGIN + 9 * SECOND));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 1000})
    void a_fifth_of_the_sessions_comes_on_top(int sessions) {
        for (int i = 0; i < sessions; i++) {
            budget.onSession(ORIGIN);
        }
        assertEquals(100 + sessions / 5, failUntilUsedUp(budget, ORIGIN + SECOND));
    }

    @Test
    void what_is_ten_seconds_old_does_not_count_any_more() {
        failUntilUsedUp(budget, ORIGIN + SECOND / 2);
        assertFalse(budget.allows(ORIGIN + 10 * SECOND - 1));
        assertTrue(budget.allows(ORIGIN + 10 * SECOND));
        assertEquals(100, failUntilUsedUp(budget, ORIGIN + 10 * SECOND));
    }

    @Test
    void neither_do_sessions() {
        for (int i = 0; i < 1000; i++) {
            budget.onSession(ORIGIN);
        }
        assertEquals(100, failUntilUsedUp(budget, ORIGIN + 10 * SECOND));
    }

    @Test
    void in_a_lasting_failure_a_tenth_of_the_reserve_comes_back_each_second() {
        for (int second = 0; second < 10; second++) {
            for (int i = 0; i < 10; i++) {
                assertTrue(budget.allows(ORIGIN + second * SECOND));
                budget.onRetryFailed(ORIGIN + second * SECOND);
            }
        }
        for (int second = 10; second < 40; second++) {
            assertEquals(10, failUntilUsedUp(budget, ORIGIN + second * SECOND), "in second " + second);
        }
    }

    @Test
    void retries_that_are_served_cost_nothing() {
        for (int i = 0; i < 100_000; i++) {
            assertTrue(budget.allows(ORIGIN + i));
        }
    }

    @Test
    void it_can_be_switched_off_and_can_allow_nothing() {
        RetryBudget off = new RetryBudget(ORIGIN, Limits.UNLIMITED, 20);
        assertEquals(100_000, failUntilUsedUp(off, ORIGIN));
        assertFalse(new RetryBudget(ORIGIN, 0, 0).allows(ORIGIN));
        RetryBudget onlyShare = new RetryBudget(ORIGIN, 0, 100);
        assertFalse(onlyShare.allows(ORIGIN));
        onlyShare.onSession(ORIGIN);
        assertEquals(1, failUntilUsedUp(onlyShare, ORIGIN));
    }

    @Test
    void a_loop_whose_clock_is_behind_counts_too() {
        budget.onRetryFailed(ORIGIN + 3 * SECOND);
        budget.onRetryFailed(ORIGIN + SECOND);
        assertEquals(98, failUntilUsedUp(budget, ORIGIN + SECOND));
        budget.onRetryFailed(ORIGIN - 9 * SECOND); // more than a round: of no meaning
        assertFalse(budget.allows(ORIGIN + 3 * SECOND));
    }

    @Test
    void nothing_is_lost_between_threads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> work = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                work.add(threads.submit(() -> {
                    for (int i = 0; i < 50_000; i++) {
                        budget.onSession(ORIGIN + i);
                        budget.onSession(ORIGIN + i);
                        budget.onSession(ORIGIN + i);
                        budget.onSession(ORIGIN + i);
                        budget.onSession(ORIGIN + i);
                        budget.onRetryFailed(ORIGIN + i);
                    }
                }));
            }
            for (Future<?> part : work) {
                part.get(20, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertEquals(100, failUntilUsedUp(budget, ORIGIN + SECOND));
    }
}
