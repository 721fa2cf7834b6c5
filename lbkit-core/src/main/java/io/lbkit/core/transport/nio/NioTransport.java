package io.lbkit.core.transport.nio;

import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.SocketOptions;
import io.lbkit.SourceAddress;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ListenSocket;
import io.lbkit.core.transport.ReadyHandler;
import io.lbkit.core.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The network by the JDK's selectable channels. What the JDK calls a selector is called poller here.
 *
 * <p>Owned by one event loop; see {@link Transport} for the exceptions.
 */
public final class NioTransport implements Transport {

    private static final class Dispatch implements Consumer<SelectionKey> {

        @Override
        public void accept(SelectionKey key) {
            Object owner = key.attachment();
            if (owner instanceof NioEndpoint endpoint) {
                endpoint.onReady(key);
            } else if (owner instanceof NioListenSocket socket) {
                socket.onReady();
            }
        }
    }

    private final Selector poller;
    private final LocalPorts ports;
    private @Nullable NioOptions options; // when one is needed that not every system has
    private final ArrayDeque<NioEndpoint> closing = new ArrayDeque<>(); // their keys are cancelled
    // One object for all polls: with select(Consumer) a poll allocates nothing, with selectedKeys() an iterator each.
    private final Dispatch dispatch = new Dispatch();

    /** @param ports the same for all loops that connect to the same backends */
    public NioTransport(LocalPorts ports) throws IOException {
        this.ports = ports;
        poller = Selector.open();
    }

    Selector poller() {
        return poller;
    }

    /** On the loop. */
    NioOptions options() throws IOException {
        NioOptions known = options == null ? NioOptions.ofSystem() : options;
        options = known;
        return known;
    }

    @Override
    public void check(SocketOptions wanted) {
        if (NioOptions.isAnyWanted(wanted)) {
            try {
                NioOptions.ofSystem().check(wanted);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public ListenSocket listen(Listener listener, Runnable onReady) throws IOException {
        check(listener.socketOptions());
        return listener.isInherited()
                ? new NioListenSocket(poller, listener, System::inheritedChannel, onReady)
                : new NioListenSocket(poller, listener, onReady);
    }

    @Override
    public Endpoint connect(Backend backend, SocketAddress address, ReadyHandler handler) throws IOException {
        SourceAddress source = backend.source();
        if (source == null || !(address instanceof InetSocketAddress inet) || !isOfFamily(source, inet)) {
            NioEndpoint endpoint = open(backend, address, handler);
            endpoint.connect(address);
            return endpoint;
        }
        return connectFrom(source, backend, inet, handler);
    }

    private NioEndpoint open(Backend backend, SocketAddress address, ReadyHandler handler) throws IOException {
        SocketChannel channel = SocketChannel.open(familyOf(address));
        NioEndpoint endpoint = new NioEndpoint(channel, address, backend.socketOptions());
        endpoint.attach(this, handler);
        endpoint.size(backend.socketOptions().receiveBufferBytes());
        return endpoint;
    }

    /** Only what a host has its checks do may be of another one. */
    private static boolean isOfFamily(SourceAddress source, InetSocketAddress address) {
        return source.host() == null
                || source.host() instanceof Inet4Address == address.getAddress() instanceof Inet4Address;
    }

    private Endpoint connectFrom(SourceAddress source, Backend backend, InetSocketAddress address, ReadyHandler handler)
            throws IOException {
        int turn = source.hasPorts() ? ports.next() : 0;
        int tries = LocalPorts.tries(source);
        for (int i = 0; ; i++) {
            int port = LocalPorts.port(source, turn, i);
            NioEndpoint endpoint = open(backend, address, handler);
            // A socket that calls its own port is connected with itself, if nobody listens there.
            endpoint.connectFrom(
                    new InetSocketAddress(source.host(), port), port == address.getPort() ? null : address);
            if (endpoint.finishConnect() != Endpoint.FAILED_HERE || i == tries - 1) {
                return endpoint;
            }
            endpoint.close();
        }
    }

    /** IPv4 sockets for IPv4 addresses: those of the dual-stack family cost more system calls. */
    static ProtocolFamily familyOf(SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress) {
            return StandardProtocolFamily.UNIX;
        }
        return address instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet4Address
                ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6;
    }

    /** Whether an exception of connect tells of a shortage on this side. */
    static boolean isOurs(IOException e) {
        return e instanceof BindException;
    }

    @Override
    public void poll(long timeoutNanos) throws IOException {
        // The JDK takes whole milliseconds; rounding down would spin through the last one, so round up.
        long millis = timeoutNanos / 1_000_000 + (timeoutNanos % 1_000_000 == 0 ? 0 : 1);
        int ripe = closing.size(); // those that handlers close from here on have to wait for the poll after this
        if (millis == 0 || ripe > 0) {
            poller.selectNow(dispatch);
            closeRipe(ripe);
        } else {
            poller.select(dispatch, millis);
            // An interrupt is no way to stop us, and left pending it would make each poll return at once.
            Thread.interrupted();
        }
    }

    void closeAfterPoll(NioEndpoint endpoint) {
        closing.add(endpoint);
    }

    private void closeRipe(int ripe) {
        for (int i = 0; i < ripe; i++) {
            closing.remove().closeChannel();
        }
    }

    @Override
    public void wakeup() {
        poller.wakeup();
    }

    @Override
    public void close() {
        try {
            for (SelectionKey key : poller.keys()) {
                if (key.attachment() instanceof NioEndpoint endpoint) {
                    endpoint.reset();
                } else if (key.attachment() instanceof NioListenSocket socket) {
                    socket.close();
                }
            }
            poller.selectNow(dispatch); // descriptors of closed channels are freed by the poll that follows
            closeRipe(closing.size());
            poller.close();
        } catch (IOException e) {
            // Nothing is left that could be done about it.
        }
    }
}
