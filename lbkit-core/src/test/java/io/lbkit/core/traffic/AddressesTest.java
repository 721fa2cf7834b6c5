package io.lbkit.core.traffic;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Where a proxy can listen and connect to. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AddressesTest {

    @RegisterExtension
    final Lab lab = new Lab();

    @TempDir
    Path directory;

    static boolean hasIpv6() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
            return probe.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void port_0_is_a_real_port_and_several_listeners_serve_alike() throws Exception {
        Reports reports = new Reports();
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"))
                .listen("127.0.0.2", 0)
                .listen(new InetSocketAddress("127.0.0.1", 0))
                .observer(reports)
                .loops(2));
        List<SocketAddress> addresses = proxy.localAddresses();
        assertEquals(3, addresses.stream().distinct().count());
        assertEquals(addresses.get(0), proxy.localAddress());
        assertEquals(((InetSocketAddress) addresses.get(0)).getPort(), proxy.port());
        for (SocketAddress address : addresses) {
            assertTrue(((InetSocketAddress) address).getPort() > 0);
            Client client = lab.connect(address);
            assertEquals("a", client.line());
            client.end().expectEnd();
        }
        assertEquals(
                addresses,
                reports.awaitClosed(3).stream().map(report -> report.listener()).toList());
    }

    @Test
    @EnabledIf("hasIpv6")
    void ipv6_on_both_sides() throws Exception {
        TestServer six = lab.closing(TestServer.on("::1", "six", TestServer.greeter("six")));
        Proxy proxy = lab.start(Proxy.builder().name("lab").listen("::1", 0).backend(six.backend()));
        assertEquals("six", lab.connect(proxy).line());
        Proxy fromFour = lab.start(lab.proxy(six));
        assertEquals("six", lab.connect(fromFour).line());
    }

    @Test
    void unix_domain_sockets_on_both_sides() throws Exception {
        Path front = directory.resolve("front");
        Path back = directory.resolve("back");
        Reports reports = new Reports();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(back));
            Proxy proxy = lab.start(Proxy.builder()
                    .name("lab")
                    .listen(UnixDomainSocketAddress.of(front))
                    .backend(Backend.unix(back))
                    .observer(reports));
            assertTrue(Files.exists(front));
            try (SocketChannel client = SocketChannel.open(proxy.localAddress());
                    SocketChannel accepted = server.accept()) {
                write(client, "question");
                client.shutdownOutput();
                assertEquals("question", readAll(accepted));
                write(accepted, "answer");
                accepted.shutdownOutput();
                assertEquals("answer", readAll(client));
            }
            assertEquals(8, reports.only().bytesToBackend());
            assertTrue(reports.only().toString().contains("backend=unix:" + back), reports.closed()::toString);
            proxy.close();
        }
        assertFalse(Files.exists(front), "the file of the listener is removed");
    }

    @Test
    void a_unix_domain_backend_that_is_not_there_is_passed_over() throws Exception {
        Proxy proxy = lab.start(lab.proxy(lab.greeter("a"))
                .backend(Backend.unix(directory.resolve("nobody")))
                .selector((candidates, client) -> candidates.size() - 1));
        assertEquals("a", lab.connect(proxy).line());
        assertEquals(1, proxy.stats().connectFailures());
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String readAll(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1000);
        while (channel.read(buffer) >= 0) {}
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
    }

    @Test
    void an_address_in_use_is_named_and_nothing_is_left_behind() throws Exception {
        TestServer taken = lab.greeter("a");
        int before = Lab.descriptors();
        ProxyBuilder builder = Proxy.builder()
                .name("never")
                .listen("127.0.0.1", 0)
                .listen(taken.address())
                .loops(3);
        UncheckedIOException e = assertThrows(UncheckedIOException.class, builder::start);
        assertEquals(
                "cannot listen on 127.0.0.1:" + taken.address().getPort() + ": Address already in use",
                e.getCause().getMessage());
        assertEquals(before, Lab.descriptors());
        assertTrue(Lab.loopThreads().isEmpty());
    }

    @Test
    void other_addresses_that_cannot_be_bound_leave_nothing_behind_either() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Path deep = directory.resolve("x".repeat(200));
        int before = Lab.descriptors();
        for (SocketAddress address : List.of(
                UnixDomainSocketAddress.of(file),
                UnixDomainSocketAddress.of(deep),
                new InetSocketAddress("192.0.2.1", 0))) {
            ProxyBuilder builder =
                    Proxy.builder().name("never").listen("127.0.0.1", 0).listen(address);
            UncheckedIOException e = assertThrows(UncheckedIOException.class, builder::start);
            assertTrue(e.getMessage().contains("cannot listen on "), e::getMessage);
            assertEquals(before, Lab.descriptors(), address.toString());
        }
        assertTrue(Files.exists(file), "a file that was there before stays");
    }

    @Test
    void a_port_can_be_bound_again_at_once() throws Exception {
        TestServer a = lab.greeter("a");
        Proxy first = lab.start(lab.proxy(a));
        Client client = lab.connect(first);
        client.line();
        int port = first.port();
        first.stop(java.time.Duration.ZERO);
        client.expectReset();
        first.close();
        Proxy second =
                lab.start(Proxy.builder().name("lab").listen("127.0.0.1", port).backend(a.backend()));
        assertEquals("a", lab.connect(second).line());
        patiently().until(() -> second.stats().active() == 1);
    }
}
