package io.lbkit.core.sim;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * The network between clients, proxy and backends: what is on its way, and when it arrives. Everything that happens comes
 * from one seed.
 */
final class SimNetwork {

    /** How long a SYN waits to be sent again when a backlog is full; twice as long each time. */
    private static final long SYN_AGAIN_NANOS = 1_000_000_000;

    /** How often Linux sends a SYN again before it gives up. */
    private static final int MOST_SYNS_AGAIN = 6;

    private static final int FIRST_PORT = 20000;
    private static final int LAST_PORT = 65535;

    /** How a network carries bytes; one for all links, so that a seed has a character. */
    record Style(int leastBuffer, int mostBuffer, long mostDelayNanos, boolean losesInFlight) {
        static final Style PLAIN = new Style(1 << 16, 1 << 16, 0, false);
    }

    private record Event(long at, long order, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    final SimClock clock;
    final SplittableRandom random;
    private Style style;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<SocketAddress, SimBacklog> backlogs = new HashMap<>();
    private long order;
    private int ports = FIRST_PORT;
    private long moved;
    private int restBytes;

    SimNetwork(SimClock clock, SplittableRandom random, Style style) {
        this.clock = clock;
        this.random = random;
        this.style = style;
    }

    long now() {
        return clock.elapsedNanos();
    }

    Style style() {
        return style;
    }

    /** For what is connected from now on. */
    void style(Style style) {
        this.style = style;
    }

    /** How few bytes may be left when a socket says that all were taken. */
    void rest(int bytes) {
        restBytes = bytes;
    }

    int restBytes() {
        return restBytes;
    }

    /** Counts all that happens in the network; when it stands still, nothing happens. */
    long moved() {
        return moved;
    }

    void onMove() {
        moved++;
    }

    void at(long time, Runnable what) {
        events.add(new Event(time, order++, what));
    }

    /** When the next thing arrives; the largest number if nothing is on its way. */
    long nextArrival() {
        Event next = events.peek();
        return next == null ? Long.MAX_VALUE : next.at;
    }

    /** Moves the clock and delivers what arrives until then, each thing at its time. */
    void moveClock(long to) {
        while (nextArrival() <= to) {
            Event event = events.remove();
            clock.moveTo(Math.max(event.at, now()));
            moved++;
            event.what.run();
        }
        clock.moveTo(to);
    }

    long someDelay() {
        return style.mostDelayNanos == 0 ? 0 : random.nextLong(style.mostDelayNanos + 1);
    }

    int someBuffer() {
        // Half of them near the lower bound, where the edges are.
        int most = random.nextBoolean() ? style.mostBuffer : Math.min(style.mostBuffer, 4 * style.leastBuffer);
        return random.nextInt(style.leastBuffer, most + 1);
    }

    boolean chance(double p) {
        return p > 0 && random.nextDouble() < p;
    }

    // ---- listening and connecting

    /** Those of long ago are used again. */
    private int nextPort() {
        ports = ports == LAST_PORT ? FIRST_PORT : ports + 1;
        return ports;
    }

    SimBacklog listen(SocketAddress wanted, int most) {
        SocketAddress address = wanted;
        if (wanted instanceof InetSocketAddress inet && inet.getPort() == 0) {
            address = new InetSocketAddress(inet.getAddress(), nextPort());
        }
        SimBacklog backlog = new SimBacklog(address, most);
        if (backlogs.putIfAbsent(address, backlog) != null) {
            throw new IllegalStateException("address in use: " + address);
        }
        return backlog;
    }

    /** Nobody listens there any more; what waits is reset. */
    void unlisten(SimBacklog backlog) {
        backlogs.remove(backlog.address(), backlog);
        List<SimSocket> waiting = new ArrayList<>(backlog.waiting());
        backlog.waiting().clear();
        waiting.forEach(SimSocket::reset);
        moved++;
    }

    /** A socket that is connecting, or connected at once if the link has no delay. */
    SimSocket connect(String host, SocketAddress to) {
        SimSocket socket = new SimSocket(this, new InetSocketAddress(host, nextPort()), to, someBuffer());
        onSyn(socket);
        return socket;
    }

    private void onSyn(SimSocket from) {
        long delay = someDelay();
        if (delay == 0 && !chance(0.5)) {
            onSynArrived(from, 0);
        } else {
            at(now() + delay, () -> onSynArrived(from, 0));
        }
    }

    private void onSynArrived(SimSocket from, int again) {
        if (from.isClosed()) {
            return;
        }
        SimBacklog backlog = backlogs.get(from.remote());
        SimBacklog.Answer answer = backlog == null ? SimBacklog.Answer.REFUSE : backlog.answer();
        switch (answer) {
            case REFUSE -> answer(0, from::onRefused);
            case DROP -> {}
            case RESET -> {
                SimSocket reset = accept(from, backlog);
                answer(2 * backlog.delayNanos(), () -> {
                    from.onConnected();
                    reset.reset();
                });
            }
            case ACCEPT -> {
                if (backlog.isFull() && again == MOST_SYNS_AGAIN) {
                    from.onRefused();
                } else if (backlog.isFull()) {
                    at(now() + (SYN_AGAIN_NANOS << again), () -> onSynArrived(from, again + 1));
                } else {
                    backlog.add(accept(from, backlog));
                    answer(2 * backlog.delayNanos(), from::onConnected);
                }
            }
        }
    }

    private SimSocket accept(SimSocket from, SimBacklog backlog) {
        SimSocket accepted = new SimSocket(this, from.remote(), from.local(), someBuffer());
        SimSocket.join(from, accepted, someDelay() + backlog.delayNanos());
        return accepted;
    }

    private void answer(long distance, Runnable what) {
        long delay = someDelay() + distance;
        if (delay == 0) {
            what.run();
        } else {
            at(now() + delay, what);
        }
    }
}
