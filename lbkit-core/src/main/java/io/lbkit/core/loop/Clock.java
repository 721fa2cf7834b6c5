package io.lbkit.core.loop;

/** Where time comes from; the only place that reads the system's clock. */
@FunctionalInterface
public interface Clock {

    /** The clock of the system. */
    Clock SYSTEM = new OfSystem();

    /** Nanoseconds from an arbitrary origin, never backwards. Compare by subtraction: the value may wrap. */
    long nanoTime();

    /** See {@link #SYSTEM}. */
    final class OfSystem implements Clock {

        private OfSystem() {}

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    }
}
