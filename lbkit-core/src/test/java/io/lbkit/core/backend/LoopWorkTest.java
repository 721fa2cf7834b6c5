package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * No turn of the control loop does work that grows with the number of backends, when one of thousands changes. Work is counted, not
 * timed: the steps of lbkit itself, and by what is allocated those of the JDK with a whole set.
 */
class LoopWorkTest {

    private static final int BACKENDS = 2_000; // each step counts: they need not be many
    private static final long MOST_STEPS = BACKENDS / 2;
    private static final long MOST_BYTES = BACKENDS * 4L; // a list of all of them

    private static Map<String, long[]> most(Class<?> work, int backends) throws ReflectiveOperationException {
        LongSupplier steps = CountingLoader.Steps::count;
        Object made = work.getConstructor(int.class, LongSupplier.class).newInstance(backends, steps);
        @SuppressWarnings("unchecked") // the class is that of another loader
        Supplier<Map<String, long[]>> counts = (Supplier<Map<String, long[]>>) made;
        return counts.get();
    }

    @Test
    void no_turn_looks_at_every_backend_because_one_has_changed() throws ReflectiveOperationException {
        Class<?> work = new CountingLoader().loadClass(LoopWork.class.getName());
        most(work, 4); // what is allocated the first time is for classes, too
        Map<String, long[]> most = most(work, BACKENDS);
        assertTrue(most.remove("a pass of lbkit")[0] > BACKENDS, "a pass would not be noticed");
        assertTrue(most.remove("a pass of the JDK")[1] >= MOST_BYTES, "a copy would not be noticed");
        assertAll(most.entrySet().stream().map(each -> () -> {
            String change = each.getKey() + ": " + each.getValue()[0] + " steps, " + each.getValue()[1] + " bytes";
            assertTrue(each.getValue()[0] > 0 && each.getValue()[0] < MOST_STEPS, change);
            assertTrue(each.getValue()[1] < MOST_BYTES, change);
        }));
    }
}
