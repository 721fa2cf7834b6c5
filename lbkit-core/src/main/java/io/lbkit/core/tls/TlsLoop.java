package io.lbkit.core.tls;

import io.lbkit.core.loop.Command;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
import io.lbkit.core.observe.LoopCounters;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What the TLS endpoints of one event loop share: its buffers, and where handshakes are counted and computed.
 *
 * <p>Owned by one event loop, but for {@link #comeBack}.
 */
public final class TlsLoop implements TimerOwner {

    private static final long TRIM_EVERY_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final EventLoop loop;
    private final Handshakes handshakes;
    private final Errands errands;
    private final RecordBuffers buffers;
    private final Timer trim = new Timer(this);

    /**
     * @param handshakes those of the proxy, shared by its loops
     * @param errands where handshakes are computed; better not those where the host's health checks may block
     * @param counters those of the loop
     */
    public TlsLoop(EventLoop loop, Handshakes handshakes, Errands errands, LoopCounters counters) {
        this.buffers = new RecordBuffers(counters);
        this.loop = loop;
        this.handshakes = handshakes;
        this.errands = errands;
    }

    EventLoop loop() {
        return loop;
    }

    Handshakes handshakes() {
        return handshakes;
    }

    Errands errands() {
        return errands;
    }

    /** The buffers, of which none may be out when no endpoint has bytes. */
    public RecordBuffers buffers() {
        if (!trim.isArmed()) {
            loop.timers().arm(trim, loop.nowNanos() + TRIM_EVERY_NANOS);
        }
        return buffers;
    }

    /** Buffers may have lain idle for a while. */
    @Override
    public void onDue(Timer timer) {
        buffers.trim();
        if (buffers.holdsAny()) {
            loop.timers().arm(trim, loop.nowNanos() + TRIM_EVERY_NANOS);
        }
    }

    /** From a thread for errands: has the loop do something, when its inbox has room. */
    void comeBack(Command command) {
        while (!loop.post(command) && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(100_000); // the loop is behind, and takes commands every turn
        }
    }
}
