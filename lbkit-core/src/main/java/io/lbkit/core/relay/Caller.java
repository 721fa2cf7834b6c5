package io.lbkit.core.relay;

import io.lbkit.Backend;
import io.lbkit.ConnectionInfo;
import io.lbkit.core.loop.EventLoop;
import java.net.SocketAddress;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The session that a selector or an observer is being asked about. One object serves all calls of a loop.
 *
 * <p>Owned by one event loop.
 */
final class Caller implements ConnectionInfo {

    private final EventLoop loop;
    private @Nullable Session session;

    Caller(EventLoop loop) {
        this.loop = loop;
    }

    Caller of(Session session) {
        this.session = session;
        return this;
    }

    Session session() {
        if (session == null) {
            throw new IllegalStateException("used outside of the call it was passed to");
        }
        return session;
    }

    @Override
    public long sessionId() {
        return session().id();
    }

    @Override
    public SocketAddress clientAddress() {
        return session().origin().client();
    }

    @Override
    public SocketAddress peerAddress() {
        return session().origin().peer();
    }

    @Override
    public long clientIpHigh() {
        return session().origin().ipHigh();
    }

    @Override
    public long clientIpLow() {
        return session().origin().ipLow();
    }

    @Override
    public SocketAddress listenerAddress() {
        return session().listenerAddress();
    }

    @Override
    public @Nullable String serverName() {
        return session().serverName();
    }

    @Override
    public @Nullable String route() {
        return session().lane().route();
    }

    @Override
    public byte[] proxyTlv(int type) {
        return session().origin().tlv(type);
    }

    @Override
    public int attempt() {
        return session().attempt();
    }

    @Override
    public boolean tried(Backend backend) {
        return session().hasTried(backend);
    }

    @Override
    public long nowNanos() {
        return loop.nowNanos();
    }

    @Override
    public RandomGenerator random() {
        return loop.random();
    }
}
