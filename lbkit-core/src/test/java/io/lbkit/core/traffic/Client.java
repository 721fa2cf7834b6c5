package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lbkit.Proxy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A client that blocks, with a deadline on everything.
 *
 * <p>Owned by one thread.
 */
public final class Client implements AutoCloseable {

    private static final int DEADLINE_MILLIS = 20_000;

    private final Socket socket;

    private Client(@Nullable SocketAddress from, SocketAddress address) throws IOException {
        socket = new Socket();
        socket.bind(from);
        socket.setSoTimeout(DEADLINE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect(address); // with a timeout, the JDK takes a reset that follows at once for a failure to connect
    }

    public static Client to(Proxy proxy) throws IOException {
        return to(proxy.localAddress());
    }

    public static Client to(SocketAddress address) throws IOException {
        return new Client(null, address);
    }

    /** From an address of 127.0.0.0/8. */
    public static Client from(String ip, Proxy proxy) throws IOException {
        return from(ip, proxy.localAddress());
    }

    /** From an address of this machine. */
    public static Client from(String ip, SocketAddress address) throws IOException {
        return new Client(new InetSocketAddress(ip, 0), address);
    }

    public Socket socket() {
        return socket;
    }

    public SocketAddress localAddress() {
        return socket.getLocalSocketAddress();
    }

    public Client send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** The next line, without its end. */
    public String line() throws IOException {
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
    public Client ping(String text) throws IOException {
        send(text + "\n");
        assertEquals(text, line());
        return this;
    }

    public Client end() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    public void reset() throws IOException {
        TestServer.reset(socket);
    }

    /** Everything until the end of the stream. */
    public String rest() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    public Client expectEnd() throws IOException {
        assertEquals(-1, socket.getInputStream().read());
        return this;
    }

    public void expectReset() {
        SocketException e = assertThrows(
                SocketException.class, () -> socket.getInputStream().transferTo(new ByteArrayOutputStream()));
        assertEquals("Connection reset", e.getMessage());
    }

    /** Nothing comes for a moment. */
    public Client expectSilence() throws IOException {
        socket.setSoTimeout(150);
        assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
        socket.setSoTimeout(DEADLINE_MILLIS);
        return this;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
