package io.lbkit.core.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.DrainReport;
import io.lbkit.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A host whose code does what it must not: it holds the control loop. */
class HeldLoopTest {

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void stop_neither_waits_for_room_in_the_inbox_nor_is_it_lost() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        TestServer server = lab.greeter("a");
        Proxy proxy = lab.start(lab.proxy(server)
                .loops(1)
                .limits(limits -> limits.inboxCapacity(16))
                .selector((candidates, client) -> {
                    held.countDown();
                    await(release);
                    return 0;
                }));
        try {
            lab.connect(proxy);
            await(held);
            fill(proxy, server.backend().id());
            CompletionStage<DrainReport> stopped = CompletableFuture.supplyAsync(() -> {
                        proxy.stop(Duration.ofMinutes(1));
                        proxy.stop(Duration.ZERO);
                        return proxy.stop(Duration.ofMinutes(2));
                    })
                    .get(10, TimeUnit.SECONDS);
            assertFalse(stopped.toCompletableFuture().isDone());

            release.countDown();
            DrainReport report = stopped.toCompletableFuture().get(20, TimeUnit.SECONDS);
            assertEquals(1, report.cut());
        } finally {
            release.countDown();
        }
    }

    private static void fill(Proxy proxy, String backend) {
        int posted = 0;
        while (!proxy.backends().weight(backend, 1).toCompletableFuture().isCompletedExceptionally()) {
            assertTrue(++posted <= 16, "the inbox has a bound");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
