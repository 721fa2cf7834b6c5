package io.lbkit.core.health;

import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks every backend the same question from time to time. Decides when: spread over the interval, with jitter, not too many
 * at once, one at a time for each backend.
 *
 * <p>Owned by the control loop.
 */
final class Rounds {

    /** Beyond this, being late has a cause that made other questions late as well. */
    private static final long LATE_NANOS = 100_000_000;

    /** The fractional part of the golden ratio: its multiples spread evenly over a circle, however many there are. */
    private static final double GOLDEN = 0.6180339887498949;

    /** How to ask. */
    interface Asker {
        Inquiry prepare(BackendEntry entry, Inquiry.Report report);
    }

    /** Who wants to know. */
    interface Listener {

        /** Takes an outcome; true if the next question should come soon. */
        boolean onOutcome(BackendEntry entry, Outcome outcome);
    }

    /** One backend on the round. */
    private final class Visit {
        final BackendEntry entry;
        final Timer due = new Timer(() -> onDue(this));
        long askedNanos;
        boolean spread; // the next interval is of random length
        boolean postponed;
        boolean waiting;

        @Nullable
        Question current;

        Visit(BackendEntry entry) {
            this.entry = entry;
        }
    }

    /** One question of a visit. */
    private final class Question implements Inquiry.Report {
        final Visit visit;
        final Inquiry inquiry;

        Question(Visit visit) {
            this.visit = visit;
            this.inquiry = asker.prepare(visit.entry, this);
        }

        @Override
        public void onOutcome(Outcome outcome) {
            if (visit.current == this) {
                visit.current = null;
                Rounds.this.onOutcome(visit, outcome);
            }
        }

        @Override
        public void onGone() {
            inFlight--;
            askWaiting();
        }
    }

    private final EventLoop control;
    private final Pace pace;
    private final Asker asker;
    private final Listener listener;
    private final Map<BackendEntry, Visit> visits = new LinkedHashMap<>();
    private final ArrayDeque<Visit> waiting = new ArrayDeque<>();
    private double place; // on the circle of the interval
    private int inFlight;
    private boolean asksWaiting;
    private boolean stopped;

    Rounds(EventLoop control, Pace pace, Asker asker, Listener listener) {
        this.control = control;
        this.pace = pace;
        this.asker = asker;
        this.listener = listener;
        this.place = control.random().nextDouble();
    }

    /**
     * Takes a backend in.
     *
     * @param soon whether the first question cannot wait for an interval
     */
    void begin(BackendEntry entry, boolean soon) {
        if (stopped || visits.containsKey(entry)) {
            return;
        }
        Visit visit = new Visit(entry);
        visits.put(entry, visit);
        askFirst(visit, soon);
    }

    /** Drops the question under way and asks anew, soon. */
    void restart(BackendEntry entry) {
        Visit visit = visits.get(entry);
        if (visit != null) {
            drop(visit);
            askFirst(visit, true);
        }
    }

    /** Asks a backend no more. */
    void end(BackendEntry entry) {
        Visit visit = visits.remove(entry);
        if (visit != null) {
            drop(visit);
        }
    }

    /** Asks nobody any more. */
    void stop() {
        stopped = true;
        for (BackendEntry entry : List.copyOf(visits.keySet())) {
            end(entry);
        }
    }

    boolean isAsked(BackendEntry entry) {
        return visits.containsKey(entry);
    }

    int inFlight() {
        return inFlight;
    }

    private void askFirst(Visit visit, boolean soon) {
        place = (place + GOLDEN) % 1;
        visit.spread = soon;
        arm(visit, control.nowNanos() + (long) (place * (soon ? pace.fastNanos() : pace.intervalNanos())));
    }

    private void drop(Visit visit) {
        control.timers().cancel(visit.due);
        visit.waiting = false;
        visit.postponed = false;
        Question current = visit.current;
        visit.current = null;
        if (current != null) {
            current.inquiry.abandon();
        }
    }

    private void arm(Visit visit, long atNanos) {
        control.timers().arm(visit.due, atNanos);
    }

    private void onDue(Visit visit) {
        long lateNanos = control.nowNanos() - visit.due.deadlineNanos();
        if (lateNanos > LATE_NANOS && !visit.postponed) {
            // All that was due during a pause of this process is due now; spread it over as long a time again.
            visit.postponed = true;
            long over = Math.min(lateNanos, pace.intervalNanos());
            arm(visit, control.nowNanos() + (long) (over * control.random().nextDouble()));
        } else if (inFlight >= pace.concurrency()) {
            visit.waiting = true;
            waiting.add(visit);
        } else {
            ask(visit);
        }
    }

    private void ask(Visit visit) {
        visit.postponed = false;
        visit.askedNanos = control.nowNanos();
        inFlight++;
        Question question = new Question(visit);
        visit.current = question;
        question.inquiry.begin();
    }

    private void askWaiting() {
        if (asksWaiting) {
            return; // a question that fails at once makes room for the next one, of which there may be thousands
        }
        asksWaiting = true;
        try {
            while (inFlight < pace.concurrency() && !waiting.isEmpty()) {
                Visit next = waiting.remove();
                if (next.waiting) {
                    next.waiting = false;
                    ask(next);
                }
            }
        } finally {
            asksWaiting = false;
        }
    }

    private void onOutcome(Visit visit, Outcome outcome) {
        boolean soon = listener.onOutcome(visit.entry, outcome);
        if (visits.get(visit.entry) != visit || visit.due.isArmed()) {
            return; // the listener has ended or restarted it
        }
        long now = control.nowNanos();
        if (outcome.verdict() == Outcome.Verdict.SPOILT) {
            // What spoilt this one has spoilt others; they must not come together again.
            arm(visit, now + (long) (pace.fastNanos() * (0.5 + control.random().nextDouble())));
        } else if (visit.spread && !soon) {
            visit.spread = false;
            arm(visit, now + (long) (pace.intervalNanos() * control.random().nextDouble()));
        } else {
            long next = visit.askedNanos + pace.next(soon, control.random());
            arm(visit, next - now < 0 ? now : next);
        }
    }
}
