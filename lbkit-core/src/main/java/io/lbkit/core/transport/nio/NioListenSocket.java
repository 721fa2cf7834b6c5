package io.lbkit.core.transport.nio;

import io.lbkit.Listener;
import io.lbkit.SocketOptions;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ListenSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket.
 *
 * <p>Owned by one event loop.
 */
final class NioListenSocket implements ListenSocket {

    private final ServerSocketChannel channel;
    private final SocketAddress local;
    private final SelectionKey key;
    private final SocketOptions options;
    private final Runnable onReady;
    private @Nullable Path file;

    /** What this process was started with; null if it is nothing of the network. */
    interface Heritage {
        @Nullable
        Channel channel() throws IOException;
    }

    /** What this process was started with. */
    NioListenSocket(Selector poller, Listener listener, Heritage heritage, Runnable onReady) throws IOException {
        this(poller, listener, of(heritage), onReady);
    }

    /** A new socket. */
    NioListenSocket(Selector poller, Listener listener, Runnable onReady) throws IOException {
        this(poller, listener, ServerSocketChannel.open(NioTransport.familyOf(listener.address())), onReady);
    }

    private NioListenSocket(Selector poller, Listener listener, ServerSocketChannel channel, Runnable onReady)
            throws IOException {
        this.channel = channel;
        this.onReady = onReady;
        this.options = listener.socketOptions();
        boolean inherited = listener.isInherited();
        boolean done = false;
        try {
            channel.configureBlocking(false);
            if (!inherited && !(listener.address() instanceof UnixDomainSocketAddress)) {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true); // sessions in TIME_WAIT must not block us
            }
            if (options.receiveBufferBytes() > 0) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, options.receiveBufferBytes());
            }
            if (!inherited) {
                channel.bind(listener.address(), listener.backlog());
            }
            local = channel.getLocalAddress();
            file = !inherited && local instanceof UnixDomainSocketAddress unix ? unix.getPath() : null;
            key = channel.register(poller, 0, this);
            done = true;
        } finally {
            if (!done) {
                channel.close();
            }
        }
    }

    private static ServerSocketChannel of(Heritage heritage) throws IOException {
        Channel channel = heritage.channel();
        if (channel == null) {
            throw new IOException("this process was started with no socket as its standard input");
        }
        if (!(channel instanceof ServerSocketChannel server)) {
            throw new IOException("what this process was started with is no listening socket: " + channel);
        }
        if (!server.isOpen() || server.isRegistered()) {
            throw new IOException("it serves another proxy, or has served one that is closed");
        }
        return server;
    }

    void onReady() {
        onReady.run();
    }

    @Override
    public @Nullable Endpoint accept() throws IOException {
        SocketChannel accepted = channel.accept();
        return accepted == null ? null : new NioEndpoint(accepted, accepted.getRemoteAddress(), options);
    }

    @Override
    public void interest(boolean on) {
        if (key.isValid()) {
            key.interestOps(on ? SelectionKey.OP_ACCEPT : 0);
        }
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }

    @Override
    public void close() {
        try {
            channel.close();
            Path created = file;
            file = null;
            if (created != null) {
                Files.deleteIfExists(created);
            }
        } catch (IOException e) {
            // The socket is closed; a file that cannot be deleted stays.
        }
    }
}
