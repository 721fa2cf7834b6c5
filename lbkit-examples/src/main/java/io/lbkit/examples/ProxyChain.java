package io.lbkit.examples;

import io.lbkit.AddressSet;
import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.ProxyObserver;
import io.lbkit.SendProxy;
import io.lbkit.SessionReport;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Two proxies in a row: the first tells the second who the client is. */
public final class ProxyChain {

    private ProxyChain() {}

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
        CompletableFuture<SessionReport> ended = new CompletableFuture<>();
        ProxyObserver observer = new ProxyObserver() {
            @Override
            public void onClosed(SessionReport report) {
                ended.complete(report);
            }
        };
        HelloServer server = HelloServer.start("server");
        // snippet: chain
        Proxy second = Proxy.builder()
                .listen(Listener.on("127.0.0.1", 0).acceptProxy(AddressSet.of("127.0.0.1")))
                .backend("127.0.0.1", server.port())
                .observer(observer)
                .start();
        Backend next = Backend.of("127.0.0.1", second.port()).sendProxy(SendProxy.V2);
        Proxy first = Proxy.builder().listen("127.0.0.1", 0).backend(next).start();
        // end
        try (server;
                second;
                first) {
            Socket socket = new Socket("127.0.0.1", first.port());
            String client = "the client is " + socket.getLocalSocketAddress();
            HelloServer.ask(socket);
            SessionReport seen = ended.join();
            return List.of(client, "the second sees " + seen.client() + ", by way of " + seen.peer());
        }
    }
}
