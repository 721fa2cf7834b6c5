package io.lbkit;

import java.util.List;

/**
 * What replacing the whole set of backends changed.
 *
 * @param added those whose id was not in the pool
 * @param updated those whose id was, with something else about them, as they are now
 * @param removed those whose id is in the pool no more; sessions they have go on
 */
public record Replacement(List<Backend> added, List<Backend> updated, List<Backend> removed) {

    /** Copies the collections. */
    public Replacement {
        added = List.copyOf(added);
        updated = List.copyOf(updated);
        removed = List.copyOf(removed);
    }
}
