package io.lbkit.jmh;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The relay that anybody would write first: two threads for a connection, each copying one way. Virtual threads where the
 * JDK has them, or platform threads. No limits, no timeouts, no balancing: the honest baseline for cost. It reads as much at
 * once as lbkit does, into direct buffers that are used again.
 */
final class ThreadRelay implements AutoCloseable {

    private static final int COPY_BYTES = 256 << 10;

    private final ServerSocketChannel listener;
    private final InetSocketAddress backendAddress;
    private final ExecutorService threads;
    private final ConcurrentLinkedQueue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

    private ThreadRelay(int backendPort, ExecutorService threads) throws IOException {
        this.backendAddress = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), backendPort);
        this.threads = threads;
        this.listener = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0), 1024);
        Thread acceptor = new Thread(this::accept, "thread-relay");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    static ThreadRelay ofPlatformThreads(int backendPort) throws IOException {
        return new ThreadRelay(backendPort, Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "thread-relay-copy");
            thread.setDaemon(true);
            return thread;
        }));
    }

    /** On virtual threads; on platform threads before JDK 21. */
    static ThreadRelay ofVirtualThreads(int backendPort) throws IOException {
        ExecutorService virtual;
        try {
            virtual = (ExecutorService) MethodHandles.publicLookup()
                    .findStatic(
                            Executors.class,
                            "newVirtualThreadPerTaskExecutor",
                            MethodType.methodType(ExecutorService.class))
                    .invoke();
        } catch (Throwable absent) {
            return ofPlatformThreads(backendPort);
        }
        return new ThreadRelay(backendPort, virtual);
    }

    int port() throws IOException {
        return ((InetSocketAddress) listener.getLocalAddress()).getPort();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel client = listener.accept();
                threads.execute(() -> serve(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(SocketChannel client) {
        open.add(client);
        try (client;
                SocketChannel backend = SocketChannel.open(backendAddress)) {
            open.add(backend);
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            backend.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Future<?> back = threads.submit(() -> copy(backend, client));
            copy(client, backend);
            back.get();
            open.remove(backend);
        } catch (Exception e) {
            // One side has gone; the other is closed with it.
        } finally {
            open.remove(client);
        }
    }

    private void copy(SocketChannel from, SocketChannel to) {
        ByteBuffer used = buffers.poll();
        ByteBuffer buffer = used == null ? ByteBuffer.allocateDirect(COPY_BYTES) : used;
        try {
            while (from.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
            }
            to.shutdownOutput();
        } catch (IOException e) {
            try {
                from.close();
                to.close();
            } catch (IOException again) {
                // Closed is closed.
            }
        } finally {
            buffers.add(buffer);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (SocketChannel channel : open) {
            channel.close();
        }
        threads.shutdownNow();
    }
}
