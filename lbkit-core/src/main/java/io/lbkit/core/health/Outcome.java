package io.lbkit.core.health;

/**
 * How a check ended.
 *
 * <p>Immutable.
 *
 * @param verdict what it says about the backend
 * @param why in a few words; not fit for a log before it was escaped, because it may hold what a backend sent
 */
record Outcome(Verdict verdict, String why) {

    /** Why a check is spoilt in whose time this process did not run. */
    static final String PAUSED = "this process had paused";

    enum Verdict {
        PASSED,
        FAILED,
        /** Nothing: the check was spoilt by something on this side, and has to be done again. */
        SPOILT
    }

    static Outcome passed(String why) {
        return new Outcome(Verdict.PASSED, why);
    }

    static Outcome failed(String why) {
        return new Outcome(Verdict.FAILED, why);
    }

    static Outcome spoilt(String why) {
        return new Outcome(Verdict.SPOILT, why);
    }
}
