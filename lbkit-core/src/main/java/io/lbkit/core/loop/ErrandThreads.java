package io.lbkit.core.loop;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Errands on a few daemon threads, which begin with the first errand and end when there was none for a while.
 *
 * <p>Shared; all fields are immutable.
 */
public final class ErrandThreads implements Errands, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ErrandThreads.class);

    /** Host checks may block for seconds; four of them at once still leave the machine to its work. */
    private static final int THREADS = 4;

    private static final int MOST_WAITING = 4096;
    private static final long KEEP_SECONDS = 10;

    private final String name;
    private final ThreadPoolExecutor threads;

    /** @param name of the threads, followed by a number */
    public ErrandThreads(String name) {
        this.name = name;
        AtomicInteger count = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                THREADS, THREADS, KEEP_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), work -> {
                    Thread thread = new Thread(work, name + "-" + count.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public boolean run(Runnable work) {
        try {
            threads.execute(() -> guarded(work));
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (Throwable defect) {
            LOG.error("{}: an errand failed", name, defect);
        }
    }

    /** Interrupts what runs and drops what waits. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
