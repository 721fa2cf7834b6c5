package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static io.lbkit.Complaints.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;

/** Where clients may be accepted. */
class ListenerTest {

    @Test
    void the_backlog_has_a_default_and_a_range() {
        SocketAddress address = new InetSocketAddress("127.0.0.1", 80);
        assertEquals(1024, Listener.on(address).backlog());
        assertEquals(65535, new Listener(address, 65535).backlog());
        assertRefused("listen backlog is 0, must be between 1 and 65535", () -> new Listener(address, 0));
        assertRefused("listen backlog is 65536, must be between 1 and 65535", () -> new Listener(address, 65536));
    }

    @Test
    void port_0_lets_the_system_choose() {
        assertEquals(
                new InetSocketAddress("127.0.0.1", 0),
                Listener.on("127.0.0.1", 0).address());
        assertRefused("listen port is -1, must be between 0 and 65535", () -> Listener.on("127.0.0.1", -1));
        assertRefused("listen port is 65536, must be between 0 and 65535", () -> Listener.on("127.0.0.1", 65536));
    }

    @Test
    void its_text_is_its_address() {
        assertEquals("127.0.0.1:80", Listener.on("127.0.0.1", 80).toString());
        assertEquals("0.0.0.0:80", Listener.on("0.0.0.0", 80).toString());
        assertEquals("[::1]:80", Listener.on("::1", 80).toString());
        assertEquals(
                "unix:/run/in.sock",
                Listener.on(UnixDomainSocketAddress.of("/run/in.sock")).toString());
    }

    @Test
    void every_interface_is_asked_for_by_name() {
        assertRefused(
                "listen host is \"\", must be 1 to 255 printable characters without spaces", () -> Listener.on("", 80));
        assertNullRefused("listen host", () -> Listener.on(null, 80));
    }

    @Test
    void the_inherited_socket_has_no_address_yet_and_is_there_once() {
        Listener inherited = Listener.inherited();
        assertEquals("the inherited socket", inherited.toString());
        assertEquals(
                "the inherited socket",
                inherited
                        .acceptProxy()
                        .socketOptions(SocketOptions.DEFAULT)
                        .backlog(5)
                        .toString());
        ProxyBuilder builder = Proxy.builder().listen(inherited);
        assertRefused("listen is the inherited socket twice, must be once at most", () -> builder.listen(inherited));
    }

    @Test
    void what_nobody_can_bind_is_refused() {
        assertRefused(
                "listen address is in.invalid:80, must be a host name that resolves or an IP address",
                () -> Listener.on(InetSocketAddress.createUnresolved("in.invalid", 80)));
        assertRefused(
                "listen address is an empty path, must name a unix-domain socket",
                () -> Listener.on(UnixDomainSocketAddress.of("")));
        assertNullRefused("listen address", () -> Listener.on(null));
    }
}
