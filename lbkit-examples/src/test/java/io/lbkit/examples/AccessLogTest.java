package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.CloseReason;
import io.lbkit.Phase;
import io.lbkit.SessionReport;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AccessLogTest {

    private final Printed out = new Printed();

    private static SessionReport report(long id) {
        return new SessionReport(
                id,
                "lbkit",
                new InetSocketAddress("127.0.0.1", 40000),
                new InetSocketAddress("127.0.0.1", 40000),
                new InetSocketAddress("127.0.0.1", 8080),
                null,
                null,
                Backend.of("127.0.0.1", 80),
                1,
                Duration.ZERO,
                Duration.ofMillis(1),
                null,
                Duration.ofSeconds(1),
                10,
                20,
                Phase.RELAYING,
                CloseReason.COMPLETED,
                "");
    }

    @Test
    void closing_prints_what_waits() {
        AccessLog log = new AccessLog(out.stream());
        for (int i = 0; i < 1000; i++) {
            log.onClosed(report(i));
        }
        log.start();
        log.close();
        assertEquals(1000, out.all().size());
        assertEquals(report(999).toString(), out.all().get(999));
    }

    @Test
    void lines_that_find_no_room_are_counted() {
        AccessLog log = new AccessLog(out.stream(), 10, Duration.ofSeconds(30));
        for (int i = 0; i < 15; i++) {
            log.onClosed(report(i));
        }
        log.start();
        log.close();
        log.close();
        assertEquals(11, out.all().size());
        assertEquals("access log: 5 lines dropped", out.all().get(10));
    }

    @Test
    void an_output_that_takes_nothing_holds_up_neither_sessions_nor_the_end() throws Exception {
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        PrintStream stuck = new PrintStream(new OutputStream() {
            @Override
            public void write(int b) {
                taken.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        AccessLog log = new AccessLog(stuck, 10, Duration.ofMillis(10));
        log.start();
        log.onClosed(report(1));
        taken.await();
        for (int i = 0; i < 100; i++) {
            log.onClosed(report(i)); // returns, or the test does not
        }
        log.close(); // likewise
        assertTrue(never.getCount() > 0);
        never.countDown();
    }
}
