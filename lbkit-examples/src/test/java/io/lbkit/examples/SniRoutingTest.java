package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lbkit.Backend;
import io.lbkit.Proxy;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SniRoutingTest {

    @Test
    void each_name_comes_to_its_server_with_every_byte() throws Exception {
        try (EchoServer shop = EchoServer.start("shop");
                EchoServer mail = EchoServer.start("mail");
                EchoServer rest = EchoServer.start("rest");
                Proxy proxy = SniRouting.start(backend(shop), backend(mail), backend(rest))) {
            assertEquals("shop", serverFor("shop.example", proxy.port()));
            assertEquals("shop", serverFor("www.shop.example", proxy.port()));
            assertEquals("mail", serverFor("mail.example", proxy.port()));
            assertEquals("rest", serverFor("blog.example", proxy.port()));
        }
    }

    @Test
    void the_command_line_does_so_too() throws Exception {
        try (EchoServer shop = EchoServer.start("shop");
                EchoServer rest = EchoServer.start("rest");
                CliThread cli = new CliThread("--backend", rest.backend(), "--sni=*.shop.example=" + shop.address())) {
            assertEquals("shop", serverFor("www.shop.example", cli.port()));
            assertEquals("rest", serverFor("shop.example", cli.port()));
        }
    }

    private static Backend backend(EchoServer server) {
        return Backend.of("127.0.0.1", Integer.parseInt(server.address().split(":")[1]));
    }

    /** The name of the server to which a client comes; it must be sent what the client has said. */
    private static String serverFor(String name, int port) throws Exception {
        byte[] hello = helloFor(name);
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream().write(hello);
            InputStream in = socket.getInputStream();
            String server = new String(in.readNBytes(5), StandardCharsets.US_ASCII).strip();
            assertArrayEquals(hello, in.readNBytes(hello.length));
            return server;
        }
    }

    /** What the JDK's own client says first. */
    private static byte[] helloFor(String name) throws Exception {
        SSLEngine client = SSLContext.getDefault().createSSLEngine();
        client.setUseClientMode(true);
        SSLParameters parameters = client.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        client.setSSLParameters(parameters);
        ByteBuffer hello = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
        client.wrap(ByteBuffer.allocate(0), hello);
        return Arrays.copyOf(hello.array(), hello.position());
    }
}
