package io.lbkit.core.loop;

import org.jspecify.annotations.Nullable;

/**
 * A deadline and what to do then; a node of a {@link TimerWheel}, kept by its owner and used again and again.
 *
 * <p>Owned by one event loop.
 */
public final class Timer {

    final TimerOwner owner;
    long deadlineNanos;
    int level;

    @Nullable
    Timer previous;

    @Nullable
    Timer next;

    public Timer(TimerOwner owner) {
        this.owner = owner;
    }

    /** One that belongs to nobody else. */
    public Timer(Runnable action) {
        this(due -> action.run());
    }

    /** Whether it is in a wheel. */
    public boolean isArmed() {
        return next != null;
    }

    /** When it is due; of meaning only while armed. */
    public long deadlineNanos() {
        return deadlineNanos;
    }

    /** Begins a circular list of its own. */
    Timer asSentinel() {
        previous = this;
        next = this;
        return this;
    }

    boolean isAlone() {
        return next == this;
    }

    void insertBefore(Timer sentinel) {
        Timer last = linked(sentinel.previous);
        previous = last;
        next = sentinel;
        last.next = this;
        sentinel.previous = this;
    }

    void unlink() {
        linked(previous).next = next;
        linked(next).previous = previous;
        previous = null;
        next = null;
    }

    /** Moves all that follow the other sentinel to the end of this one's list. */
    void takeAllOf(Timer other) {
        if (!other.isAlone()) {
            Timer first = linked(other.next);
            Timer last = linked(other.previous);
            Timer end = linked(previous);
            end.next = first;
            first.previous = end;
            last.next = this;
            previous = last;
            other.asSentinel();
        }
    }

    static Timer linked(@Nullable Timer timer) {
        if (timer == null) {
            throw new AssertionError("a timer that is in no wheel");
        }
        return timer;
    }
}
