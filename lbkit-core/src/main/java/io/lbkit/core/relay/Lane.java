package io.lbkit.core.relay;

import io.lbkit.OutlierPolicy;
import io.lbkit.core.admission.Rate;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.Pool;
import io.lbkit.core.loop.EventLoop;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
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
 * @param whenNews told by a loop that the control loop may want to know something about a backend
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
        BiConsumer<EventLoop, BackendEntry> whenNews) {}
