package io.lbkit.core.loop;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Errands on a few daemon threads, which begin with the first errand and end when there was none for a while.
 *
 * <p>Shared; what is not final is guarded by its lock.
 */
public final class ErrandThreads implements Errands, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ErrandThreads.class);

    /** Host checks may block for seconds; four of them at once still leave the machine to its work. */
    private static final int THREADS = 4;

    private static final int MOST_WAITING = 4096;
    private static final long KEEP_SECONDS = 10;

    private final String name;
    private final ThreadFactory factory;
    private @Nullable ThreadPoolExecutor threads; // guarded by this
    private boolean closed; // guarded by this

    /** @param name of the threads, followed by a number */
    public ErrandThreads(String name) {
        this(name, new Named(name));
    }

    ErrandThreads(String name, ThreadFactory factory) {
        this.name = name;
        this.factory = factory;
    }

    /**
     * Makes daemons with a name and a number.
     *
     * <p>Shared; the number is raised by whoever makes one.
     */
    private record Named(String name, AtomicInteger count) implements ThreadFactory {

        Named(String name) {
            this(name, new AtomicInteger());
        }

        @Override
        public Thread newThread(Runnable work) {
            Thread thread = new Thread(work, name + "-" + count.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        }
    }

    @Override
    public boolean run(Runnable work) {
        ThreadPoolExecutor open = open();
        try {
            if (open != null) {
                open.execute(() -> guarded(work));
            }
            return open != null;
        } catch (RejectedExecutionException full) {
            return false;
        } catch (OutOfMemoryError noThread) { // which is what the JDK throws where the system has no more of them
            return false;
        }
    }

    /** Made for the first errand: most proxies never have one. Null after the end. */
    private synchronized @Nullable ThreadPoolExecutor open() {
        if (threads == null && !closed) {
            threads = new ThreadPoolExecutor(
                    THREADS, THREADS, KEEP_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), factory);
            threads.allowCoreThreadTimeOut(true);
        }
        return threads;
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
    public synchronized void close() {
        closed = true;
        if (threads != null) {
            threads.shutdownNow();
        }
    }
}
