package io.lbkit.core.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InboxTest {

    /** A command that says who sent it. */
    private record Note(int sender, int number) implements Command {
        @Override
        public void run() {}
    }

    @Test
    void first_in_first_out() {
        Inbox inbox = new Inbox(8);
        assertTrue(inbox.isEmpty());
        assertNull(inbox.take());
        List<Command> notes = new ArrayList<>();
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 5; i++) {
                Command note = new Note(round, i);
                notes.add(note);
                assertTrue(inbox.post(note));
            }
            for (int i = 0; i < 5; i++) {
                assertFalse(inbox.isEmpty());
                assertSame(notes.get(round * 5 + i), inbox.take());
            }
        }
        assertTrue(inbox.isEmpty());
        assertNull(inbox.take());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 16, 17, 1000})
    void takes_at_least_its_capacity_rounded_up_and_no_more(int capacity) {
        Inbox inbox = new Inbox(capacity);
        int taken = 0;
        while (inbox.post(new Note(0, taken))) {
            taken++;
        }
        assertTrue(taken >= capacity && taken < 2 * Math.max(2, capacity), taken + " for " + capacity);
        assertEquals(1, Integer.bitCount(taken));
        assertEquals(new Note(0, 0), inbox.take());
        assertTrue(inbox.post(new Note(1, 0)), "a place is free again");
        assertFalse(inbox.post(new Note(1, 1)));
    }

    /** Every command accepted arrives once, and those of one sender in order, however small the inbox. */
    @ParameterizedTest(name = "capacity {0}")
    @ValueSource(ints = {2, 16, 1024})
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void many_senders_lose_and_double_nothing(int capacity) throws InterruptedException {
        int senders = 4;
        int each = 50_000;
        Inbox inbox = new Inbox(capacity);
        AtomicInteger refused = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int sender = 0; sender < senders; sender++) {
            int name = sender;
            threads.add(new Thread(() -> {
                for (int i = 0; i < each; i++) {
                    Command note = new Note(name, i);
                    while (!inbox.post(note)) {
                        refused.incrementAndGet();
                        Thread.yield();
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        int[] next = new int[senders];
        for (int taken = 0; taken < senders * each; ) {
            if (inbox.take() instanceof Note note) {
                assertEquals(next[note.sender]++, note.number);
                taken++;
            } else {
                Thread.onSpinWait();
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(inbox.isEmpty());
        assertNull(inbox.take());
    }
}
