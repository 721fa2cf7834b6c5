package io.lbkit.core.loop;

import java.util.List;

/** Commands between loops, which can only be seen from inside the engine's package. */
public final class Letters {

    private Letters() {}

    /** Whether any is on its way between loops of which none is in the middle of a turn. */
    public static boolean isAny(List<EventLoop> loops) {
        return loops.stream().anyMatch(EventLoop::hasLetters);
    }
}
