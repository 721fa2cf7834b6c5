package io.lbkit.core.admission;

import java.util.Set;

/** What a {@link ClientTable} says of a new connection. */
public enum Verdict {
    ADMITTED,
    /** The client has as many connections as it may have. */
    TOO_MANY,
    /** The client connects faster than it may. */
    TOO_FAST,
    /** The table has no place to count the client in. */
    NO_ROOM;

    /**
     * Whether the connection has been counted, and must be given back when it ends.
     *
     * @param forgiven as it was asked with
     */
    public boolean isCounted(Set<Verdict> forgiven) {
        return this == ADMITTED || this != NO_ROOM && forgiven.contains(this);
    }
}
