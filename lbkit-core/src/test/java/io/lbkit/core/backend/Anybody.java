package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.ConnectionInfo;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.random.RandomGenerator;

/** Somebody whose choice depends on chance alone. */
record Anybody(RandomGenerator random) implements ConnectionInfo {

    private static final InetSocketAddress HOME = new InetSocketAddress("192.0.2.1", 1);

    @Override
    public long sessionId() {
        return 1;
    }

    @Override
    public SocketAddress clientAddress() {
        return HOME;
    }

    @Override
    public long clientIpHigh() {
        return 0;
    }

    @Override
    public long clientIpLow() {
        return 0xffff_c000_0201L;
    }

    @Override
    public SocketAddress peerAddress() {
        return HOME;
    }

    @Override
    public SocketAddress listenerAddress() {
        return new InetSocketAddress("192.0.2.2", 1);
    }

    @Override
    public long nowNanos() {
        return 0;
    }

    @Override
    public int attempt() {
        return 1;
    }

    @Override
    public boolean tried(Backend backend) {
        return false;
    }
}
