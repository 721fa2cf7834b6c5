package io.lbkit.examples;

import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.Tls;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;

/** A server in the clear, and a proxy before it where TLS ends, with a certificate made for the occasion. */
public final class TlsTermination {

    private TlsTermination() {}

    /**
     * Runs once.
     *
     * @param args none
     * @throws Exception if the server cannot be started
     */
    public static void main(String[] args) throws Exception {
        run().forEach(System.out::println);
    }

    static List<String> run() throws Exception {
        Path folder = Files.createTempDirectory("lbkit-tls");
        Path chain = folder.resolve("site.crt");
        Path key = folder.resolve("site.key");
        try (HelloServer server = HelloServer.start("server")) {
            SSLContext trusting = SelfSigned.write("localhost", chain, key);
            // snippet: tls
            Proxy proxy = Proxy.builder()
                    .listen(Listener.on("127.0.0.1", 0).tls(Tls.pem(chain, key)))
                    .backend("127.0.0.1", server.port())
                    .start();
            // end
            try (proxy) {
                Socket socket = trusting.getSocketFactory().createSocket("127.0.0.1", proxy.port());
                return List.of("over TLS: " + HelloServer.ask(socket));
            }
        } finally {
            Files.deleteIfExists(chain);
            Files.deleteIfExists(key);
            Files.delete(folder);
        }
    }
}
