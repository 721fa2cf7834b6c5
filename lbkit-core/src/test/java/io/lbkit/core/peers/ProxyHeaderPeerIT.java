package io.lbkit.core.peers;

import static io.lbkit.core.traffic.Lab.patiently;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.HealthCheck;
import io.lbkit.Listener;
import io.lbkit.Phase;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.SendProxy;
import io.lbkit.SessionReport;
import io.lbkit.core.traffic.Client;
import io.lbkit.core.traffic.Lab;
import io.lbkit.core.traffic.Reports;
import io.lbkit.core.traffic.Sends;
import io.lbkit.core.traffic.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** HAProxy and nginx before and behind lbkit: the client's address is right at the far end. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProxyHeaderPeerIT {

    private static final String CLIENT = "127.0.0.9";

    @RegisterExtension
    final Lab lab = new Lab();

    @TempDir
    Path folder;

    private final Reports reports = new Reports();

    /** A server that takes a header of version 1, says what it was, and then echoes. */
    private TestServer teller() throws IOException {
        return lab.server("teller", socket -> {
            String header = line(socket);
            socket.getOutputStream().write((header + "\n").getBytes(StandardCharsets.US_ASCII));
            TestServer.echo(socket);
        });
    }

    private static String line(Socket socket) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.US_ASCII).strip();
    }

    private Proxy start(ProxyBuilder builder) {
        return lab.start(builder.name("lab").observer(reports));
    }

    /** The report of the session of a client. Programs are awaited by connections, which have reports of their own. */
    private SessionReport reportOf(Predicate<SessionReport> which) {
        patiently().until(() -> reports.closed().stream().anyMatch(which));
        return reports.closed().stream().filter(which).findFirst().orElseThrow();
    }

    private static String text(SocketAddress address) {
        return Listener.on(address).toString();
    }

    private static String header(SocketAddress from, SocketAddress to) {
        InetSocketAddress source = (InetSocketAddress) from;
        InetSocketAddress destination = (InetSocketAddress) to;
        String family = source.getAddress().getAddress().length == 4 ? "TCP4 " : "TCP6 ";
        return "PROXY " + family + host(source) + " " + host(destination) + " " + source.getPort() + " "
                + destination.getPort();
    }

    private static String host(InetSocketAddress address) {
        return address.getAddress().getHostAddress();
    }

    @ParameterizedTest
    @CsvSource({
        "HAPROXY, send-proxy",
        "HAPROXY, send-proxy-v2",
        "HAPROXY, send-proxy-v2 proxy-v2-options crc32c",
        "NGINX, proxy_protocol on;"
    })
    void before_lbkit(Balancer balancer, String sends) throws Exception {
        Proxy proxy = start(Proxy.builder()
                .listen(Listener.on("127.0.0.1", 0).acceptProxy())
                .backend(teller().backend().sendProxy(SendProxy.V1)));
        Program before = lab.closing(balancer.serve(folder, Program.HOST, text(proxy.localAddress()), false, sends));
        Client client = lab.closing(Client.from(CLIENT, before.address()));
        client.send("hello\n");
        assertEquals(header(client.localAddress(), before.address()), client.line());
        assertEquals("hello", client.line());
        client.ping("and more").end().expectEnd();
        SessionReport report = reportOf(each -> each.client().equals(client.localAddress()));
        assertEquals(CloseReason.COMPLETED, report.reason());
        assertEquals(15, report.bytesToBackend());
    }

    @ParameterizedTest
    @CsvSource({
        "HAPROXY, send-proxy, V1",
        "HAPROXY, send-proxy, V2",
        "HAPROXY, send-proxy, V2_CHECKSUM",
        "NGINX, proxy_protocol on;, V1",
        "NGINX, proxy_protocol on;, V2",
        "NGINX, proxy_protocol on;, V2_CHECKSUM"
    })
    void behind_lbkit(Balancer balancer, String sends, Sends version) throws Exception {
        Program behind = lab.closing(balancer.serve(folder, Program.HOST, text(teller().address()), true, sends));
        Proxy proxy = start(Proxy.builder()
                .listen("127.0.0.1", 0)
                .backend(Backend.of(behind.address()).sendProxy(version.header)));
        Client client = lab.closing(Client.from(CLIENT, proxy));
        client.send("hello\n");
        // nginx passes on where it was called itself
        SocketAddress called = balancer == Balancer.NGINX ? behind.address() : proxy.localAddress();
        assertEquals(header(client.localAddress(), called), client.line());
        assertEquals("hello", client.line());
        client.ping("and more").end().expectEnd();
        assertEquals(CloseReason.COMPLETED, reports.only().reason());
    }

    @ParameterizedTest
    @CsvSource({"send-proxy", "send-proxy-v2"})
    void an_ipv6_client_before_lbkit(String sends) throws Exception {
        Proxy proxy = start(Proxy.builder()
                .listen(Listener.on("127.0.0.1", 0).acceptProxy())
                .backend(teller().backend().sendProxy(SendProxy.V1)));
        Program before = lab.closing(Balancer.HAPROXY.serve(folder, "::1", text(proxy.localAddress()), false, sends));
        Client client = lab.connect(before.address());
        client.send("hello\n");
        assertEquals(header(client.localAddress(), before.address()), client.line());
        assertEquals("hello", client.line());
        client.end().expectEnd();
        reportOf(each -> each.client().equals(client.localAddress()));
    }

    @ParameterizedTest
    @EnumSource
    void an_ipv6_client_of_lbkit(Sends version) throws Exception {
        Program behind =
                lab.closing(Balancer.HAPROXY.serve(folder, Program.HOST, text(teller().address()), true, "send-proxy"));
        Proxy proxy = start(Proxy.builder()
                .listen("::1", 0)
                .backend(Backend.of(behind.address()).sendProxy(version.header)));
        Client client = lab.connect(proxy).send("hello\n");
        assertEquals(
                header(client.localAddress(), proxy.localAddress()).replace("0:0:0:0:0:0:0:1", "::1"), client.line());
        assertEquals("hello", client.line());
        client.end().expectEnd();
    }

    @ParameterizedTest
    @CsvSource({"HAPROXY, send-proxy", "HAPROXY, send-proxy-v2", "NGINX, proxy_protocol on;"})
    void before_lbkit_by_a_unix_domain_socket(Balancer balancer, String sends) throws Exception {
        Path socket = folder.resolve("lab.sock");
        start(Proxy.builder()
                .listen(Listener.on(UnixDomainSocketAddress.of(socket)).acceptProxy())
                .backend(lab.greeter("a").backend()));
        Program before = lab.closing(balancer.serve(folder, Program.HOST, balancer.path(socket), false, sends));
        Client client = lab.closing(Client.from(CLIENT, before.address()));
        assertEquals("a", client.line());
        client.ping("hello").end().expectEnd();
        reportOf(each -> each.client().equals(client.localAddress()));
    }

    @ParameterizedTest
    @CsvSource({"send-proxy check inter 100ms", "send-proxy-v2 check inter 100ms"})
    void checks_of_haproxy_are_its_own_connections(String sends) throws Exception {
        Proxy proxy = start(Proxy.builder()
                .listen(Listener.on("127.0.0.1", 0).acceptProxy())
                .backend(lab.greeter("a").backend()));
        lab.closing(Balancer.HAPROXY.serve(folder, Program.HOST, text(proxy.localAddress()), false, sends));
        SessionReport check = reportOf(each -> each.client().equals(each.peer()) && each.bytesToBackend() > 0);
        assertEquals(5, check.bytesToBackend(), "PING and a line feed");
        assertEquals(Phase.RELAYING, check.phase());
    }

    @ParameterizedTest
    @EnumSource
    void haproxy_takes_the_checks_of_lbkit(Sends version) throws Exception {
        TestServer server = lab.greeter("a");
        Program behind = lab.closing(Balancer.HAPROXY.serve(folder, Program.HOST, text(server.address()), true, ""));
        Proxy proxy = start(Proxy.builder()
                .listen("127.0.0.1", 0)
                .backend(Backend.of(behind.address()).id("behind").sendProxy(version.header))
                .healthCheck(HealthCheck.exchange("PING\n", "a\nPING")
                        .initiallyUp(false)
                        .rise(2)
                        .interval(Duration.ofMillis(100))));
        patiently().until(() -> reports.changes().contains("behind UP"));
        Client client = lab.connect(proxy);
        assertEquals("a", client.line());
        client.ping("hello").end().expectEnd();
    }

    @Test
    void haproxy_turns_away_who_brings_no_header() throws Exception {
        TestServer server = lab.greeter("a");
        Program behind = lab.closing(Balancer.HAPROXY.serve(folder, Program.HOST, text(server.address()), true, ""));
        Proxy proxy = start(Proxy.builder().listen("127.0.0.1", 0).backend(Backend.of(behind.address())));
        lab.connect(proxy).send("hello\n").expectReset();
        assertEquals(0, server.accepted());
    }
}
