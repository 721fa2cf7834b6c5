package io.lbkit.examples;

import io.lbkit.ProxyObserver;
import io.lbkit.SessionReport;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Prints a line for each session. Printing may block, and an event loop must not: so lines are made and printed on a thread
 * of their own, and when that one is too slow for its queue, they are dropped and counted.
 *
 * <p>Shared; {@code closed} belongs to the thread that prints.
 */
final class AccessLog implements ProxyObserver, AutoCloseable {

    private final BlockingQueue<Runnable> queue;
    private final AtomicLong dropped = new AtomicLong();
    private final PrintStream out;
    private final long patienceMillis;
    private final Thread writer;
    private boolean closed;

    AccessLog(PrintStream out) {
        this(out, 65_536, Duration.ofSeconds(5));
    }

    /**
     * @param capacity how many lines may wait
     * @param patience how long {@link #close} waits for somebody to take what is printed
     */
    AccessLog(PrintStream out, int capacity, Duration patience) {
        this.out = out;
        this.queue = new ArrayBlockingQueue<>(capacity);
        this.patienceMillis = patience.toMillis();
        this.writer = new Thread(this::write, "access-log");
        writer.setDaemon(true);
    }

    void start() {
        writer.start();
    }

    @Override
    public void onClosed(SessionReport report) {
        if (!queue.offer(() -> out.println(report))) {
            dropped.incrementAndGet();
        }
    }

    private void write() {
        try {
            while (!closed) {
                queue.take().run();
                if (queue.isEmpty()) {
                    out.flush();
                }
            }
        } catch (InterruptedException e) {
            out.flush();
        }
    }

    /** Prints what waits, then ends. Nothing happens the second time. */
    @Override
    public void close() {
        try {
            if (writer.isAlive() && queue.offer(() -> closed = true, patienceMillis, TimeUnit.MILLISECONDS)) {
                writer.join(patienceMillis);
            }
            long missing = writer.isAlive() ? 0 : dropped.getAndSet(0); // alive, it holds the lock of the stream
            if (missing > 0) {
                out.println("access log: " + missing + " lines dropped");
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
