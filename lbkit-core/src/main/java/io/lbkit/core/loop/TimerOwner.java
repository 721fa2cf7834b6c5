package io.lbkit.core.loop;

/**
 * Whose a {@link Timer} is; an owner of several tells them apart. A timer of a lambda does as well, but each lambda costs a
 * proxy's start a millisecond.
 */
@FunctionalInterface
public interface TimerOwner {

    /** The time has come. The timer is not armed any more. */
    void onDue(Timer timer);
}
