package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.Proxy;
import io.lbkit.ProxyObserver;
import io.lbkit.SlowStart;
import io.lbkit.selector.Selectors;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Two servers that have been serving for a while, and a third that has just been started and is let warm up. */
public final class ColdBackend {

    private static final int TURNS = 21;

    private ColdBackend() {}

    /**
     * Runs once.
     *
     * @param args none
     * @throws Exception if the servers cannot be started
     */
    public static void main(String[] args) throws Exception {
        for (String line : run()) {
            System.out.println(line);
        }
    }

    static List<String> run() throws Exception {
        CountDownLatch warm = new CountDownLatch(1);
        ProxyObserver observer = new ProxyObserver() {
            @Override
            public void onBackendChanged(Backend backend, BackendState state) {
                if (backend.id().equals("cold") && state == BackendState.UP) {
                    warm.countDown();
                }
            }
        };
        try (HelloServer one = HelloServer.start("one");
                HelloServer two = HelloServer.start("two");
                HelloServer three = HelloServer.start("cold");
                Proxy proxy = Proxy.builder()
                        .listen("127.0.0.1", 0)
                        .backend(Backend.of("127.0.0.1", one.port()).id("one"))
                        .backend(Backend.of("127.0.0.1", two.port()).id("two"))
                        .selector(Selectors.roundRobin())
                        .slowStart(SlowStart.over(Duration.ofSeconds(3)))
                        .observer(observer)
                        .start()) {
            Backend cold = Backend.of("127.0.0.1", three.port()).id("cold");
            proxy.backends().add(cold).toCompletableFuture().join();
            int first = servedByCold(proxy.port());
            warm.await();
            int later = servedByCold(proxy.port());
            return List.of(
                    "served by the cold one at first: " + first + " of " + TURNS,
                    "after three seconds: " + later + " of " + TURNS);
        }
    }

    private static int servedByCold(int port) throws Exception {
        int served = 0;
        for (int turn = 0; turn < TURNS; turn++) {
            served += HelloServer.ask(port).contains("cold") ? 1 : 0;
        }
        return served;
    }
}
