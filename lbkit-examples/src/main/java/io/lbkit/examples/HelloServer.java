package io.lbkit.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A small HTTP server that answers one request on each connection with its name; what the examples put behind a proxy.
 *
 * <p>Shared; the set and the counter are concurrent, {@code dead} is written by whoever kills it.
 */
final class HelloServer implements AutoCloseable {

    private final String name;
    private final ServerSocket listener;
    private final AtomicInteger served = new AtomicInteger();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean dead;

    private HelloServer(String name) throws IOException {
        this.name = name;
        this.listener = new ServerSocket(0, 1024, InetAddress.getByName("127.0.0.1"));
    }

    static HelloServer start(String name) throws IOException {
        HelloServer server = new HelloServer(name);
        server.daemon("accept", server::accept);
        return server;
    }

    int port() {
        return listener.getLocalPort();
    }

    String name() {
        return name;
    }

    /** How many requests it has answered. */
    int served() {
        return served.get();
    }

    private void daemon(String role, Runnable work) {
        Thread thread = new Thread(work, name + "-" + role);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                open.add(client);
                if (dead) { // since we looked for open ones to kill, perhaps
                    reset(client);
                }
                daemon("answer", () -> answer(client));
            }
        } catch (IOException e) {
            // Killed: nobody is accepted any more.
        }
    }

    private void answer(Socket client) {
        try (client) {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            String line = in.readLine();
            while (line != null && !line.isEmpty()) { // an empty line ends the request
                line = in.readLine();
            }
            if (line != null) {
                String answer =
                        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + name.length() + "\r\n\r\n" + name;
                client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                served.incrementAndGet();
            }
        } catch (IOException e) {
            // Killed, or the client has gone.
        } finally {
            open.remove(client);
        }
    }

    /** Asks whoever listens at a port for its name. */
    static String ask(int port) throws IOException {
        return ask(new Socket("127.0.0.1", port));
    }

    /** Asks whoever is at the other end of a connection, which serves for one question and is closed then. */
    static String ask(Socket connection) throws IOException {
        try (Socket socket = connection) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.substring(answer.lastIndexOf('\n') + 1);
        }
    }

    /** Dies as a process does that is killed in the midst of its work: nobody listens, and every connection is reset. */
    @Override
    public void close() throws IOException {
        dead = true;
        listener.close();
        for (Socket client : open) {
            reset(client);
        }
    }

    private static void reset(Socket client) throws IOException {
        try {
            client.setSoLinger(true, 0);
        } catch (SocketException e) {
            // It was answered and closed at this moment.
        }
        client.close();
    }
}
