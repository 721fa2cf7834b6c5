package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gives a key the backend it had before, and asks another selector when there is none or it cannot be had. The table is kept
 * when the set of backends changes.
 *
 * <p>Immutable, but for the {@link StickyTable}.
 */
final class Sticky implements Selector {

    private final Key key;
    private final Selector inner;
    private final StickyTable table;
    private final Map<String, Integer> positions; // by id
    private final boolean forTrial;

    Sticky(Key key, Selector inner, Duration idleTime, int entries) {
        this(
                Objects.requireNonNull(key, "key"),
                Objects.requireNonNull(inner, "inner"),
                table(idleTime, entries),
                Map.of(),
                false);
    }

    private Sticky(Key key, Selector inner, StickyTable table, Map<String, Integer> positions, boolean forTrial) {
        this.key = key;
        this.inner = inner;
        this.table = table;
        this.positions = positions;
        this.forTrial = forTrial;
    }

    private static StickyTable table(Duration idleTime, int entries) {
        Objects.requireNonNull(idleTime, "sticky idleTime");
        if (idleTime.compareTo(Duration.ofMillis(1)) < 0 || idleTime.compareTo(Duration.ofDays(3650)) > 0) {
            throw new IllegalArgumentException(
                    "sticky idleTime is " + idleTime + ", must be between PT0.001S and PT87600H");
        }
        if (entries < StickyTable.WAYS || entries > 100_000_000) {
            throw new IllegalArgumentException(
                    "sticky entries is " + entries + ", must be between " + StickyTable.WAYS + " and 100000000");
        }
        return new StickyTable(idleTime.toNanos(), entries);
    }

    @Override
    public Selector prepare(Candidates all) {
        Map<String, Integer> positions = new HashMap<>();
        for (int i = 0; i < all.size(); i++) {
            positions.put(all.backend(i).id(), all.position(i));
        }
        return new Sticky(key, inner.prepare(all), table, positions, forTrial);
    }

    /** Looks into the same table, but leaves it as it is. */
    @Override
    public Selector trial() {
        return new Sticky(key, inner.trial(), table, positions, true);
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        long of = key.of(client);
        long now = client.nowNanos();
        String had = forTrial ? table.look(of, now) : table.find(of, now);
        int known = indexOf(had, candidates);
        if (known != NONE) {
            return known;
        }
        int chosen = inner.select(candidates, client);
        if (chosen == NONE || forTrial) {
            return chosen;
        }
        String has = table.learn(of, had, candidates.backend(chosen).id(), now);
        int kept = indexOf(has, candidates);
        return kept == NONE ? chosen : kept;
    }

    private int indexOf(@Nullable String id, Candidates candidates) {
        Integer position = id == null ? null : positions.get(id);
        if (position != null) {
            return candidates.indexOf(position);
        }
        return id == null || !positions.isEmpty() ? NONE : search(id, candidates);
    }

    /** For want of a preparation. */
    private static int search(String id, Candidates candidates) {
        for (int i = 0; i < candidates.size(); i++) {
            if (candidates.backend(i).id().equals(id)) {
                return i;
            }
        }
        return NONE;
    }
}
