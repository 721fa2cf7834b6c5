package io.lbkit.core.transport.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.core.transport.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A listening socket that the process was started with; here it is handed in. */
class InheritedTest {

    private Selector poller;

    @BeforeEach
    void open() throws IOException {
        poller = Selector.open();
    }

    @AfterEach
    void close() throws IOException {
        poller.close();
    }

    private NioListenSocket listen(NioListenSocket.Heritage heritage) throws IOException {
        return new NioListenSocket(poller, Listener.inherited(), heritage, () -> {});
    }

    private void assertRefused(String why, NioListenSocket.Heritage heritage) {
        String said = assertThrows(IOException.class, () -> listen(heritage)).getMessage();
        assertTrue(said.startsWith(why), said);
    }

    @Test
    void it_accepts_where_it_was_bound() throws Exception {
        ServerSocketChannel bound = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
        NioListenSocket socket = listen(() -> bound);
        assertEquals(bound.getLocalAddress(), socket.localAddress());
        try (SocketChannel caller = SocketChannel.open(bound.getLocalAddress())) {
            Endpoint accepted = null;
            while (accepted == null) {
                accepted = socket.accept();
            }
            assertEquals(caller.getLocalAddress(), accepted.remoteAddress());
            accepted.close();
        }
        socket.close();
        assertTrue(!bound.isOpen());
    }

    @Test
    void the_file_of_a_unix_domain_socket_stays_for_whoever_has_made_it(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("s");
        ServerSocketChannel bound =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(file));
        listen(() -> bound).close();
        assertTrue(Files.exists(file));
    }

    @Test
    void what_cannot_be_listened_on_is_refused_with_a_reason() throws Exception {
        assertRefused("this process was started with no socket as its standard input", () -> null);
        try (DatagramChannel other = DatagramChannel.open();
                SocketChannel connection = SocketChannel.open()) {
            assertRefused("what this process was started with is no listening socket: ", () -> other);
            assertRefused("what this process was started with is no listening socket: ", () -> connection);
        }
    }

    @Test
    void it_serves_one_proxy_in_its_life() throws Exception {
        ServerSocketChannel bound = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
        NioListenSocket socket = listen(() -> bound);
        assertRefused("it serves another proxy, or has served one that is closed", () -> bound);
        socket.close();
        assertRefused("it serves another proxy, or has served one that is closed", () -> bound);
    }

    @Test
    void without_one_the_proxy_does_not_start() throws Exception {
        assertNotNull(System.in);
        UncheckedIOException thrown = assertThrows(
                UncheckedIOException.class,
                () -> Proxy.builder().listen(Listener.inherited()).start());
        assertTrue(
                thrown.getMessage()
                        .endsWith("cannot listen on the inherited socket: "
                                + "this process was started with no socket as its standard input"),
                thrown::getMessage);
    }
}
