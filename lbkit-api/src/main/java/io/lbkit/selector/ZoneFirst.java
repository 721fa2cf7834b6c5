package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.util.Objects;

/**
 * Asks another selector for one of the backends of a zone, or, when none of those can be had, for any.
 *
 * <p>Immutable.
 */
final class ZoneFirst implements Selector {

    private final Candidates.Filter inZone;
    private final Selector inner; // as it was given
    private final Selector near; // prepared for the members of the zone
    private final Selector anywhere; // prepared for all members

    ZoneFirst(String zone, Selector inner) {
        this(filter(zone), Objects.requireNonNull(inner, "inner"), inner, inner);
    }

    private ZoneFirst(Candidates.Filter inZone, Selector inner, Selector near, Selector anywhere) {
        this.inZone = inZone;
        this.inner = inner;
        this.near = near;
        this.anywhere = anywhere;
    }

    private static Candidates.Filter filter(String zone) {
        if (Objects.requireNonNull(zone, "zone").isEmpty()) {
            throw new IllegalArgumentException("zone is \"\", must be the zone of some backends");
        }
        return (candidates, index) -> zone.equals(candidates.backend(index).zone());
    }

    @Override
    public Selector prepare(Candidates all) {
        return new ZoneFirst(inZone, inner, inner.prepare(all.only(inZone)), inner.prepare(all));
    }

    @Override
    public Selector trial() {
        return new ZoneFirst(inZone, inner, near.trial(), anywhere.trial());
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        Candidates inside = candidates.only(inZone);
        if (inside.size() == 0) {
            return anywhere.select(candidates, client);
        }
        int index = near.select(inside, client);
        return index == NONE ? NONE : candidates.indexOf(inside.position(index));
    }
}
