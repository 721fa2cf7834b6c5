package io.lbkit.core.loop;

import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

class ErrandThreadsTest {

    /** A thread as of a system that has no more of them. */
    private static final class NoMore extends Thread {

        @Override
        public synchronized void start() {
            throw new OutOfMemoryError("unable to create native thread");
        }
    }

    @Test
    void where_no_thread_can_be_made_errands_are_refused() {
        try (ErrandThreads errands = new ErrandThreads("errand", work -> new NoMore())) {
            assertFalse(isRun(errands));
            assertFalse(isRun(errands));
        }
    }

    /** Or the error would end all tests. */
    private static boolean isRun(ErrandThreads errands) {
        try {
            return errands.run(() -> {});
        } catch (OutOfMemoryError thrown) {
            throw new AssertionError("it went through", thrown);
        }
    }
}
