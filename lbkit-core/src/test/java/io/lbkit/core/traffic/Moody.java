package io.lbkit.core.traffic;

import io.lbkit.Backend;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that answers each HTTP request with its name while it is well, and can be made to hang in several ways. It writes
 * down how it was left.
 *
 * <p>Shared; the collections are concurrent, the mood is volatile.
 */
final class Moody implements AutoCloseable {

    enum Mood {
        WELL,
        /** Answers 503. */
        UNWELL,
        /** Accepts and reads, and says nothing. */
        SILENT,
        /** Does not accept; the system does. */
        FROZEN,
        /** Does not accept, and nor does the system, because the backlog is full: SYNs are dropped. */
        UNREACHABLE
    }

    final List<String> requests = new CopyOnWriteArrayList<>();
    final AtomicInteger ends = new AtomicInteger();
    final List<IOException> failures = new CopyOnWriteArrayList<>();
    private final String name;
    private final ServerSocket listener;
    private final ExecutorService threads;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final List<SocketChannel> inQueue = new CopyOnWriteArrayList<>();
    private volatile Mood mood = Mood.WELL;

    Moody(String name) throws IOException {
        this.name = name;
        this.listener = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        this.threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "moody-" + name);
            thread.setDaemon(true);
            return thread;
        });
        threads.execute(this::accept);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    Backend backend() {
        return Backend.of(address()).id(name);
    }

    void feels(Mood next) throws IOException {
        synchronized (this) {
            mood = next;
            notifyAll();
        }
        for (int i = 0; i < 8 && next == Mood.UNREACHABLE; i++) {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.connect(address());
            inQueue.add(channel);
        }
        if (next == Mood.WELL) {
            for (SocketChannel channel : inQueue) {
                channel.close();
            }
            inQueue.clear();
        }
    }

    private void accept() {
        try {
            while (!listener.isClosed()) {
                Socket socket = listener.accept();
                sockets.add(socket);
                synchronized (this) {
                    while (mood == Mood.FROZEN || mood == Mood.UNREACHABLE) {
                        wait();
                    }
                }
                threads.execute(() -> serve(socket));
            }
        } catch (IOException | RejectedExecutionException e) {
            // closed, perhaps while somebody called
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
            String first = lines.readLine();
            for (String line = first; line != null && !line.isEmpty(); line = lines.readLine()) {}
            Mood now = mood;
            if (first != null) {
                requests.add(first);
                if (now == Mood.WELL || now == Mood.UNWELL) {
                    answer(socket, now == Mood.WELL ? "200 OK" : "503 Service Unavailable");
                }
            }
            while (lines.read() >= 0) {}
            ends.incrementAndGet();
        } catch (IOException e) {
            failures.add(e);
        } finally {
            sockets.remove(socket);
        }
    }

    private void answer(Socket socket, String status) throws IOException {
        String head = "HTTP/1.1 " + status + "\r\nContent-Length: " + name.length() + "\r\n\r\n";
        socket.getOutputStream().write((head + name).getBytes(StandardCharsets.US_ASCII));
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (SocketChannel channel : inQueue) {
            channel.close();
        }
        for (Socket socket : sockets) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
