package io.lbkit.core.health;

import io.lbkit.core.loop.Command;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;
import io.lbkit.core.transport.Opening;
import io.lbkit.core.transport.ReadyHandler;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One check over the network: connects, says something, hears the answer, and leaves in an orderly way.
 *
 * <p>Leaving means to end our stream and to read on until the backend has ended its own: a close with bytes unread, or
 * before bytes arrive, would reset the connection, and a backend would log an error for every check.
 *
 * <p>Owned by one event loop, but for what {@link Inquiry} says.
 *
 * <pre>
 * CONNECTING --> TALKING --outcome--> LEAVING --end of stream, or a second later--> GONE
 *      `---------- refused, timed out -----------------------------------------------^
 * </pre>
 */
public final class Probe implements ReadyHandler, Inquiry {

    private enum Phase {
        CONNECTING,
        TALKING,
        LEAVING,
        GONE
    }

    /** How long a backend may take to end its stream, and how long it may go on sending after its answer. */
    private static final long LEAVE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int READS_PER_TURN = 16;

    private final EventLoop control;
    private final Prober prober;
    private final EventLoop loop;
    private final List<SocketAddress> addresses;
    private final Opening opening;
    private final byte[] request;
    private final Judge judge;
    private final long timeoutNanos;
    private final Report report;
    private final Timer timer = new Timer(this::onTimer);
    private Phase phase = Phase.CONNECTING;
    private @Nullable Endpoint endpoint;
    private @Nullable Patience patience;
    private int said;
    private boolean sayFailed;
    private boolean ended; // our stream
    private long leaveByNanos;

    /**
     * @param opening connects to the first of the addresses that answers
     * @param request never changed
     */
    Probe(
            EventLoop control,
            Prober prober,
            List<SocketAddress> addresses,
            Opening opening,
            byte[] request,
            Judge judge,
            long timeoutNanos,
            Report report) {
        this.control = control;
        this.prober = prober;
        this.loop = prober.loop();
        this.addresses = addresses;
        this.opening = opening;
        this.request = request;
        this.judge = judge;
        this.timeoutNanos = timeoutNanos;
        this.report = report;
    }

    @Override
    public void begin() {
        control.send(loop, this::open);
    }

    @Override
    public void abandon() {
        control.send(loop, this::leaveEarly);
    }

    private void open() {
        assert loop.isCurrent();
        if (!prober.add(this)) {
            phase = Phase.GONE;
            return;
        }
        try {
            patience = new Patience(timeoutNanos, loop.freshNanos());
            Outcome hindrance = connect();
            if (hindrance == null) {
                step();
            } else {
                conclude(hindrance);
            }
        } catch (Throwable defect) {
            onDefect(defect);
        }
    }

    /** Begins to; what keeps it from that, or null. */
    private @Nullable Outcome connect() {
        try {
            endpoint = opening.open(this);
            return null;
        } catch (IOException shortage) {
            return Outcome.spoilt("no connection can be opened");
        } catch (RuntimeException thrown) {
            prober.onHostFailed(thrown);
            return Outcome.spoilt("the host's TLS threw");
        }
    }

    private void leaveEarly() {
        assert loop.isCurrent();
        if (phase == Phase.CONNECTING) {
            close();
        } else if (phase == Phase.TALKING) {
            moveToLeaving();
            onReady(endpoint(), true, true);
        }
    }

    @Override
    public void onReady(Endpoint ready, boolean readable, boolean writable) {
        assert loop.isCurrent();
        if (phase != Phase.GONE) { // a handler before this one in the same poll may have closed it
            try {
                step();
            } catch (Throwable defect) {
                onDefect(defect);
            }
        }
    }

    private void onTimer() {
        try {
            if (phase == Phase.LEAVING) {
                hearOut(endpoint());
                close();
                return;
            }
            // Readiness comes first in a turn, but after a pause what the poll saw may be older than the timer: look
            // again.
            look();
            if (isOpen()) {
                loseTime();
            }
            settle();
        } catch (Throwable defect) {
            onDefect(defect);
        }
    }

    private void loseTime() {
        Patience patience = patience();
        patience.onLook(loop.nowNanos());
        if (patience.isLost()) {
            conclude(Outcome.spoilt(Outcome.PAUSED));
        } else if (patience.isOver() && endpoint instanceof Layer layer && layer.waitsForUs()) {
            conclude(Outcome.spoilt("this process is too busy"));
        } else if (patience.isOver()) {
            conclude(Outcome.failed((phase == Phase.CONNECTING ? "no connection" : "no answer") + " within "
                    + TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms"));
        }
    }

    private boolean isOpen() {
        return phase == Phase.CONNECTING || phase == Phase.TALKING;
    }

    private void step() {
        look();
        settle();
    }

    /** Does all that can be done for an outcome now. */
    private void look() {
        if (phase == Phase.CONNECTING) {
            onConnect(endpoint().finishConnect());
        }
        if (phase == Phase.TALKING) {
            say(endpoint());
            hear(endpoint());
        }
    }

    /** Leaves if there is an outcome, and asks to be told when there is more to do. */
    private void settle() {
        if (phase == Phase.LEAVING) {
            leave(endpoint());
        }
        if (phase == Phase.GONE) {
            return;
        }
        endpoint()
                .interest(
                        switch (phase) {
                            case CONNECTING -> Endpoint.WRITE;
                            case TALKING -> Endpoint.READ | (mustSay() ? Endpoint.WRITE : 0);
                            case LEAVING -> Endpoint.READ | (ended ? 0 : Endpoint.WRITE);
                            case GONE -> 0;
                        });
        loop.timers()
                .arm(timer, phase == Phase.LEAVING ? leaveByNanos : patience().nextLookNanos());
    }

    private void onConnect(int outcome) {
        if (outcome == Endpoint.DONE) {
            phase = Phase.TALKING;
            Outcome enough = judge.onConnected();
            if (enough != null) {
                conclude(enough);
            }
        } else if (outcome == Endpoint.FAILED) {
            String complaint = Layer.complaintOf(endpoint);
            conclude(
                    complaint.isEmpty()
                            ? Outcome.failed("refused")
                            : unlessLate(Outcome.failed("TLS failed: " + complaint)));
        } else if (outcome == Endpoint.FAILED_HERE) {
            conclude(Outcome.spoilt("no connection can be made from here"));
        }
    }

    private boolean mustSay() {
        return said < request.length && !sayFailed;
    }

    private void say(Endpoint endpoint) {
        while (mustSay()) {
            ByteBuffer piece = prober.buffer();
            piece.put(request, said, Math.min(piece.remaining(), request.length - said))
                    .flip();
            int n = endpoint.write(piece);
            if (n == Endpoint.NOTHING) {
                return;
            }
            sayFailed = n < 0; // but what it had said before it died may be the answer
            said += Math.max(0, n);
        }
    }

    private void hear(Endpoint endpoint) {
        for (int i = 0; i < READS_PER_TURN && phase == Phase.TALKING; i++) {
            ByteBuffer bytes = prober.buffer();
            int n = endpoint.read(bytes);
            if (n == Endpoint.NOTHING) {
                return;
            }
            Outcome outcome;
            if (n > 0) {
                outcome = judge.onBytes(bytes.flip());
            } else {
                outcome = unlessLate(n == Endpoint.ENDED ? judge.onEnd() : Outcome.failed("reset"));
            }
            if (outcome != null) {
                conclude(outcome);
            }
            if (n == Endpoint.FAILED || n == Endpoint.ENDED) {
                close();
            }
        }
    }

    /** An end decides nothing when this process had paused: the backend may have lost its patience meanwhile. */
    private Outcome unlessLate(Outcome outcome) {
        boolean late = outcome.verdict() == Outcome.Verdict.FAILED && patience().wasLate(loop.nowNanos());
        return late ? Outcome.spoilt(Outcome.PAUSED) : outcome;
    }

    private void leave(Endpoint endpoint) {
        hearOut(endpoint);
        if (phase == Phase.LEAVING && !ended) {
            int outcome = endpoint.shutdownOutput();
            ended = outcome == Endpoint.DONE;
            if (outcome == Endpoint.FAILED) {
                close();
            }
        }
    }

    /** Reads what is there, for nothing but to have it read. */
    private void hearOut(Endpoint endpoint) {
        for (int i = 0; i < READS_PER_TURN; i++) {
            int n = endpoint.read(prober.buffer());
            if (n == Endpoint.NOTHING) {
                return;
            }
            if (n < 0) {
                close();
                return;
            }
        }
    }

    private void conclude(Outcome outcome) {
        boolean connecting = phase == Phase.CONNECTING;
        moveToLeaving();
        tell(() -> report.onOutcome(outcome));
        if (connecting) {
            close();
        }
    }

    private void moveToLeaving() {
        phase = Phase.LEAVING;
        leaveByNanos = loop.nowNanos() + LEAVE_NANOS;
    }

    private void onDefect(Throwable defect) {
        prober.onDefect(defect, this);
        if (isOpen()) {
            tell(() -> report.onOutcome(Outcome.spoilt("a defect: " + defect)));
        }
        close();
    }

    /** Ends it now, in as orderly a way as that can be done. */
    void stop() {
        if (phase == Phase.TALKING || phase == Phase.LEAVING) {
            hearOut(endpoint());
        }
        close();
    }

    private void close() {
        if (phase == Phase.GONE) {
            return;
        }
        phase = Phase.GONE;
        loop.timers().cancel(timer);
        prober.remove(this);
        if (endpoint != null) {
            endpoint.close();
        }
        tell(report::onGone);
    }

    private void tell(Command what) {
        if (!prober.isStopped()) { // else nobody wants to know, and the control loop may have ended
            loop.send(control, what);
        }
    }

    /** Asserts what must hold between any two events. */
    void assertSound() {
        assert phase != Phase.GONE : "a probe that is gone is still listed: " + this;
        assert timer.isArmed() : "no deadline for " + this;
    }

    private Endpoint endpoint() {
        if (endpoint == null) {
            throw new AssertionError("no endpoint in phase " + phase);
        }
        return endpoint;
    }

    private Patience patience() {
        if (patience == null) {
            throw new AssertionError("no patience in phase " + phase);
        }
        return patience;
    }

    @Override
    public String toString() {
        return "probe of " + addresses + " " + phase;
    }
}
