package io.lbkit.core.loop;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that takes the turns of an event loop until it is told to stop. Nothing that a turn throws ends it; a turn that
 * fails is followed by a rest, so that a loop that can do nothing but fail does not take a processor for that.
 *
 * <p>Shared; {@code stopping} belongs to the thread itself.
 */
public final class LoopThread implements BooleanSupplier {

    private static final Logger LOG = LoggerFactory.getLogger(LoopThread.class);
    private static final long COMPLAIN_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final long SHORTEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(64);

    private final String name;
    private final Clock clock;
    private volatile @Nullable Thread thread; // written once, by start
    private boolean stopping;

    public LoopThread(String name, Clock clock) {
        this.name = name;
        this.clock = clock;
    }

    /** What it does all its life. */
    public interface Life {

        /** Takes one turn of a loop. */
        void turn() throws Exception;

        /** Waits for some nanoseconds, after a turn that failed. */
        void rest(long nanos);

        /** Called last. */
        void end();
    }

    private final class Body implements Runnable {
        private final Life life;

        Body(Life life) {
            this.life = life;
        }

        @Override
        public void run() {
            live(life);
        }
    }

    /** Begins a life, on a thread of its own. */
    public void start(Life life) {
        Thread created = new Thread(new Body(life), name);
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

    @Override
    public boolean getAsBoolean() {
        return isCurrent();
    }

    /** Waits until the thread has ended; returns early when the caller is interrupted. */
    public void join() throws InterruptedException {
        Thread begun = thread;
        if (begun != null) {
            begun.join();
        }
    }

    private void live(Life life) {
        long complainAt = clock.nanoTime();
        long restNanos = SHORTEST_REST_NANOS;
        while (!stopping) {
            try {
                life.turn();
                restNanos = SHORTEST_REST_NANOS;
            } catch (Throwable defect) {
                long now = clock.nanoTime();
                if (now - complainAt >= 0) {
                    complainAt = now + COMPLAIN_EVERY_NANOS;
                    LOG.error("{}: a turn failed; the loop goes on", name, defect);
                }
                life.rest(restNanos);
                restNanos = Math.min(2 * restNanos, LONGEST_REST_NANOS);
            }
        }
        life.end();
    }
}
