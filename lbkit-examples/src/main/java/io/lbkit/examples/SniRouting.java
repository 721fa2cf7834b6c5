package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.Proxy;
import io.lbkit.Route;

/**
 * TLS services behind one port, told apart by the name that the client wants. TLS is not terminated: the proxy has no
 * certificates, and sees nothing but the ClientHello.
 */
public final class SniRouting {

    private SniRouting() {}

    /**
     * Runs until it is killed.
     *
     * @param args three ports of TLS servers on this machine: of the shop, of the mail, and of everything else
     * @throws InterruptedException if the main thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        try (Proxy proxy = start(server(args[0]), server(args[1]), server(args[2]))) {
            System.out.println("curl --connect-to ::127.0.0.1:" + proxy.port() + " https://shop.example/");
            Thread.currentThread().join();
        }
    }

    private static Backend server(String port) {
        return Backend.of("127.0.0.1", Integer.parseInt(port));
    }

    static Proxy start(Backend shop, Backend mail, Backend everythingElse) {
        // snippet: routes
        Proxy proxy = Proxy.builder()
                .listen("127.0.0.1", 0)
                .route(Route.named("shop")
                        .serverName("shop.example", "*.shop.example")
                        .backend(shop))
                .route(Route.named("mail").serverName("mail.example").backend(mail))
                .backend(everythingElse)
                .start();
        // end
        return proxy;
    }
}
