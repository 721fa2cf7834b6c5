package io.lbkit.core.sim;

import java.net.SocketAddress;
import java.util.ArrayDeque;

/** What the system holds for somebody who listens: connections that were not accepted yet. */
final class SimBacklog {

    /** What a caller gets. */
    enum Answer {
        ACCEPT,
        REFUSE,
        /** Nothing at all: the caller waits until it gives up. */
        DROP,
        /** The connection, and its reset right after that. */
        RESET
    }

    private final SocketAddress address;
    private final int most;
    private final ArrayDeque<SimSocket> waiting = new ArrayDeque<>();
    private Runnable onCaller = () -> {};
    private Answer answer = Answer.ACCEPT;
    private long delayNanos;

    SimBacklog(SocketAddress address, int most) {
        this.address = address;
        this.most = most;
    }

    SocketAddress address() {
        return address;
    }

    /** Whoever listens is told when somebody comes. */
    void watch(Runnable onCaller) {
        this.onCaller = onCaller;
    }

    void add(SimSocket caller) {
        waiting.add(caller);
        onCaller.run();
    }

    ArrayDeque<SimSocket> waiting() {
        return waiting;
    }

    boolean isFull() {
        return waiting.size() >= most;
    }

    /** How far away it is, one way, besides what the network takes anyway. */
    void delay(long nanos) {
        delayNanos = nanos;
    }

    long delayNanos() {
        return delayNanos;
    }

    Answer answer() {
        return answer;
    }

    void answer(Answer answer) {
        this.answer = answer;
    }
}
