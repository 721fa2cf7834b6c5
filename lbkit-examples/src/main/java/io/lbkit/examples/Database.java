package io.lbkit.examples;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Something like a PostgreSQL server with a Patroni beside it: on one port it serves, which here means that it says its
 * name, on another one it says by HTTP whether it is the primary.
 *
 * <p>Shared; {@code primary} is written by whoever promotes.
 */
final class Database implements AutoCloseable {

    private final String name;
    private final ServerSocket listener;
    private final HttpServer status;
    private volatile boolean primary;

    /** @param host one of its own, so that all can have the same ports, as on machines of their own */
    Database(String name, String host, int port, int statusPort) throws IOException {
        this.name = name;
        this.listener = new ServerSocket(port, 1024, InetAddress.getByName(host));
        this.status = HttpServer.create(new InetSocketAddress(host, statusPort), 0);
        status.createContext("/primary", exchange -> {
            exchange.sendResponseHeaders(primary ? 200 : 503, -1);
            exchange.close();
        });
        status.start();
        Thread thread = new Thread(this::accept, name);
        thread.setDaemon(true);
        thread.start();
    }

    String name() {
        return name;
    }

    int port() {
        return listener.getLocalPort();
    }

    int statusPort() {
        return status.getAddress().getPort();
    }

    String host() {
        return listener.getInetAddress().getHostAddress();
    }

    void primary(boolean is) {
        primary = is;
    }

    private void accept() {
        try {
            while (true) {
                try (Socket client = listener.accept()) {
                    client.getOutputStream().write(name.getBytes(StandardCharsets.US_ASCII));
                }
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    /** Who serves at a port of this machine. */
    static String connect(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        status.stop(0);
    }
}
