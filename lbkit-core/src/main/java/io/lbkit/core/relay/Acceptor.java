package io.lbkit.core.relay;

import io.lbkit.Admission;
import io.lbkit.Admission.Limit;
import io.lbkit.Admission.OverRate;
import io.lbkit.CloseReason;
import io.lbkit.Listener;
import io.lbkit.core.admission.Rate;
import io.lbkit.core.admission.TokenBucket;
import io.lbkit.core.loop.Command;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerOwner;
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
public final class Acceptor implements TimerOwner {

    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final long SHORTEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long COMPLAIN_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** One that listens, and what it asks of those who come in. */
    private final class Door implements Runnable {
        private final ListenSocket socket;
        private final Entrance entrance;

        Door(Listener listener, int index) throws IOException {
            socket = loop.transport().listen(listener, this);
            entrance = new Entrance(socket.localAddress(), listener.proxyFrom(), index, listener.tls() != null);
        }

        /** Somebody knocks. */
        @Override
        public void run() {
            accept(this);
        }
    }

    /** A connection on its way to another loop. */
    private record Arrival(Relay relay, Endpoint client, Entrance entrance, boolean tooFast) implements Command {

        @Override
        public void run() {
            relay.open(client, entrance, tooFast);
        }
    }

    private final String proxy;
    private final EventLoop loop;
    private final List<Relay> relays;
    private final Permits permits;
    private final LoopCounters counters;
    private final int acceptsPerTurn;
    private final @Nullable TokenBucket rate;
    private final boolean waits; // those that come too fast, in the backlog
    private final boolean dryRun; // of the rate
    private boolean stopping;
    private final List<Door> doors = new ArrayList<>();
    private final Timer rest = new Timer(this);
    private long restNanos = SHORTEST_REST_NANOS;
    private long complainAtNanos;
    private int turn;
    private int largestBacklog;
    private int turnsLeft; // to accept what waits, once it stops

    public Acceptor(
            String proxy,
            EventLoop loop,
            List<Relay> relays,
            Permits permits,
            LoopCounters counters,
            int acceptsPerTurn,
            Admission admission) {
        this.proxy = proxy;
        this.loop = loop;
        this.relays = relays;
        this.permits = permits;
        this.counters = counters;
        this.acceptsPerTurn = acceptsPerTurn;
        int perSecond = admission.connectionsPerSecond();
        this.rate = perSecond == 0
                ? null
                : new TokenBucket(new Rate(perSecond, admission.connectionsBurst()), loop.nowNanos());
        this.dryRun = admission.dryRun().contains(Limit.CONNECTIONS_PER_SECOND);
        this.waits = admission.overRate() == OverRate.WAIT && !dryRun;
        this.complainAtNanos = loop.nowNanos();
    }

    /** Binds, before the loop runs; connections wait until {@link #resume}. */
    public SocketAddress listen(Listener listener) throws IOException {
        Door door = new Door(listener, doors.size());
        doors.add(door);
        largestBacklog = Math.max(largestBacklog, listener.backlog());
        return door.entrance.address();
    }

    /** The rest is over. */
    @Override
    public void onDue(Timer timer) {
        resume();
    }

    /** Accepts, from now on or again; once it stops, what it accepts is not for readiness to say. */
    public void resume() {
        if (!stopping) {
            for (Door door : doors) {
                door.socket.interest(true);
            }
        }
    }

    private void rest() {
        for (Door door : doors) {
            door.socket.interest(false);
        }
    }

    /** Accepts as many connections as a turn may; false if that had to end early. */
    private boolean accept(Door door) {
        for (int i = 0; i < acceptsPerTurn; i++) {
            if (isClosed() || mustWait() || !permits.tryTake()) { // closed by what the last one has led to
                rest();
                return false;
            }
            Endpoint client = acceptOne(door.socket);
            if (client == null) {
                permits.giveBack();
                return false;
            }
            restNanos = SHORTEST_REST_NANOS;
            counters.add(Count.ACCEPTED, 1);
            boolean tooFast = rate != null && !rate.tryTake(loop.nowNanos()) && !stopping;
            if (tooFast && dryRun) {
                counters.addDryRun(CloseReason.TOO_FAST);
            }
            handOver(client, door.entrance, tooFast && !dryRun);
        }
        return true;
    }

    /** Whether the next one has to wait in the backlog, because of how fast they come. */
    private boolean mustWait() {
        long left = rate == null || !waits || stopping ? 0 : rate.nanosUntilNext(loop.nowNanos());
        if (left > 0) {
            loop.timers().arm(rest, loop.nowNanos() + left);
        }
        return left > 0;
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

    private void handOver(Endpoint client, Entrance entrance, boolean tooFast) {
        Relay least = leastAssigned();
        least.assigned().incrementAndGet();
        if (least.loop() == loop) {
            least.open(client, entrance, tooFast);
        } else if (!least.loop().post(new Arrival(least, client, entrance, tooFast))) {
            least.assigned().decrementAndGet(); // it is flooded: the connection stays here
            Relay own = relays.get(loop.index());
            own.assigned().incrementAndGet();
            own.open(client, entrance, tooFast);
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

    /**
     * Accepts what waits, some of it each turn, then closes the listeners: closing first would reset what waits. No more
     * is accepted than a backlog holds, so that callers who keep coming keep nothing open; who waits then, or for whom
     * there is no permit or no descriptor, is reset.
     *
     * @param whenClosed called when all listeners are closed, perhaps at once
     */
    public void stop(Runnable whenClosed) {
        stopping = true;
        rest();
        turnsLeft = largestBacklog / acceptsPerTurn + 1; // systems hold one more than they are asked to
        empty(whenClosed);
    }

    private void empty(Runnable whenClosed) {
        boolean more = false;
        for (int i = 0; i < doors.size(); i++) {
            more |= accept(doors.get(i));
        }
        if (more && --turnsLeft > 0) {
            loop.defer(() -> empty(whenClosed));
        } else {
            close();
            whenClosed.run();
        }
    }

    /** Closes the listeners; who still waits is reset. */
    public void close() {
        doors.forEach(door -> door.socket.close());
        doors.clear();
        loop.timers().cancel(rest);
    }

    public boolean isClosed() {
        return doors.isEmpty();
    }
}
