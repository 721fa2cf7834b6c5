package io.lbkit.core.traffic;

import io.lbkit.Backend;
import io.lbkit.DrainReport;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.ProxyStats;
import io.lbkit.SourceAddress;
import io.lbkit.core.close.Network;
import io.lbkit.core.close.Wire;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * A running proxy and real sockets on 127.0.0.1, for stories. The test's own sockets do not block; all of them belong to its
 * thread.
 */
public final class SocketNetwork implements Network {

    private static final int WINDOW = 64 << 10;
    private static final long LOOK_AGAIN_MILLIS = 5;

    private final Lab lab = new Lab();
    private final Map<Backend, ServerSocketChannel> servers = new HashMap<>();
    private Selector poller;
    private Proxy proxy;
    private int windowBytes = WINDOW;
    private long movedBefore;

    private Lab lab() throws IOException {
        if (poller == null) {
            lab.begin();
            poller = lab.closing(Selector.open());
        }
        return lab;
    }

    @Override
    public Backend backend(String id, Manner manner) throws IOException {
        return switch (manner) {
            case ACCEPTS -> {
                ServerSocketChannel server = lab().closing(ServerSocketChannel.open());
                server.configureBlocking(false);
                server.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 100);
                Backend backend = Backend.of(server.getLocalAddress()).id(id);
                servers.put(backend, server);
                yield backend;
            }
            case REFUSES -> lab().refusing().id(id);
            case CANNOT_BE_TRIED -> {
                ServerSocket taken = lab().closing(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
                int port = taken.getLocalPort();
                yield Backend.of(taken.getLocalSocketAddress())
                        .id(id)
                        .source(SourceAddress.of("127.0.0.1").ports(port, port));
            }
            case IGNORES -> lab().closing(new Blackhole()).backend().id(id);
        };
    }

    @Override
    public void window(int bytes) throws IOException {
        windowBytes = bytes == 0 ? WINDOW : bytes;
        for (ServerSocketChannel server : servers.values()) {
            server.setOption(StandardSocketOptions.SO_RCVBUF, windowBytes); // handed down to what it accepts
        }
    }

    @Override
    public void start(Plan plan) throws IOException {
        proxy = lab().start(plan.builder(Listener.on("127.0.0.1", 0)));
    }

    @Override
    public Wire connect() throws IOException {
        SocketChannel channel = lab.closing(SocketChannel.open());
        channel.setOption(StandardSocketOptions.SO_RCVBUF, windowBytes);
        try {
            channel.connect(proxy.localAddress());
        } catch (ConnectException e) {
            return null;
        }
        return wire(channel);
    }

    @Override
    public Wire accept(Backend backend) throws IOException {
        SocketChannel channel = servers.get(backend).accept();
        return channel == null ? null : wire(lab.closing(channel));
    }

    private Wire wire(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, WINDOW);
        return new ChannelWire(channel, channel.register(poller, 0));
    }

    @Override
    public boolean step(long mostNanos) throws IOException {
        long millis = Math.min(LOOK_AGAIN_MILLIS, (mostNanos + 999_999) / 1_000_000);
        int ready = millis == 0 ? poller.selectNow() : poller.select(millis);
        poller.selectedKeys().clear();
        ProxyStats stats = proxy.stats();
        long closed = stats.closed().values().stream().mapToLong(n -> n).sum();
        long moved = stats.bytesToBackends() + stats.bytesToClients() + stats.accepted() + closed;
        boolean quiet = ready == 0 && moved == movedBefore;
        movedBefore = moved;
        return !quiet;
    }

    @Override
    public long quietNanos() {
        return 50_000_000;
    }

    @Override
    public long nowNanos() {
        return System.nanoTime();
    }

    @Override
    public long lateNanos() {
        return Long.MAX_VALUE;
    }

    @Override
    public Duration patience() {
        return Duration.ofSeconds(20);
    }

    @Override
    public ProxyStats stats() {
        return proxy.stats();
    }

    @Override
    public CompletionStage<DrainReport> stop(Duration within) {
        return proxy.stop(within);
    }

    @Override
    public CompletionStage<DrainReport> drain(String id, Duration deadline) {
        return deadline == null ? proxy.backends().drain(id) : proxy.backends().drain(id, deadline);
    }

    @Override
    public CompletionStage<?> add(Backend backend) {
        return proxy.backends().add(backend);
    }

    @Override
    public CompletionStage<?> weight(String id, int weight) {
        return proxy.backends().weight(id, weight);
    }

    @Override
    public CompletionStage<DrainReport> remove(String id, Duration deadline) {
        return deadline == null ? proxy.backends().remove(id) : proxy.backends().remove(id, deadline);
    }

    @Override
    public void drought(boolean accepting, boolean connecting) {
        throw new UnsupportedOperationException("this process needs its descriptors; see EmfileTest");
    }

    @Override
    public void end() throws Exception {
        lab.end();
    }

    /** A channel of the test. */
    private record ChannelWire(SocketChannel channel, SelectionKey key) implements Wire {

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
            try {
                return channel.write(from);
            } catch (IOException e) {
                return FAILED;
            }
        }

        @Override
        public void end() {
            acting(channel::shutdownOutput);
        }

        @Override
        public void reset() {
            acting(() -> {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                channel.close();
                key.selector().selectNow(); // only now does the JDK close the socket
            });
        }

        @Override
        public void close() {
            acting(() -> {
                channel.close();
                key.selector().selectNow();
            });
        }

        private interface Act {
            void act() throws IOException;
        }

        private static void acting(Act act) {
            try {
                act.act();
            } catch (IOException e) {
                // The other side was faster; what the story expects then is for it to say.
            }
        }

        @Override
        public void wants(boolean toRead, boolean toWrite) {
            if (key.isValid()) {
                key.interestOps((toRead ? SelectionKey.OP_READ : 0) | (toWrite ? SelectionKey.OP_WRITE : 0));
            }
        }
    }
}
