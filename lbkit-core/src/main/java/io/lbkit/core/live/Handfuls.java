package io.lbkit.core.live;

/**
 * So many a second and never more, in handfuls of at most a twentieth of a second's worth, so that to cut a thousand sessions
 * takes twenty looks at the sessions of a loop and not a thousand. What was not used is not saved up.
 *
 * <p>Owned by the control loop.
 */
final class Handfuls {

    private static final int HANDFULS_PER_SECOND = 20;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final int handful;
    private final long periodNanos;
    private boolean begun;
    private long nextNanos;

    /** @param perSecond at least 1 */
    Handfuls(int perSecond) {
        handful = Math.max(1, perSecond / HANDFULS_PER_SECOND);
        int handfuls = perSecond / handful;
        periodNanos = (SECOND_NANOS + handfuls - 1) / handfuls;
    }

    /** How many may go now; 0 before {@link #nextNanos()}. */
    int take(long nowNanos) {
        if (begun && nowNanos - nextNanos < 0) {
            return 0;
        }
        begun = true;
        nextNanos = nowNanos + periodNanos;
        return handful;
    }

    /** So many of those taken were not needed. If that is all of them, it is as if nothing had been taken. */
    void putBack(int unused) {
        if (unused == handful) {
            nextNanos -= periodNanos;
        }
    }

    /** When there is something to take again, once something was taken. */
    long nextNanos() {
        return nextNanos;
    }
}
