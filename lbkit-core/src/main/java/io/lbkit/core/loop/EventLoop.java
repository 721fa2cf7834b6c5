package io.lbkit.core.loop;

import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One turn after the other: wait for the network, fire timers, carry out commands. It has no thread of its own; whoever
 * calls {@link #turn} is its thread, a {@link LoopThread} or a test.
 *
 * <p>Owned by one event loop, which is itself; {@link #post}, {@link #insist} and {@link #wakeup} are for every thread.
 */
public final class EventLoop {

    /** Commands carried out in one turn, so that a flood of them does not keep the network waiting. */
    private static final int COMMANDS_PER_TURN = 256;

    /** How soon to offer again what another loop's full inbox refused. */
    private static final long OFFER_AGAIN_NANOS = 1_000_000;

    private record Letter(EventLoop to, Command command) {}

    private final int index;
    private final Clock clock;
    private final Transport transport;
    private final RandomGenerator random;
    private final BooleanSupplier current;
    private final TimerWheel timers;
    private final Inbox inbox;
    // What does not wait for room in the inbox; written by any thread, taken by the loop.
    private final AtomicReference<@Nullable Command> urgent = new AtomicReference<>();
    private final ArrayDeque<Letter> undelivered = new ArrayDeque<>();
    private final ArrayDeque<Command> deferred = new ArrayDeque<>();
    // Written by the loop around its wait, read by senders: only a loop that waits needs a wakeup, which is a system
    // call.
    private volatile boolean waiting;
    private volatile boolean over; // written once, by the loop, last; read by those who have letters for it
    private long nowNanos;
    private boolean timeIsOld;
    private long turns;

    /**
     * @param current whether the calling thread is the one that takes this loop's turns
     */
    public EventLoop(
            int index,
            Clock clock,
            Transport transport,
            RandomGenerator random,
            int inboxCapacity,
            BooleanSupplier current) {
        this.index = index;
        this.clock = clock;
        this.transport = transport;
        this.random = random;
        this.current = current;
        this.nowNanos = clock.nanoTime();
        this.timers = new TimerWheel(nowNanos);
        this.inbox = new Inbox(inboxCapacity);
    }

    public int index() {
        return index;
    }

    public Transport transport() {
        return transport;
    }

    public RandomGenerator random() {
        return random;
    }

    public TimerWheel timers() {
        return timers;
    }

    /** Whether the caller may touch what this loop owns. */
    public boolean isCurrent() {
        return current.getAsBoolean();
    }

    /** The time of this turn: the clock is read once a turn, when it is first asked for. */
    public long nowNanos() {
        if (timeIsOld) {
            nowNanos = clock.nanoTime();
            timeIsOld = false;
        }
        return nowNanos;
    }

    /** The time right now, for what takes time within a turn, such as a connect over loopback. */
    public long freshNanos() {
        timeIsOld = true;
        return nowNanos();
    }

    /** The time right now, for those who are not on this loop. Any thread. */
    public long timeNanos() {
        return clock.nanoTime();
    }

    /** How many turns there were. */
    public long turns() {
        return turns;
    }

    /** Has something done after the network was asked once more; in order, one in each turn. */
    public void defer(Command command) {
        assert isCurrent();
        deferred.add(command);
    }

    /** Whether anything is still to be done that was deferred. */
    public boolean hasDeferred() {
        return !deferred.isEmpty();
    }

    /** Whether any command is on its way to this loop or from it. */
    boolean hasLetters() {
        return !inbox.isEmpty() || !undelivered.isEmpty();
    }

    /** Takes one turn. Waits for the network no longer than until the next deadline or command. */
    public void turn() throws IOException {
        assert isCurrent();
        turns++;
        deliver();
        waiting = true;
        timeIsOld = true;
        boolean idle = urgent.get() == null && inbox.isEmpty() && deferred.isEmpty();
        long wait = idle ? timers.delay(nowNanos()) : 0;
        if (!undelivered.isEmpty()) {
            wait = Math.min(wait, OFFER_AGAIN_NANOS);
        }
        timeIsOld = true;
        try {
            transport.poll(Math.max(0, wait));
        } finally {
            waiting = false;
            timers.advance(nowNanos());
            obey();
            Command next = deferred.poll();
            if (next != null) {
                next.run();
            }
        }
    }

    /** After the last turn: hands over what full inboxes did not take, and carries out what is still in the own one. */
    public void settle() {
        do {
            deliver(); // the others still take their turns, and wait for this
            while (!inbox.isEmpty()) {
                Command command = inbox.take();
                if (command != null) {
                    command.run();
                } else {
                    Thread.onSpinWait(); // claimed and not filled yet; others may wait behind it
                }
            }
            if (!undelivered.isEmpty()) {
                LockSupport.parkNanos(OFFER_AGAIN_NANOS);
            }
        } while (!undelivered.isEmpty());
    }

    /** Takes no more turns: what other loops still send to it is dropped. Called on it, last. */
    public void retire() {
        over = true;
    }

    private void obey() {
        Command first = urgent.get() == null ? null : urgent.getAndSet(null);
        if (first != null) {
            first.run();
        }
        for (int i = 0; i < COMMANDS_PER_TURN; i++) {
            Command command = inbox.take();
            if (command == null) {
                return;
            }
            command.run();
        }
    }

    /** Sends a command to this loop; false if its inbox is full. Any thread. */
    public boolean post(Command command) {
        if (!inbox.post(command)) {
            return false;
        }
        wakeup();
        return true;
    }

    /**
     * Has a command run in the next turn even if the inbox is full; it replaces an earlier one that did not run yet. After
     * the last turn it is dropped. Any thread.
     */
    public void insist(Command command) {
        urgent.set(command);
        wakeup();
    }

    /** Sends a command to another loop, now or as soon as its inbox has room; it is never dropped while that takes turns. */
    public void send(EventLoop to, Command command) {
        assert isCurrent();
        if (to == this) {
            command.run();
        } else {
            sendLater(to, command);
        }
    }

    /** As {@link #send}, but the caller ends first what it is at, even if it sends to itself. */
    public void sendLater(EventLoop to, Command command) {
        assert isCurrent();
        if (!undelivered.isEmpty() || !to.post(command)) {
            undelivered.add(new Letter(to, command));
        }
    }

    /** In order: what is sent later must not overtake, even when an inbox gets room in the middle of this. */
    private void deliver() {
        Letter letter = undelivered.peek();
        while (letter != null && (letter.to.over || letter.to.post(letter.command))) {
            undelivered.remove();
            letter = undelivered.peek();
        }
    }

    /** Ends the wait of the current turn. Any thread. */
    public void wakeup() {
        if (waiting) {
            transport.wakeup();
        }
    }
}
