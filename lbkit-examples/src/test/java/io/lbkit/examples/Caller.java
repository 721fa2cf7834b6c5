package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * A client that blocks, with a deadline on everything.
 *
 * <p>Owned by one thread.
 */
final class Caller implements AutoCloseable {

    private final Socket socket = new Socket();

    Caller(SocketAddress address) throws IOException {
        this(null, address);
    }

    private Caller(SocketAddress from, SocketAddress address) throws IOException {
        socket.bind(from);
        socket.setSoTimeout((int) Printed.PATIENCE_SECONDS * 1000);
        socket.connect(address);
    }

    static Caller to(int port) throws IOException {
        return new Caller(new InetSocketAddress("127.0.0.1", port));
    }

    /** From an address of 127.0.0.0/8. */
    static Caller from(String ip, int port) throws IOException {
        return new Caller(new InetSocketAddress(ip, 0), new InetSocketAddress("127.0.0.1", port));
    }

    Caller send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** The next line, without its end. */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new IOException("ended after \"" + line + "\"");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** Sends a line and expects it back. */
    Caller ping(String text) throws IOException {
        send(text + "\n");
        assertEquals(text, line());
        return this;
    }

    /** All that comes until the other one ends its stream. */
    String rest() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Ends its own stream, and expects the other one to end. */
    void end() throws IOException {
        socket.shutdownOutput();
        assertEquals(-1, socket.getInputStream().read());
    }

    Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
