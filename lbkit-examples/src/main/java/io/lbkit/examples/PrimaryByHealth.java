package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.Failover;
import io.lbkit.HealthCheck;
import io.lbkit.Proxy;
import io.lbkit.ProxyObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Three databases, of which one is the primary; a proxy that finds it by asking each over HTTP on another port, as one does
 * with Patroni; and a switchover.
 */
public final class PrimaryByHealth {

    private final BlockingQueue<String> changes = new LinkedBlockingQueue<>();

    private PrimaryByHealth() {}

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
        try (Database a = new Database("a", "127.0.0.1", 0, 0);
                Database b = new Database("b", "127.0.0.2", a.port(), a.statusPort());
                Database c = new Database("c", "127.0.0.3", a.port(), a.statusPort())) {
            return new PrimaryByHealth().switchOver(List.of(a, b, c));
        }
    }

    private List<String> switchOver(List<Database> databases) throws Exception {
        Database first = databases.get(0);
        Database second = databases.get(1);
        first.primary(true);
        List<Backend> backends = databases.stream()
                .map(database -> Backend.of(database.host(), database.port()).id(database.name()))
                .toList();
        // snippet: health
        HealthCheck isPrimary = HealthCheck.http("/primary")
                .port(first.statusPort()) // of Patroni: 8008
                .interval(Duration.ofMillis(200))
                .rise(1)
                .fall(1)
                .initiallyUp(false);
        // end
        ProxyObserver observer = new ProxyObserver() {
            @Override
            public void onBackendChanged(Backend backend, BackendState state) {
                changes.add(backend.id() + " is " + state);
            }
        };
        try (Proxy proxy = Proxy.builder()
                .listen("127.0.0.1", 0)
                .backends(backends)
                .healthCheck(isPrimary)
                .failover(Failover.DEFAULT.failOpen(false)) // nobody writes to a replica for want of a primary
                .observer(observer)
                .start()) {
            await(first.name() + " is UP");
            String before = Database.connect(proxy.port());
            first.primary(false);
            await(first.name() + " is DOWN");
            second.primary(true);
            await(second.name() + " is UP");
            String after = Database.connect(proxy.port());
            return List.of("before the switchover: " + before, "after it: " + after);
        }
    }

    private void await(String change) throws InterruptedException {
        while (!changes.take().equals(change)) {}
    }
}
