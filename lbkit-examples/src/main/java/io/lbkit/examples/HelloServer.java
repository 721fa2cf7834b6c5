package io.lbkit.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A small HTTP server that answers one request on each connection with its name; what the examples put behind a proxy. */
final class HelloServer implements AutoCloseable {

    private final String name;
    private final ServerSocket listener;
    private final AtomicInteger served = new AtomicInteger();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

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
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.substring(answer.lastIndexOf('\n') + 1);
        }
    }

    /** Dies: the listener goes away, and every connection with it. */
    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket client : open) {
            client.close();
        }
    }
}
