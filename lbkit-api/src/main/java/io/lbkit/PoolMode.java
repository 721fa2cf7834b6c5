package io.lbkit;

/** Which of the backends get the new sessions. */
public enum PoolMode {
    /** The usable ones of the first tier. */
    NORMAL,
    /** Those of a later tier, because none of an earlier one is usable. */
    BACKUP,
    /**
     * All that are neither drained nor removed, the well and the unwell, because none is usable, or fewer than were asked
     * for: to try what is probably down is better than to turn everybody away.
     */
    FAIL_OPEN,
    /** None: there is no backend, or each one is drained or of weight 0. */
    EMPTY
}
