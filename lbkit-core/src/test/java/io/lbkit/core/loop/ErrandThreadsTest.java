package io.lbkit.core.loop;

import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

class ErrandThreadsTest {

    /** As of a system that has no more of them, which on most JDKs is said only when a thread is started. */
    private static Thread noMore(Runnable work) {
        throw new OutOfMemoryError("unable to create native thread for " + work);
    }

    @Test
    void where_no_thread_can_be_made_errands_are_refused() {
        try (ErrandThreads errands = new ErrandThreads("errand", ErrandThreadsTest::noMore)) {
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
