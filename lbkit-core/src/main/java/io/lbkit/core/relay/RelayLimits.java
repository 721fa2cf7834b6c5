package io.lbkit.core.relay;

import io.lbkit.Limits;
import io.lbkit.core.admission.Rate;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a session in nanoseconds, with {@link #OFF} for what is off.
 *
 * <p>Immutable.
 */
public record RelayLimits(
        long preludeNanos,
        long connectNanos,
        int connectAttempts,
        long connectDeadlineNanos,
        long idleNanos,
        long firstByteNanos,
        long halfCloseNanos,
        long endingNanos,
        long maxAgeNanos,
        int bufferBytes,
        int turnBytes,
        long addressDelayNanos,
        long queueNanos,
        boolean queueLeftAtEnd,
        @Nullable Rate toBackend,
        @Nullable Rate toClient) {

    /** Longer than any deadline, and far from overflow when added to a time. */
    public static final long OFF = Long.MAX_VALUE / 4;

    private static final int BURSTS_PER_SECOND = 10;

    private static final long ENDING_UNLESS_SET = Duration.ofSeconds(30).toNanos();

    public static RelayLimits of(Limits limits) {
        return new RelayLimits(
                limits.preludeTimeout().toNanos(),
                limits.connectTimeout().toNanos(),
                limits.connectAttempts(),
                limits.connectDeadline().toNanos(),
                orOff(limits.idleTimeout()),
                orOff(limits.firstByteTimeout()),
                orOff(limits.halfCloseTimeout()),
                limits.halfCloseTimeout().isZero()
                        ? ENDING_UNLESS_SET
                        : limits.halfCloseTimeout().toNanos(),
                orOff(limits.maxAge()),
                limits.bufferBytes(),
                limits.turnBytes(),
                limits.addressDelay().toNanos(),
                limits.queueTimeout().toNanos(),
                limits.queueLeftAtEnd(),
                rate(limits.bandwidthToBackend()),
                rate(limits.bandwidthToClient()));
    }

    /** What it counts as when a backend breaks off before its first byte: the time after which it would have been given up. */
    long unansweredNanos() {
        return firstByteNanos == OFF ? connectNanos : firstByteNanos;
    }

    private static @Nullable Rate rate(int bytesPerSecond) {
        return bytesPerSecond == Limits.UNLIMITED ? null : new Rate(bytesPerSecond, bytesPerSecond / BURSTS_PER_SECOND);
    }

    private static long orOff(Duration limit) {
        return limit.isZero() ? OFF : limit.toNanos();
    }
}
