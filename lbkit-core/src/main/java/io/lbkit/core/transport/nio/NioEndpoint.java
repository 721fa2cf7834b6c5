package io.lbkit.core.transport.nio;

import io.lbkit.SocketOptions;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A socket channel as an endpoint; turns exceptions into outcomes.
 *
 * <p>Habits of the JDK to know. Interest changes are queued and reconciled at the next poll, so that off and on again
 * within a turn costs no system call. And interest 0 takes the descriptor out of epoll: a reset is not seen while we have no
 * interest at all, which is the case only under back-pressure; a deadline of the session is the net below.
 * And a channel that is closed while it is registered costs two more system calls (SO_LINGER is read, the output shut) than
 * one whose key is gone; so the key is cancelled first, and the channel closed once the next poll has let go of it. The
 * descriptor is freed no later for that: the JDK frees that of a registered channel in the next poll, too.
 *
 * <p>Owned by one event loop.
 */
final class NioEndpoint implements Endpoint {

    private final SocketChannel channel;
    private final SocketAddress remote;
    private final SocketOptions options;
    private @Nullable NioTransport transport;
    private @Nullable ReadyHandler handler;
    private @Nullable SelectionKey key;
    private int operations;
    private int connectOutcome;
    private boolean flushing;
    private boolean written;
    private boolean undelayed;
    private boolean closed;

    NioEndpoint(SocketChannel channel, SocketAddress remote, SocketOptions options) throws IOException {
        this.channel = channel;
        this.remote = remote;
        this.options = options;
        this.connectOutcome = channel.isConnected() ? DONE : NOTHING;
        this.undelayed = !options.noDelay();
        try {
            channel.configureBlocking(false);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        setUnlessZero(StandardSocketOptions.SO_SNDBUF, options.sendBufferBytes());
    }

    /** Before the connect, or the window does not grow with it; 0 leaves it to the system. */
    void size(int receiveBufferBytes) {
        setUnlessZero(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
    }

    private boolean isUnix() {
        return remote instanceof UnixDomainSocketAddress;
    }

    @Override
    public void attach(Transport transport, ReadyHandler handler) {
        this.transport = (NioTransport) transport;
        this.handler = handler;
    }

    void connect(SocketAddress address) {
        try {
            // Over loopback, and always for unix-domain sockets, the connection is there when this returns.
            connectOutcome = channel.connect(address) ? DONE : NOTHING;
        } catch (IOException e) {
            connectOutcome = NioTransport.isOurs(e) ? FAILED_HERE : FAILED;
        }
    }

    /**
     * From an address of ours.
     *
     * @param address null fails, for a cause on this side
     */
    void connectFrom(InetSocketAddress local, @Nullable InetSocketAddress address) {
        if (address == null) {
            connectOutcome = FAILED_HERE;
            return;
        }
        if (local.getPort() != 0) {
            // Each backend may have the port once, and one that has just been left need not rest.
            set(StandardSocketOptions.SO_REUSEADDR, true);
        }
        try {
            channel.bind(local);
        } catch (IOException e) {
            connectOutcome = FAILED_HERE;
            return;
        }
        connect(address);
    }

    @Override
    public int finishConnect() {
        if (connectOutcome == NOTHING) {
            try {
                connectOutcome = channel.finishConnect() ? DONE : NOTHING;
                if (connectOutcome == DONE) {
                    operations = -1; // the key still asks for OP_CONNECT
                }
            } catch (IOException e) {
                connectOutcome = NioTransport.isOurs(e) ? FAILED_HERE : FAILED;
            }
        }
        return connectOutcome;
    }

    void onReady(SelectionKey key) {
        // A handler called before in the same poll may have closed this one; then readyOps() throws.
        if (handler != null && key.isValid()) {
            int ready = key.readyOps();
            handler.onReady(this, (ready & SelectionKey.OP_READ) != 0, (ready & ~SelectionKey.OP_READ) != 0);
        }
    }

    @Override
    public int read(ByteBuffer into) {
        try {
            return channel.read(into);
        } catch (IOException e) {
            return FAILED;
        }
    }

    @Override
    public int write(ByteBuffer from) {
        if (written && !undelayed) {
            undelay(); // the first segment is never held back, so that a short session does without
        }
        written = true;
        try {
            return channel.write(from);
        } catch (IOException e) {
            return FAILED;
        }
    }

    private void undelay() {
        undelayed = true;
        if (!isUnix()) {
            set(StandardSocketOptions.TCP_NODELAY, true);
        }
    }

    @Override
    public void keepAlive() {
        if (!isUnix() && transport != null && options.keepAlive()) {
            set(StandardSocketOptions.SO_KEEPALIVE, true);
            if (NioOptions.isAnyWanted(options)) {
                setKeepAlive(transport);
            }
        }
    }

    private void setKeepAlive(NioTransport transport) {
        try {
            transport.options().forKeepAlive(options, this::set);
        } catch (IOException e) {
            // No descriptor to look with what the system has: it was there when the options were checked.
        }
    }

    private void setUnlessZero(SocketOption<Integer> option, int value) {
        if (value > 0) {
            set(option, value);
        }
    }

    private <T> void set(SocketOption<T> option, T value) {
        try {
            channel.setOption(option, value);
        } catch (IOException e) {
            // Some systems refuse once the peer has reset; the next read will tell.
        }
    }

    @Override
    public int shutdownOutput() {
        try {
            channel.shutdownOutput();
            return DONE;
        } catch (IOException e) {
            return FAILED;
        }
    }

    @Override
    public boolean flushed() {
        if (flushing || isUnix()) {
            return true; // asked for the second time, by readiness; a unix-domain peer has what was written at once
        }
        flushing = true;
        try {
            // Linux calls a socket writable when two thirds of its send buffer are free or acknowledged. With the
            // smallest buffer there is (4.5 KiB), writable means that all but the last segment has been taken.
            channel.setOption(StandardSocketOptions.SO_SNDBUF, 1);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void interest(int wanted) {
        if (wanted == operations || transport == null || closed) {
            return;
        }
        operations = wanted;
        int write = connectOutcome == NOTHING ? SelectionKey.OP_CONNECT : SelectionKey.OP_WRITE;
        int ops = ((wanted & READ) != 0 ? SelectionKey.OP_READ : 0) | ((wanted & WRITE) != 0 ? write : 0);
        if (key != null) {
            key.interestOps(ops);
        } else if (ops != 0) {
            try {
                key = channel.register(transport.poller(), ops, this);
            } catch (IOException e) {
                throw new IllegalStateException("a channel closed behind our back", e);
            }
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            handler = null;
            if (key == null || transport == null) {
                closeChannel();
            } else {
                key.cancel();
                transport.closeAfterPoll(this);
            }
        }
    }

    void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            // The descriptor is gone either way.
        }
    }

    @Override
    public void reset() {
        if (!closed && !isUnix()) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                // Already reset by the peer, most likely; closing is all that is left.
            }
        }
        close();
    }

    @Override
    public SocketAddress localAddress() {
        try {
            return channel.getLocalAddress();
        } catch (IOException e) {
            return remote; // it is closed; nobody will know
        }
    }

    @Override
    public SocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public String toString() {
        return remote + (closed ? " (closed)" : "");
    }
}
