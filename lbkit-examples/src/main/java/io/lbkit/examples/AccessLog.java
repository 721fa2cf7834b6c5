package io.lbkit.examples;

import io.lbkit.ProxyObserver;
import io.lbkit.SessionReport;
import java.io.PrintStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Prints a line for each session. Printing may block, and an event loop must not: so lines are made and printed on a thread
 * of their own, and when that one is too slow for its queue, they are dropped and counted.
 */
final class AccessLog implements ProxyObserver, AutoCloseable {

    private static final int CAPACITY = 65_536;

    private final BlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong dropped = new AtomicLong();
    private final PrintStream out;
    private final Thread writer;
    private boolean closed;

    AccessLog(PrintStream out) {
        this.out = out;
        writer = new Thread(this::write, "access-log");
        writer.setDaemon(true);
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

    /** Prints what is queued, then ends. */
    @Override
    public void close() {
        try {
            queue.put(() -> closed = true);
            writer.join();
            if (dropped.get() > 0) {
                out.println("access log: " + dropped + " lines dropped");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
