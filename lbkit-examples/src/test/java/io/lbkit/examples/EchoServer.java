package io.lbkit.examples;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Says its name in a line, then echoes until the client ends.
 *
 * <p>Shared; the set is concurrent.
 */
final class EchoServer implements AutoCloseable {

    private final String name;
    private final ServerSocket listener = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private EchoServer(String name) throws IOException {
        this.name = name;
    }

    static EchoServer start(String name) throws IOException {
        EchoServer server = new EchoServer(name);
        server.daemon(server::accept);
        return server;
    }

    /** As the command line has it. */
    String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /** As a backend of the command line, with its name as id. */
    String backend() {
        return address() + ",id=" + name;
    }

    private void daemon(Runnable work) {
        Thread thread = new Thread(work, "echo-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                open.add(socket);
                daemon(() -> echo(socket));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void echo(Socket socket) {
        try (socket) {
            socket.getOutputStream().write((name + "\n").getBytes(StandardCharsets.UTF_8));
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            // The connection is gone; what that means is the test's affair.
        } finally {
            open.remove(socket);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
