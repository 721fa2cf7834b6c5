package io.lbkit.core.health;

/**
 * Makes a state out of results: so many failures in a row take it down, so many successes bring it up, after {@code rise}
 * and {@code fall} in HAProxy's configuration manual. The very first success needs no company.
 *
 * <p>Owned by the control loop. Knows neither time nor network.
 */
final class RiseFall {

    private final int rise;
    private final int fall;
    private boolean up;
    private boolean proven;
    private int contradictions; // results in a row that contradict the state

    RiseFall(int rise, int fall, boolean up) {
        this.rise = rise;
        this.fall = fall;
        this.up = up;
    }

    /** Takes a result in; true if the state has changed. */
    boolean on(boolean passed) {
        boolean first = !proven;
        proven = true;
        if (passed == up) {
            contradictions = 0;
            return false;
        }
        contradictions++;
        if (contradictions < (up ? fall : first ? 1 : rise)) {
            return false;
        }
        up = passed;
        contradictions = 0;
        return true;
    }

    /** What was found so far was about somebody else; the state stays until there is a result. */
    void restart() {
        proven = false;
        contradictions = 0;
    }

    boolean isUp() {
        return up;
    }

    /** Whether the last result contradicts the state. */
    boolean isChanging() {
        return contradictions > 0;
    }
}
