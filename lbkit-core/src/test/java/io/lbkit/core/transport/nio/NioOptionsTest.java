package io.lbkit.core.transport.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.SocketOptions;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ListenSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the system is asked for about sockets is asked for, on both sides; and nothing is that was not said. */
class NioOptionsTest {

    private static final SocketOptions ALL = SocketOptions.DEFAULT
            .keepAliveIdle(Duration.ofSeconds(61))
            .keepAliveInterval(Duration.ofSeconds(7))
            .keepAliveCount(5)
            .sendBufferBytes(30_000)
            .receiveBufferBytes(40_000);

    /** Both sockets of a proxy: the client's and the backend's, used as a session that lives long uses them. */
    private static List<SocketChannel> used(SocketAddress at, SocketOptions options) throws IOException {
        NioTransport transport = new NioTransport(new LocalPorts());
        ListenSocket listening = transport.listen(Listener.on(at).socketOptions(options), () -> {});
        SocketAddress address = listening.localAddress();
        Endpoint backend = transport.connect(
                Backend.of(address).socketOptions(options), address, (endpoint, readable, writable) -> {});
        while (backend.finishConnect() == Endpoint.NOTHING) {
            Thread.onSpinWait();
        }
        Endpoint client = null;
        while (client == null) {
            client = listening.accept();
        }
        client.attach(transport, (endpoint, readable, writable) -> {});
        for (Endpoint each : List.of(client, backend)) {
            each.write(ByteBuffer.wrap(new byte[1]));
            each.write(ByteBuffer.wrap(new byte[1]));
            each.keepAlive();
            each.interest(Endpoint.READ);
        }
        List<SocketChannel> channels = new ArrayList<>();
        for (SelectionKey key : transport.poller().keys()) {
            if (key.channel() instanceof SocketChannel channel) {
                channels.add(channel);
            }
        }
        assertEquals(2, channels.size());
        return channels;
    }

    private static void inspect(SocketAddress at, SocketOptions options, Inspection inspection) throws IOException {
        for (SocketChannel channel : used(at, options)) {
            try (channel) {
                inspection.of(channel);
            }
        }
    }

    private interface Inspection {
        void of(SocketChannel channel) throws IOException;
    }

    private static SocketAddress tcp() {
        return Listener.on("127.0.0.1", 0).address();
    }

    @Test
    void all_that_is_said_is_asked_for_on_both_sides() throws Exception {
        inspect(tcp(), ALL, channel -> {
            assertTrue(channel.getOption(StandardSocketOptions.TCP_NODELAY));
            assertTrue(channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
            assertEquals(61, channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE));
            assertEquals(7, channel.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL));
            assertEquals(5, channel.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT));
            assertEquals(30_000, channel.getOption(StandardSocketOptions.SO_SNDBUF));
            assertEquals(40_000, channel.getOption(StandardSocketOptions.SO_RCVBUF));
        });
    }

    @Test
    void what_is_switched_off_stays_off() throws Exception {
        inspect(tcp(), ALL.noDelay(false).keepAlive(false), channel -> {
            assertEquals(false, channel.getOption(StandardSocketOptions.TCP_NODELAY));
            assertEquals(false, channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
        });
    }

    @Test
    void nothing_is_asked_for_that_was_not_said() throws Exception {
        int[] idle = new int[1];
        try (SocketChannel untouched = SocketChannel.open()) {
            idle[0] = untouched.getOption(ExtendedSocketOptions.TCP_KEEPIDLE);
        }
        inspect(tcp(), SocketOptions.DEFAULT, channel -> {
            assertTrue(channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
            assertEquals(idle[0], channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE));
        });
    }

    @Test
    void a_unix_domain_socket_has_its_buffers(@TempDir Path folder) throws Exception {
        SocketOptions buffers = SocketOptions.DEFAULT.sendBufferBytes(30_000).receiveBufferBytes(40_000);
        inspect(UnixDomainSocketAddress.of(folder.resolve("s")), buffers, channel -> {
            assertEquals(30_000, channel.getOption(StandardSocketOptions.SO_SNDBUF));
        });
    }

    @ParameterizedTest
    @CsvSource({"keepAliveIdle, TCP_KEEPIDLE", "keepAliveInterval, TCP_KEEPINTERVAL", "keepAliveCount, TCP_KEEPCOUNT"})
    void what_a_system_has_not_is_refused_by_name(String property, String option) throws Exception {
        Set<SocketOption<?>> rest;
        try (SocketChannel any = SocketChannel.open()) {
            rest = any.supportedOptions().stream()
                    .filter(each -> !each.name().equals(option))
                    .collect(Collectors.toSet());
        }
        NioOptions options = new NioOptions(rest);
        assertEquals(
                property + " is set, must not be on this system: its JDK has no " + option
                        + ", or runs without the module jdk.net",
                assertThrows(IllegalArgumentException.class, () -> options.check(ALL))
                        .getMessage());
        options.check(SocketOptions.DEFAULT);
        NioOptions.ofSystem().check(ALL);
    }
}
