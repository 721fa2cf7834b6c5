package io.lbkit.core.admission;

/**
 * How fast connections are accepted: each takes a token, and without one it waits in the backlog or is closed. It begins full.
 *
 * <p>Owned by the control loop, which accepts for all.
 */
public final class TokenBucket {

    private final Rate rate;
    private long level;
    private long stampNanos;

    public TokenBucket(Rate rate, long nowNanos) {
        this.rate = rate;
        this.level = rate.full();
        this.stampNanos = nowNanos;
    }

    /** Takes a token if there is one. */
    public boolean tryTake(long nowNanos) {
        refill(nowNanos);
        if (level < Rate.TOKEN) {
            return false;
        }
        level -= Rate.TOKEN;
        return true;
    }

    /** How long until there is a token; 0 if there is one. */
    public long nanosUntilNext(long nowNanos) {
        refill(nowNanos);
        return rate.nanosUntil(level, 1);
    }

    private void refill(long nowNanos) {
        long elapsed = nowNanos - stampNanos;
        if (elapsed > 0) {
            level = rate.levelAfter(level, elapsed);
            stampNanos = nowNanos;
        }
    }
}
