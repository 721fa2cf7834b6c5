package io.lbkit.core.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue of commands from any thread to one loop; the only door to it. Lock-free: a sender claims a place with one
 * compare-and-set and fills it; the receiver empties places in order.
 *
 * <p>Shared; places are claimed by senders at {@code tail} and released by the receiver at {@code head}.
 */
public final class Inbox {

    private static final VarHandle HEAD;

    static {
        try {
            HEAD = MethodHandles.lookup().findVarHandle(Inbox.class, "head", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final AtomicReferenceArray<@Nullable Command> places;
    private final AtomicLong tail = new AtomicLong(); // senders claim here
    private long head; // written by the receiver with release, read by senders with acquire

    /** @param capacity rounded up to a power of two */
    public Inbox(int capacity) {
        places = new AtomicReferenceArray<>(Integer.highestOneBit(Math.max(2, capacity) * 2 - 1));
    }

    /** Puts a command in; false if the inbox is full. Any thread. */
    public boolean post(Command command) {
        long place;
        do {
            place = tail.get();
            if (place - (long) HEAD.getAcquire(this) >= places.length()) {
                return false;
            }
        } while (!tail.compareAndSet(place, place + 1));
        places.setRelease(index(place), command);
        return true;
    }

    /** Takes the oldest command out; null if there is none, or if its sender has claimed its place but not filled it yet. */
    public @Nullable Command take() {
        int index = index(head);
        Command command = places.getAcquire(index);
        if (command != null) {
            places.setPlain(index, null);
            HEAD.setRelease(this, head + 1);
        }
        return command;
    }

    /** Whether a place is claimed. The receiver only. */
    public boolean isEmpty() {
        return tail.get() == head;
    }

    private int index(long place) {
        return (int) place & places.length() - 1;
    }
}
