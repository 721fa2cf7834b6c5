package io.lbkit.core.traffic;

import io.lbkit.Backend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** An address that answers no SYN: a listening socket that nobody accepts from, with its backlog full. */
final class Blackhole implements AutoCloseable {

    private final ServerSocket listener;
    private final List<SocketChannel> inQueue = new ArrayList<>();

    Blackhole() throws IOException {
        listener = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        for (int i = 0; i < 8; i++) {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.connect(address());
            inQueue.add(channel);
        }
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    Backend backend() {
        return Backend.of(address()).id("blackhole");
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : inQueue) {
            channel.close();
        }
        listener.close();
    }
}
