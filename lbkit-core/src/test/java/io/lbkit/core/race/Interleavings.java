package io.lbkit.core.race;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;

/**
 * Runs a scenario of several threads under one interleaving after the other, by the model checker of Lincheck: those with the
 * fewest switches between threads first, until there are no more or the budget is used. A scenario in which everybody waits
 * fails as well.
 *
 * <p>The model is sequentially consistent. What depends on how weak an access is, release or opaque, is for the tests with
 * real threads. {@code -Dlbkit.race.budget=N} runs N times as many interleavings.
 *
 * <p>Tests that use it are for JDK 17: on JDK 25, Lincheck 3.7 does not see fields being read and written, and the planted
 * bugs go unnoticed. What is checked is our class files, which are the same.
 */
public final class Interleavings {

    /** The planted bugs show within 15. */
    private static final int BUDGET = 250;

    private static final int BUDGET_TO_FIND = 5_000;

    static {
        System.setProperty("lincheck.logLevel", "OFF"); // it warns of each lambda, and what fails is thrown anyway
    }

    private Interleavings() {}

    /** The scenario holds whatever the interleaving. */
    public static void all(Runnable scenario) {
        Lincheck.runConcurrentTest(BUDGET * Integer.getInteger("lbkit.race.budget", 1), scenario);
    }

    /** A scenario with a planted bug: some interleaving shows it. */
    public static void some(Runnable broken) {
        Throwable thrown = assertThrows(
                Throwable.class, () -> Lincheck.runConcurrentTest(BUDGET_TO_FIND, broken), "nobody noticed");
        if (!(thrown instanceof AssertionError) && !isReport(thrown)) {
            throw new AssertionError("Lincheck itself failed", thrown);
        }
    }

    /** Lincheck 3.7 stumbles now and then when it writes down the failure that it has found. */
    private static boolean isReport(Throwable thrown) {
        return Arrays.stream(thrown.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(LincheckAssertionError.class.getName())
                        && frame.getMethodName().equals("<init>"));
    }

    /** What two or more threads do at once; ends when all have. What one of them throws fails the scenario. */
    public static void atOnce(Runnable... parts) {
        Throwable[] thrown = new Throwable[parts.length];
        Thread[] threads = new Thread[parts.length];
        for (int i = 0; i < parts.length; i++) {
            int part = i;
            threads[i] = new Thread(() -> {
                try {
                    parts[part].run();
                } catch (Throwable failure) {
                    thrown[part] = failure;
                }
            });
        }
        for (Thread thread : threads) {
            thread.start();
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        for (Throwable failure : thrown) {
            if (failure != null) {
                throw new AssertionError(failure);
            }
        }
    }
}
