package io.lbkit.core.backend;

import static io.lbkit.core.race.Interleavings.atOnce;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.core.race.Interleavings;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;

/** Sessions that take and leave places, and a drain that begins meanwhile, under every interleaving. */
@EnabledOnJre(JRE.JAVA_17)
class BackendEntryRaceTest {

    private static final Backend BACKEND = Backend.of("127.0.0.1", 80); // looks a name up, which no run is to do anew

    private static BackendEntry entry(int most) {
        return new BackendEntry(BACKEND.maxConnections(most), 2, new FullCount(), 0);
    }

    @Test
    void a_session_sees_the_drain_or_the_drain_sees_the_session() {
        Interleavings.all(() -> {
            BackendEntry entry = entry(8);
            Outcome outcome = new Outcome();
            atOnce(
                    () -> {
                        if (entry.tryReserve() != Place.NONE) { // as Connector.isReserved does
                            outcome.stays = entry.isOpen();
                            outcome.told = !outcome.stays && entry.release();
                        }
                    },
                    () -> drain(entry, outcome));
            outcome.check(entry);
        });
    }

    @Test
    void a_session_that_looks_before_it_takes_a_place_would_be_noticed() {
        Interleavings.some(() -> {
            BackendEntry entry = entry(8);
            Outcome outcome = new Outcome();
            atOnce(
                    () -> outcome.stays = entry.isOpen() && entry.tryReserve() != Place.NONE,
                    () -> drain(entry, outcome));
            outcome.check(entry);
        });
    }

    private static void drain(BackendEntry entry, Outcome outcome) {
        entry.moveTo(
                BackendState.DRAINING, entry.condition()); // as BackendTable does: first the state, then the places
        outcome.over = entry.active() == 0;
    }

    /** What each of the two believes. */
    private static final class Outcome {
        private boolean stays;
        private boolean told;
        private boolean over;

        void check(BackendEntry entry) {
            assertFalse(over && stays, "the drain was over and the session stayed");
            if (stays) {
                assertTrue(entry.release(), "the last one left and told nobody");
            } else {
                assertTrue(over || told, "the drain waits for a session that has left");
            }
            assertEquals(0, entry.active());
        }
    }

    @Test
    void the_last_of_two_tells_the_drain() {
        Interleavings.all(() -> {
            BackendEntry entry = entry(8);
            entry.tryReserve();
            entry.tryReserve();
            Outcome outcome = new Outcome();
            AtomicInteger letters = new AtomicInteger();
            Runnable session = () -> {
                if (entry.release()) {
                    letters.incrementAndGet();
                }
            };
            atOnce(session, session, () -> drain(entry, outcome));
            assertTrue(outcome.over || letters.get() > 0, "the drain waits for sessions that have left");
        });
    }

    @Test
    void there_are_never_more_sessions_than_places() {
        Interleavings.all(() -> {
            BackendEntry entry = entry(1);
            AtomicInteger inside = new AtomicInteger();
            Runnable session = () -> {
                if (entry.tryReserve() != Place.NONE) {
                    assertEquals(1, inside.incrementAndGet());
                    assertTrue(entry.isFull());
                    inside.decrementAndGet();
                    entry.release();
                }
            };
            atOnce(session, session);
            assertEquals(0, entry.active());
            assertFalse(entry.isFull());
        });
    }

    @Test
    void no_sample_of_a_response_time_is_lost() {
        Interleavings.all(() -> {
            ResponseTime time = new ResponseTime(0);
            Runnable connect = () -> {
                time.onBegin(10);
                time.onSample(10, 100, 110);
            };
            Runnable failure = () -> {
                time.onBegin(50);
                time.onGone(50);
            };
            time.onBegin(30);
            atOnce(connect, failure);
            assertEquals(100, time.nanos(120), "the average of one sample, above the age of the one that is left, 90");
            assertEquals(170, time.nanos(200), "one of three is left, since 30");
            time.onGone(30);
            assertEquals(100, time.nanos(200), "none is left");
        });
    }

    @Test
    void two_samples_at_once_both_count() {
        Interleavings.all(() -> {
            ResponseTime time = new ResponseTime(0);
            time.onBegin(0);
            time.onBegin(0);
            atOnce(() -> time.onSample(0, 1000, 1000), () -> time.onSample(0, 2000, 1000));
            long average = time.nanos(1000);
            assertTrue(average == 1050 || average == 1950, () -> average + " is neither order of the two");
        });
    }

    @Test
    void no_pick_is_lost_not_even_at_the_turn_of_a_second() {
        Interleavings.all(() -> {
            RecentPicks picks = new RecentPicks(0);
            picks.onPick(999_999_999);
            atOnce(() -> picks.onPick(1_000_000_000), () -> picks.onPick(1_000_000_000));
            assertEquals(3, picks.rate(1_000_000_000), "two of this second, and one of the last, all of which is left");
        });
    }

    @Test
    void a_lost_pick_would_be_noticed() {
        Interleavings.some(() -> {
            int[] picks = {0};
            Runnable pick = () -> picks[0]++;
            atOnce(pick, pick);
            assertEquals(2, picks[0]);
        });
    }
}
