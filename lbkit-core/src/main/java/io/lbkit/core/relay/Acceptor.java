package io.lbkit.core.relay;

import io.lbkit.Listener;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.observe.LoopCounters;
import io.lbkit.core.observe.LoopCounters.Count;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ListenSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts for all loops of a proxy and hands each connection to the loop that has the fewest.
 *
 * <p>A permit is taken before each accept. When none is left, or an accept fails for want of descriptors, the listeners
 * rest: connections wait in the backlog, and nothing spins.
 *
 * <p>Owned by the control loop.
 */
public final class Acceptor {

    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final long SHORTEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long COMPLAIN_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final String proxy;
    private final EventLoop loop;
    private final List<Relay> relays;
    private final Permits permits;
    private final LoopCounters counters;
    private final int acceptsPerTurn;
    private final List<ListenSocket> sockets = new ArrayList<>();
    private final Timer rest = new Timer(this::resume);
    private long restNanos = SHORTEST_REST_NANOS;
    private long complainAtNanos;
    private int turn;

    public Acceptor(
            String proxy,
            EventLoop loop,
            List<Relay> relays,
            Permits permits,
            LoopCounters counters,
            int acceptsPerTurn) {
        this.proxy = proxy;
        this.loop = loop;
        this.relays = relays;
        this.permits = permits;
        this.counters = counters;
        this.acceptsPerTurn = acceptsPerTurn;
        this.complainAtNanos = loop.nowNanos();
    }

    /** Binds, before the loop runs; connections wait until {@link #resume}. */
    public SocketAddress listen(Listener listener) throws IOException {
        int index = sockets.size();
        ListenSocket socket = loop.transport().listen(listener, () -> accept(sockets.get(index), acceptsPerTurn));
        sockets.add(socket);
        return socket.localAddress();
    }

    /** Accepts, from now on or again. */
    public void resume() {
        for (ListenSocket socket : sockets) {
            socket.interest(true);
        }
    }

    private void rest() {
        for (ListenSocket socket : sockets) {
            socket.interest(false);
        }
    }

    /** Accepts up to some number of connections; false if that had to end early. */
    private boolean accept(ListenSocket socket, int most) {
        for (int i = 0; i < most; i++) {
            if (!permits.tryTake()) {
                rest();
                return false;
            }
            Endpoint client = acceptOne(socket);
            if (client == null) {
                permits.giveBack();
                return false;
            }
            restNanos = SHORTEST_REST_NANOS;
            counters.add(Count.ACCEPTED, 1);
            handOver(client, socket.localAddress());
        }
        return true;
    }

    private @Nullable Endpoint acceptOne(ListenSocket socket) {
        try {
            return socket.accept();
        } catch (IOException e) {
            counters.add(Count.ACCEPT_FAILURES, 1);
            if (loop.nowNanos() - complainAtNanos >= 0) {
                complainAtNanos = loop.nowNanos() + COMPLAIN_EVERY_NANOS;
                LOG.warn("{}: accept failed, clients wait in the backlog: {}", proxy, e.toString());
            }
            rest();
            loop.timers().arm(rest, loop.nowNanos() + restNanos);
            restNanos = Math.min(2 * restNanos, LONGEST_REST_NANOS);
            return null;
        }
    }

    private void handOver(Endpoint client, SocketAddress listener) {
        Relay least = leastAssigned();
        least.assigned().incrementAndGet();
        if (least.loop() == loop) {
            least.open(client, listener);
        } else if (!least.loop().post(() -> least.open(client, listener))) {
            least.assigned().decrementAndGet(); // it is flooded: the connection stays here
            Relay own = relays.get(loop.index());
            own.assigned().incrementAndGet();
            own.open(client, listener);
        }
    }

    private Relay leastAssigned() {
        turn = turn + 1 == relays.size() ? 0 : turn + 1; // equals take turns
        Relay least = relays.get(turn);
        for (Relay relay : relays) {
            if (relay.assigned().get() < least.assigned().get()) {
                least = relay;
            }
        }
        return least;
    }

    /** Accepts what waits in the backlog, then closes the listeners: closing first would reset what waits. */
    public void stop() {
        loop.timers().cancel(rest);
        for (ListenSocket socket : sockets) {
            while (accept(socket, acceptsPerTurn)) {}
            socket.close();
        }
        loop.timers().cancel(rest);
        sockets.clear();
    }
}
