package io.lbkit.core.wire;

import org.jspecify.annotations.Nullable;

/**
 * What a reader makes of the first bytes of a stream. A reader answers the same however the bytes were cut: once it has
 * decided, more bytes change nothing.
 *
 * <p>Immutable.
 *
 * @param state what is known
 * @param value what was read; not null if, and only if, the state is {@link State#DONE}
 * @param flaw what is wrong, in a few fixed words that repeat nothing of the input; empty unless something is
 * @param <T> what is read
 */
public record Reading<T>(State state, @Nullable T value, String flaw) {

    /** What is known of the bytes. */
    public enum State {
        /** So far so good, but not all is there. */
        MORE,
        /** The value is complete. */
        DONE,
        /** It began like what is looked for, and is wrong. */
        MALFORMED,
        /** It is something else: the first bytes already differ. */
        OTHER
    }

    private static final Reading<?> NEEDS_MORE = new Reading<>(State.MORE, null, "");

    @SuppressWarnings("unchecked") // it has no value of any type
    static <T> Reading<T> more() {
        return (Reading<T>) NEEDS_MORE;
    }

    static <T> Reading<T> done(T value) {
        return new Reading<>(State.DONE, value, "");
    }

    static <T> Reading<T> malformed(String flaw) {
        return new Reading<>(State.MALFORMED, null, flaw);
    }

    static <T> Reading<T> other(String flaw) {
        return new Reading<>(State.OTHER, null, flaw);
    }
}
