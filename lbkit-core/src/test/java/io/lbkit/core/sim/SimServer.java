package io.lbkit.core.sim;

import io.lbkit.core.sim.SimBacklog.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** A backend's process: accepts, and runs a script for each connection. */
final class SimServer {

    private final SimNetwork network;
    private final SimBacklog backlog;
    private final Supplier<Script> scripts;
    private final IntFunction<Pair> pairAt;
    private final BiFunction<SimSocket, Announcement, Wire> wires;
    private final List<SimPeer> peers = new ArrayList<>();
    private final List<CheckPeer> checks = new ArrayList<>();
    private boolean misbehaved;

    /**
     * @param pairAt whose bytes must come in on a port of the proxy
     * @param wires what it speaks through; given what must come first, null if nothing
     */
    SimServer(
            SimNetwork network,
            SimBacklog backlog,
            Supplier<Script> scripts,
            IntFunction<Pair> pairAt,
            BiFunction<SimSocket, Announcement, Wire> wires) {
        this.network = network;
        this.backlog = backlog;
        this.scripts = scripts;
        this.pairAt = pairAt;
        this.wires = wires;
    }

    boolean hasWork() {
        return !backlog.waiting().isEmpty();
    }

    SimPeer accept() {
        SimSocket socket = backlog.waiting().remove();
        int port = Pattern.port(socket.remote());
        Pair pair = pairAt.apply(port);
        Announcement header = pair.announcement();
        SimPeer peer = new SimPeer(
                network,
                socket,
                wires.apply(socket, header),
                scripts.get(),
                Opening.NONE,
                Stream.of(port),
                pair::stream,
                header);
        peers.add(peer);
        return peer;
    }

    /** The connection that is accepted next. */
    SimSocket next() {
        return backlog.waiting().element();
    }

    CheckPeer acceptCheck(CheckPeer.Manner manner) {
        CheckPeer check = new CheckPeer(network, backlog.waiting().remove(), manner);
        checks.add(check);
        return check;
    }

    void answer(Answer answer) {
        backlog.answer(answer);
        misbehaved |= answer != Answer.ACCEPT;
    }

    /** The process dies and is started again at once. */
    void kill() {
        misbehaved = true;
        peers.forEach(SimPeer::kill);
        checks.forEach(CheckPeer::kill);
        while (hasWork()) {
            backlog.waiting().remove().reset();
        }
    }

    /** Whether connecting to it may ever have failed through its own doing. */
    boolean misbehaved() {
        return misbehaved || peers.stream().anyMatch(peer -> !peer.script().isGood());
    }

    SimBacklog backlog() {
        return backlog;
    }
}
