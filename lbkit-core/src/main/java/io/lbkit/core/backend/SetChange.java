package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is to be done to make some backends the whole set. Whoever wants that reckons it from the current snapshot, since it is a pass over
 * both sets; the control loop has to do so only if somebody else has changed the set since.
 *
 * <p>Immutable.
 */
public final class SetChange {

    private final Snapshot from;
    private final Collection<Backend> wanted;
    private final List<Backend> added;
    private final List<Backend> updated = new ArrayList<>();
    private final List<Backend> removed = new ArrayList<>();

    /**
     * @param from of which it is true
     * @param there those of the snapshot, or of the table
     * @throws IllegalArgumentException if two that are wanted have the same id
     */
    SetChange(Snapshot from, Collection<BackendEntry> there, Collection<Backend> wanted) {
        this.from = from;
        this.wanted = wanted;
        Map<String, Backend> left = new LinkedHashMap<>();
        for (Backend backend : wanted) {
            if (left.put(backend.id(), backend) != null) {
                throw new IllegalArgumentException("backend id is " + backend.id() + ", must be unique in a set");
            }
        }
        for (BackendEntry entry : there) {
            if (entry.state() != BackendState.REMOVED) {
                Backend is = entry.backend();
                Backend next = left.remove(is.id());
                if (next == null) {
                    removed.add(is);
                } else if (!next.isSameAs(is)) {
                    updated.add(next);
                }
            }
        }
        added = List.copyOf(left.values());
    }

    Snapshot from() {
        return from;
    }

    Collection<Backend> wanted() {
        return wanted;
    }

    List<Backend> added() {
        return added;
    }

    List<Backend> updated() {
        return updated;
    }

    List<Backend> removed() {
        return removed;
    }
}
