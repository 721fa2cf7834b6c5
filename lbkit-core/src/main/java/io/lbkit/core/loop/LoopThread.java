package io.lbkit.core.loop;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that takes the turns of an event loop until it is told to stop. Nothing that a turn throws ends it.
 *
 * <p>Shared; {@code stopping} belongs to the thread itself.
 */
public final class LoopThread {

    private static final Logger LOG = LoggerFactory.getLogger(LoopThread.class);
    private static final long COMPLAIN_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final String name;
    private final Clock clock;
    private volatile @Nullable Thread thread; // written once, by start
    private boolean stopping;

    public LoopThread(String name, Clock clock) {
        this.name = name;
        this.clock = clock;
    }

    /** One turn of a loop. */
    @FunctionalInterface
    public interface Turn {
        void take() throws Exception;
    }

    /**
     * @param turn takes one turn
     * @param atEnd called last, on the thread
     */
    public void start(Turn turn, Runnable atEnd) {
        Thread created = new Thread(() -> run(turn, atEnd), name);
        created.setDaemon(true);
        thread = created;
        created.start();
    }

    /** Ends the thread after the current turn. Called on it. */
    public void stop() {
        stopping = true;
    }

    /** Whether the caller is this thread, or it has not begun: whoever assembles a loop may touch it before. */
    public boolean isCurrent() {
        Thread begun = thread;
        return begun == null || begun == Thread.currentThread();
    }

    /** Waits until the thread has ended; returns early when the caller is interrupted. */
    public void join() throws InterruptedException {
        Thread begun = thread;
        if (begun != null) {
            begun.join();
        }
    }

    private void run(Turn turn, Runnable atEnd) {
        long complainAt = clock.nanoTime();
        while (!stopping) {
            try {
                turn.take();
            } catch (Throwable defect) {
                long now = clock.nanoTime();
                if (now - complainAt >= 0) {
                    complainAt = now + COMPLAIN_EVERY_NANOS;
                    LOG.error("{}: a turn failed; the loop goes on", name, defect);
                }
            }
        }
        atEnd.run();
    }
}
