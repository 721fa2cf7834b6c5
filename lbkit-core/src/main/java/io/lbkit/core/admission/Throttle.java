package io.lbkit.core.admission;

/**
 * How fast one direction of a session moves bytes. It says how many may move now, and when to look again; both so that a
 * slow rate does not become many small turns: less than a hundredth of a second's worth is not let through, or less than half
 * a burst, so that who looks late has not lost what no longer fitted in.
 *
 * <p>Owned by one event loop.
 */
public final class Throttle {

    private static final int PORTIONS_PER_SECOND = 100;

    private final Rate rate;
    private final long leastBytes;
    private long level;
    private long stampNanos;

    /** It begins with a full burst. */
    public Throttle(Rate bytes, long nowNanos) {
        this.rate = bytes;
        this.leastBytes = Math.max(1, Math.min(bytes.burst() / 2, bytes.perSecond() / PORTIONS_PER_SECOND));
        this.level = bytes.full();
        this.stampNanos = nowNanos;
    }

    /** How many bytes may move now; 0 if it is not worth it yet. */
    public long allowedBytes(long nowNanos) {
        refill(nowNanos);
        long bytes = level < 0 ? 0 : level / Rate.TOKEN;
        return bytes < leastBytes ? 0 : bytes;
    }

    /** So many have moved. More than were allowed are a debt, and paid back before anything else moves. */
    public void onMoved(long bytes) {
        assert bytes >= 0 && bytes <= Rate.MOST_BURST : bytes + " bytes at once";
        level = Math.max(level - bytes * Rate.TOKEN, -Rate.MOST_BURST * Rate.TOKEN);
    }

    /** How long until bytes are allowed; 0 if some are. */
    public long nanosUntilAllowed(long nowNanos) {
        refill(nowNanos);
        return rate.nanosUntil(level, leastBytes);
    }

    private void refill(long nowNanos) {
        long elapsed = nowNanos - stampNanos;
        if (elapsed > 0) {
            level = rate.levelAfter(level, elapsed);
            stampNanos = nowNanos;
        }
    }
}
