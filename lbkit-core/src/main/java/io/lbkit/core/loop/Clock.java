package io.lbkit.core.loop;

/** Where time comes from; the only place that reads the system's clock. */
@FunctionalInterface
public interface Clock {

    /** The clock of the system. */
    Clock SYSTEM = System::nanoTime;

    /** Nanoseconds from an arbitrary origin, never backwards. Compare by subtraction: the value may wrap. */
    long nanoTime();
}
