package io.lbkit.core.traffic;

import io.lbkit.Backend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A server on a port of its own that follows a script with each connection, in a thread each.
 *
 * <p>Shared; the sets and counters are concurrent.
 */
public final class TestServer implements AutoCloseable {

    /** What to do with one connection, which is closed when the script ends. */
    @FunctionalInterface
    public interface Script {
        void serve(Socket socket) throws IOException;
    }

    private final String name;
    private final Script script;
    private final boolean keeps;
    private final ServerSocket listener;
    private final ExecutorService threads;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile boolean killed;

    private TestServer(String name, String host, Script script, boolean keeps) throws IOException {
        this.name = name;
        this.script = script;
        this.keeps = keeps;
        this.listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getByName(host), 0), 1024);
        this.threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "server-" + name);
            thread.setDaemon(true);
            return thread;
        });
        threads.execute(this::accept);
    }

    /** A server on 127.0.0.1. */
    public static TestServer on(String host, String name, Script script) throws IOException {
        return new TestServer(name, host, script, false);
    }

    /** A server whose script runs on the accepting thread and whose connections stay open after it. */
    public static TestServer keeping(String name, Script script) throws IOException {
        return new TestServer(name, "127.0.0.1", script, true);
    }

    /** Sends back what comes, and ends when the client does. */
    public static void echo(Socket socket) throws IOException {
        socket.getInputStream().transferTo(socket.getOutputStream());
        socket.shutdownOutput();
    }

    /** Says its name in a line, then echoes. */
    public static Script greeter(String name) {
        return socket -> {
            socket.getOutputStream().write((name + "\n").getBytes());
            echo(socket);
        };
    }

    /** As another script, but by TLS. */
    public static Script secured(SSLContext context, Script script) {
        return socket -> {
            SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(socket, null, -1, true);
            secured.setUseClientMode(false);
            try (secured) {
                script.serve(secured);
            }
        };
    }

    /** Closes with a reset. */
    public static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                accepted.incrementAndGet();
                sockets.add(socket);
                if (killed) {
                    reset(socket);
                } else if (keeps) {
                    script.serve(socket);
                } else {
                    threads.execute(() -> serve(socket));
                }
            } catch (IOException e) {
                // Closed, or a client that has gone already.
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            script.serve(socket);
        } catch (IOException e) {
            // The connection is gone; what the test expects of it is the client's affair.
        } finally {
            sockets.remove(socket);
        }
    }

    public String name() {
        return name;
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    /** This server as a backend with its name as id. */
    public Backend backend() {
        return Backend.of(address()).id(name);
    }

    public int accepted() {
        return accepted.get();
    }

    /** Stops listening and resets every connection. */
    public void kill() throws IOException {
        killed = true;
        listener.close();
        for (Socket socket : sockets) {
            try {
                reset(socket);
            } catch (IOException e) {
                // Closed by its script at the same moment.
            }
        }
    }

    @Override
    public void close() throws IOException {
        kill();
        threads.shutdownNow();
    }
}
