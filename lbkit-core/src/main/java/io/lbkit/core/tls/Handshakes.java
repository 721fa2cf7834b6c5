package io.lbkit.core.tls;

import io.lbkit.core.loop.Command;
import io.lbkit.core.loop.EventLoop;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many handshakes a proxy is at, at once; the others wait in the order in which they came. A handshake counts from when
 * its peer's hello has come and there is something to compute, so that peers who say nothing, or half a hello, take no
 * place.
 *
 * <p>Shared; every loop, by compare-and-set and by a queue that many may use.
 */
public final class Handshakes {

    /** A place that is waited for. */
    static final class Waiting {
        private final EventLoop loop;
        private volatile @Nullable Command granted; // written by the loop that waits, read by whichever grants

        private Waiting(EventLoop loop, Command granted) {
            this.loop = loop;
            this.granted = granted;
        }

        /** Nobody wants it any more; but it may have been granted already. What wanted it is not kept for its sake. */
        void forget() {
            granted = null;
        }
    }

    private final int most;
    private final AtomicInteger used = new AtomicInteger();
    private final ConcurrentLinkedQueue<Waiting> queue = new ConcurrentLinkedQueue<>();

    /** @param most at once, at least 1 */
    public Handshakes(int most) {
        assert most > 0;
        this.most = most;
    }

    /** How many places are taken. */
    public int used() {
        return used.get();
    }

    /** How many wait for a place. Costs a look at each. */
    public int waiting() {
        return (int) queue.stream().filter(each -> each.granted != null).count();
    }

    /**
     * Takes a place, or waits for one. Called on the loop given.
     *
     * @param granted run on this loop when a place has been taken for it; it has to be given back even if nobody wants it
     *     any more
     * @return null if a place was taken at once; then {@code granted} is not run
     */
    @Nullable
    Waiting enter(EventLoop loop, Command granted) {
        if (queue.isEmpty() && take()) {
            return null;
        }
        Waiting waiting = new Waiting(loop, granted);
        queue.add(waiting);
        grant(loop); // a place may have come back between the two
        return waiting;
    }

    /** Gives a place back. Called on the loop given. */
    void leave(EventLoop loop) {
        int left = used.decrementAndGet();
        assert left >= 0 : "more places given back than taken";
        grant(loop);
    }

    private boolean take() {
        int now;
        do {
            now = used.get();
            if (now >= most) {
                return false;
            }
        } while (!used.compareAndSet(now, now + 1));
        return true;
    }

    private void grant(EventLoop loop) {
        while (!queue.isEmpty() && take()) {
            Waiting first = queue.poll();
            Command granted = first == null ? null : first.granted;
            if (first == null || granted == null) {
                used.decrementAndGet(); // another loop was quicker, which may have found no place; or it has left:
                // look again
            } else {
                loop.sendLater(first.loop, granted);
            }
        }
    }
}
