package io.lbkit.core.relay;

import io.lbkit.OutlierPolicy;
import io.lbkit.core.admission.Rate;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.Pool;
import io.lbkit.core.loop.EventLoop;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What a session needs of the pool that serves it; the same for all loops.
 *
 * <p>Shared; the fields do not change, and each says of itself who writes what is in it. {@code failOpenPicks} is raised by
 * every loop.
 *
 * @param route its name, null for the pool of the proxy itself
 * @param failOpenPicks how many choices were made among well and unwell backends
 * @param toBackend how fast each session moves bytes to its backend at most, null if as fast as it can
 * @param toClient the same the other way
 * @param heldBack what these limits hold back
 */
public record Lane(
        @Nullable String route,
        Pool pool,
        WaitingLine line,
        RetryBudget retries,
        OutlierPolicy outliers,
        LongAdder failOpenPicks,
        @Nullable Rate toBackend,
        @Nullable Rate toClient,
        HeldBack heldBack,
        Owner owner) {

    /** The pool, as those see it who use it. */
    public interface Owner {

        /** On a loop: the control loop may want to know something about a backend. */
        void onNews(EventLoop loop, BackendEntry entry);

        /** On the control loop: a backend that gets no new sessions has lost its last one. */
        void onIdle(BackendEntry entry);

        /** On the control loop: no place is on its way to the waiting line any more. */
        void onSettled();
    }
}
