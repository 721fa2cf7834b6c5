package io.lbkit.core.dial;

import io.lbkit.Backend;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a server that has several addresses, after RFC 8305, section 5: the first address is tried, the next one as
 * well when that has taken too long, or at once when it has failed, and so on. The first to be connected is the connection;
 * the others are closed. To its owner it is one endpoint, whose connect succeeds or fails once.
 *
 * <p>Owned by one event loop.
 */
final class Race implements Endpoint, ReadyHandler {

    private final EventLoop loop;
    private final Backend backend;
    private final List<? extends SocketAddress> addresses;
    private final long delayNanos;
    private final ReadyHandler owner;
    private final Timer timer = new Timer(this::onDelayOver);
    private final List<Endpoint> runners = new ArrayList<>(2); // those still connecting
    private @Nullable Endpoint winner;
    private int begun; // of the addresses
    private boolean failedThere; // one of them at least
    private int outcome = NOTHING;

    Race(
            EventLoop loop,
            Backend backend,
            List<? extends SocketAddress> addresses,
            long delayNanos,
            ReadyHandler owner) {
        this.loop = loop;
        this.backend = backend;
        this.addresses = addresses;
        this.delayNanos = delayNanos;
        this.owner = owner;
    }

    /** @throws IOException if this process cannot open a connection at all */
    void begin() throws IOException {
        tryNext();
    }

    private void tryNext() throws IOException {
        SocketAddress next = addresses.get(begun++);
        Endpoint runner = loop.transport().connect(backend, next, this);
        runners.add(runner);
        if (begun < addresses.size()) {
            loop.timers().arm(timer, loop.freshNanos() + delayNanos);
        }
    }

    /** Begins with the next address there is; those for which this process cannot open a connection have failed. */
    private void goOn() {
        loop.timers().cancel(timer);
        for (int before = runners.size(); begun < addresses.size() && runners.size() == before; ) {
            try {
                tryNext();
            } catch (IOException shortage) {
                // What is under way may do; without, the outcome is a failure on this side.
            }
        }
    }

    @Override
    public int finishConnect() {
        for (int i = 0; i < runners.size() && outcome == NOTHING; ) {
            Endpoint runner = runners.get(i);
            int result = runner.finishConnect();
            if (result == DONE) {
                win(runner);
            } else if (result == NOTHING) {
                runner.interest(WRITE);
                i++;
            } else {
                failedThere |= result == FAILED;
                runners.remove(i);
                runner.reset();
                goOn();
            }
        }
        if (runners.isEmpty() && outcome == NOTHING) {
            outcome = failedThere ? FAILED : FAILED_HERE;
        }
        return outcome;
    }

    private void win(Endpoint runner) {
        winner = runner;
        outcome = DONE;
        runners.remove(runner);
        stop();
    }

    /** In order: one that has been accepted meanwhile should not look like an error to the server. */
    private void stop() {
        loop.timers().cancel(timer);
        runners.forEach(Endpoint::close);
        runners.clear();
    }

    private void onDelayOver() {
        if (outcome == NOTHING) {
            goOn();
            tellOutcome();
        }
    }

    @Override
    public void onReady(Endpoint endpoint, boolean readable, boolean writable) {
        if (endpoint == winner) {
            owner.onReady(this, readable, writable);
        } else if (outcome == NOTHING) {
            tellOutcome();
        }
    }

    private void tellOutcome() {
        if (finishConnect() != NOTHING) {
            owner.onReady(this, false, true);
        }
    }

    // ---- the winner's affair

    private Endpoint winner() {
        if (winner == null) {
            throw new AssertionError("not connected yet");
        }
        return winner;
    }

    @Override
    public void attach(Transport transport, ReadyHandler handler) {
        throw new AssertionError("was not accepted");
    }

    @Override
    public int read(ByteBuffer into) {
        return winner().read(into);
    }

    @Override
    public int write(ByteBuffer from) {
        return winner().write(from);
    }

    @Override
    public int shutdownOutput() {
        return winner().shutdownOutput();
    }

    @Override
    public boolean flushed() {
        return winner().flushed();
    }

    /** Until it is connected, the outcome is all that there is to be told of. */
    @Override
    public void interest(int operations) {
        if (winner != null) {
            winner.interest(operations);
        }
    }

    @Override
    public void keepAlive() {
        winner().keepAlive();
    }

    @Override
    public void close() {
        stop();
        outcome = outcome == NOTHING ? FAILED_HERE : outcome;
        if (winner != null) {
            winner.close();
        }
    }

    @Override
    public void reset() {
        if (winner != null) {
            winner.reset();
        }
        close();
    }

    @Override
    public SocketAddress localAddress() {
        return winner().localAddress();
    }

    @Override
    public SocketAddress remoteAddress() {
        return winner == null ? addresses.get(0) : winner.remoteAddress();
    }

    @Override
    public String toString() {
        return winner == null ? "race for " + addresses : winner.toString();
    }
}
