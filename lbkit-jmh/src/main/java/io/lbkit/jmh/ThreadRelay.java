package io.lbkit.jmh;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The relay that anybody would write first: two threads for a connection, each copying one way. Virtual threads where the
 * JDK has them, or platform threads. No limits, no timeouts, no balancing: the honest baseline for cost.
 */
final class ThreadRelay implements AutoCloseable {

    private static final int COPY_BYTES = 64 << 10;

    private final ServerSocket listener;
    private final int backendPort;
    private final ExecutorService threads;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private ThreadRelay(int backendPort, ExecutorService threads) throws IOException {
        this.backendPort = backendPort;
        this.threads = threads;
        this.listener = new ServerSocket(0, 1024, InetAddress.getByName("127.0.0.1"));
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
        try {
            ExecutorService virtual = (ExecutorService) MethodHandles.publicLookup()
                    .findStatic(
                            Executors.class,
                            "newVirtualThreadPerTaskExecutor",
                            MethodType.methodType(ExecutorService.class))
                    .invoke();
            return new ThreadRelay(backendPort, virtual);
        } catch (IOException e) {
            throw e;
        } catch (Throwable absent) {
            return ofPlatformThreads(backendPort);
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                threads.execute(() -> serve(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket backend = new Socket(InetAddress.getByName("127.0.0.1"), backendPort)) {
            open.add(client);
            open.add(backend);
            client.setTcpNoDelay(true);
            backend.setTcpNoDelay(true);
            java.util.concurrent.Future<?> back = threads.submit(() -> copy(backend, client));
            copy(client, backend);
            back.get();
        } catch (Exception e) {
            // One side has gone; the other is closed with it.
        } finally {
            open.remove(client);
            open.removeIf(Socket::isClosed);
        }
    }

    private static void copy(Socket from, Socket to) {
        byte[] buffer = new byte[COPY_BYTES];
        try {
            InputStream in = from.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                to.getOutputStream().write(buffer, 0, n);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            try {
                from.close();
                to.close();
            } catch (IOException again) {
                // Closed is closed.
            }
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
