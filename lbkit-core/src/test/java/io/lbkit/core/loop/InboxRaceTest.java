package io.lbkit.core.loop;

import static io.lbkit.core.race.Interleavings.atOnce;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.core.race.Interleavings;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;

/** Senders and the receiver of an inbox, under every interleaving. {@link InboxTest} has them on real threads. */
@EnabledOnJre(JRE.JAVA_17)
class InboxRaceTest {

    private record Note(int sender, int number) implements Command {
        @Override
        public void run() {}
    }

    @Test
    void each_note_arrives_once_and_those_of_a_sender_in_order() {
        Interleavings.all(() -> {
            Inbox inbox = new Inbox(4);
            eachArrivesOnce(inbox::post, inbox::take);
            assertTrue(inbox.isEmpty());
        });
    }

    @Test
    void two_senders_in_one_place_would_be_noticed() {
        Interleavings.some(() -> {
            OnePlace inbox = new OnePlace();
            eachArrivesOnce(inbox::post, inbox::take);
        });
    }

    private static void eachArrivesOnce(Predicate<Command> post, Supplier<Command> take) {
        int[] next = {0, 0, 0};
        Runnable receiver = () -> {
            for (Command taken = take.get(); taken != null; taken = take.get()) {
                Note note = (Note) taken;
                assertEquals(next[note.sender]++, note.number);
            }
        };
        atOnce(
                () -> assertTrue(post.test(new Note(1, 0)) && post.test(new Note(1, 1))),
                () -> assertTrue(post.test(new Note(2, 0))),
                receiver);
        receiver.run();
        assertEquals(2, next[1]);
        assertEquals(1, next[2]);
    }

    @Test
    void what_does_not_fit_is_refused_and_nothing_that_was_taken_is_overwritten() {
        Interleavings.all(() -> {
            Inbox inbox = new Inbox(2);
            inbox.post(new Note(0, 0));
            int[] accepted = {1, 0, 0};
            int[] taken = {0};
            atOnce(
                    () -> accepted[1] = inbox.post(new Note(1, 0)) ? 1 : 0,
                    () -> accepted[2] = inbox.post(new Note(2, 0)) ? 1 : 0,
                    () -> taken[0] = inbox.take() == null ? 0 : 1);
            while (inbox.take() != null) {
                taken[0]++;
            }
            assertEquals(accepted[0] + accepted[1] + accepted[2], taken[0]);
            assertTrue(accepted[1] + accepted[2] > 0, "one of the two had room");
            assertTrue(inbox.isEmpty());
        });
    }

    @Test
    void a_posted_note_is_never_taken_for_an_empty_inbox() {
        Interleavings.all(() -> {
            Inbox inbox = new Inbox(2);
            boolean[] posted = {false};
            Runnable receiver = () -> {
                boolean before = posted[0];
                boolean empty = inbox.isEmpty();
                assertFalse(before && empty, "a note was there");
                assertFalse(empty && inbox.take() == null && posted[0] && inbox.isEmpty(), "and is still there");
            };
            atOnce(() -> posted[0] = inbox.post(new Note(1, 0)), receiver);
            if (!inbox.isEmpty()) {
                assertEquals(new Note(1, 0), inbox.take());
            }
            assertNull(inbox.take());
        });
    }

    /** As {@link Inbox}, but looks for its place and takes it in two steps. */
    private static final class OnePlace {
        private final AtomicReferenceArray<Command> places = new AtomicReferenceArray<>(4);
        private final AtomicLong tail = new AtomicLong();
        private long head;

        boolean post(Command command) {
            long place = tail.get();
            tail.set(place + 1);
            places.set((int) place, command);
            return true;
        }

        Command take() {
            Command command = places.get((int) head);
            if (command != null) {
                head++;
            }
            return command;
        }
    }
}
