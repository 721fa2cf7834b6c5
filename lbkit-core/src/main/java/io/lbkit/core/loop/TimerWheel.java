package io.lbkit.core.loop;

/**
 * Deadlines of one loop: a hierarchical timing wheel (Varghese and Lauck 1987) with intrusive nodes, as in Caffeine. Arming
 * and cancelling cost a few field writes and no allocation.
 *
 * <p>Three wheels of 256 slots, with ticks of 2²² ns (4.2 ms), 2³⁰ ns (1.1 s) and 2³⁸ ns (4.6 min); what is due later than
 * the last one reaches (19.5 h) waits in its last slot and is placed anew. A timer never fires early, and fires at most one
 * tick of the first wheel after it is due, if the loop is on time.
 *
 * <p>Owned by one event loop.
 */
public final class TimerWheel implements TimerOwner {

    /** {@link #delay} when no timer is armed. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final int SLOTS = 256;
    private static final int[] SHIFTS = {22, 30, 38};

    private final Timer[][] wheels = new Timer[SHIFTS.length][SLOTS]; // sentinels of circular lists
    private final Timer firing = sentinel();
    private final int[] sizes = new int[SHIFTS.length];
    private final long originNanos;
    private long now; // nanoseconds since the origin, and so never negative
    private long due = NEVER; // nothing needs doing before; since the origin, too

    public TimerWheel(long originNanos) {
        this.originNanos = originNanos;
        for (Timer[] wheel : wheels) {
            for (int i = 0; i < SLOTS; i++) {
                wheel[i] = sentinel();
            }
        }
    }

    private Timer sentinel() {
        return new Timer(this).asSentinel();
    }

    @Override
    public void onDue(Timer sentinel) {
        throw new AssertionError("a sentinel is in no list but its own");
    }

    /** Arms a timer, or moves it if it is armed. A deadline in the past fires at the next {@link #advance}. */
    public void arm(Timer timer, long deadlineNanos) {
        cancel(timer);
        timer.deadlineNanos = deadlineNanos;
        place(timer);
    }

    /** Takes a timer out; does nothing if it is not armed. */
    public void cancel(Timer timer) {
        if (timer.isArmed()) {
            sizes[timer.level]--;
            timer.unlink();
        }
    }

    /** Fires what is due, in no particular order within a tick. */
    public void advance(long toNanos) {
        long from = now;
        now = Math.max(now, toNanos - originNanos);
        if (now < due) {
            return;
        }
        for (int level = 0; level < SHIFTS.length; level++) {
            long lastTick = now >>> SHIFTS[level];
            long tick = Math.max(from >>> SHIFTS[level], lastTick - SLOTS + 1);
            for (; tick <= lastTick && sizes[level] > 0; tick++) {
                firing.takeAllOf(slot(level, tick));
            }
        }
        due = now; // should one of them throw, the rest is for the next call
        fireOrPlace();
        due = earliest();
    }

    /** Nanoseconds from a time until {@link #advance} may have something to do; 0 or less if it has, {@link #NEVER}. */
    public long delay(long fromNanos) {
        return due == NEVER ? NEVER : due - (fromNanos - originNanos);
    }

    /** How many timers are armed. */
    public int size() {
        return sizes[0] + sizes[1] + sizes[2];
    }

    private void fireOrPlace() {
        while (!firing.isAlone()) {
            Timer timer = Timer.linked(firing.next);
            cancel(timer);
            if (timer.deadlineNanos - originNanos <= now) {
                timer.owner.onDue(timer);
            } else {
                place(timer);
            }
        }
    }

    private void place(Timer timer) {
        long deadline = Math.max(timer.deadlineNanos - originNanos, now);
        int level = 0;
        while (level < SHIFTS.length - 1 && (deadline >>> SHIFTS[level]) - (now >>> SHIFTS[level]) >= SLOTS) {
            level++;
        }
        long tick = Math.min(deadline >>> SHIFTS[level], (now >>> SHIFTS[level]) + SLOTS - 1);
        timer.level = level;
        timer.insertBefore(slot(level, tick));
        sizes[level]++;
        due = Math.min(due, dueTime(level, tick));
    }

    private Timer slot(int level, long tick) {
        return wheels[level][(int) tick & SLOTS - 1];
    }

    /** A slot of the first wheel is due when its tick is over, one of the others when its tick begins. */
    private static long dueTime(int level, long tick) {
        return (level == 0 ? tick + 1 : tick) << SHIFTS[level];
    }

    private long earliest() {
        long least = NEVER;
        for (int level = 0; level < SHIFTS.length; level++) {
            if (sizes[level] > 0) {
                long tick = now >>> SHIFTS[level];
                while (slot(level, tick).isAlone()) {
                    tick++;
                }
                least = Math.min(least, dueTime(level, tick));
            }
        }
        return least;
    }
}
