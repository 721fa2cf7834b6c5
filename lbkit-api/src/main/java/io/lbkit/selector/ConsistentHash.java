package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.util.Objects;

/**
 * Sends sessions of one {@link Key} to one backend, and moves few keys when the set of backends changes. Which backend that
 * is follows from the key and from the ids and weights of the backends alone: proxies that never talk to each other agree,
 * in whatever order they were told of the backends, and a proxy that starts anew does what the one before did.
 *
 * <pre>{@code
 * Selectors.maglev(Key.clientAddress(56)).boundedLoad(1.5)
 * }</pre>
 *
 * <p>A backend that cannot be had (down, full, tried for this session) is skipped for its own keys only; they are spread over
 * the others in proportion to weight, and come back when it does. So a second attempt goes to a second backend that is as
 * certain as the first. Keys of other backends move only when a backend is added, drained or removed or changes its weight.
 *
 * <p>There are two ways, {@link Selectors#maglev(Key)} and {@link Selectors#rendezvous(Key)}, which name their sources. Both start from
 * {@code h = of(key, 0)} and the hash of an id, {@code of(id)}; {@code of} is the output function of SplitMix64 with
 * constants that are never changed:
 *
 * <pre>{@code
 * mix(z):          z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9
 *                  z = (z ^ z >>> 27) * 0x94d049bb133111eb
 *                  z ^ z >>> 31
 * of(value, seed): mix(value + (seed + 1) * 0x9e3779b97f4a7c15)
 * of(text):        r = of(length, 0); for each four UTF-16 units, the first one lowest, filled up with 0: r = of(r ^ units, 0)
 * Maglev:          offset = (of(of(id), 0) >>> 1) mod M, skip = (of(of(id), 1) >>> 1) mod (M - 1) + 1; try number n from 0 on
 *                  looks into slot (of(h, n) >>> 1) mod M
 * rendezvous:      u = ((of(h ^ of(id), 0) >>> 11) + 0.5) / 2^53; the greatest weight / -ln(u) has it
 * }</pre>
 *
 * <p>Immutable; the methods with an argument return a changed copy.
 */
public final class ConsistentHash implements Selector {

    /** How many slots to look into, before all that can be had are ranked. */
    static final int MOST_TRIES = 64;

    private static final int UNBOUNDED = 0;

    private final Key key;
    private final boolean maglev;
    private final int boundPercent;
    private final MaglevTable table;
    private final long[] idHashes; // by position, as far as it was prepared
    private final boolean equal; // all members have the same weight

    ConsistentHash(Key key, boolean maglev) {
        this(Objects.requireNonNull(key, "key"), maglev, UNBOUNDED, MaglevTable.EMPTY, new long[0], false);
    }

    private ConsistentHash(
            Key key, boolean maglev, int boundPercent, MaglevTable table, long[] idHashes, boolean equal) {
        this.key = key;
        this.maglev = maglev;
        this.boundPercent = boundPercent;
        this.table = table;
        this.idHashes = idHashes;
        this.equal = equal;
    }

    /**
     * A copy that lets no backend have more than a quarter above its fair share of the sessions.
     *
     * @return {@link #boundedLoad(double) boundedLoad(1.25)}
     */
    public ConsistentHash boundedLoad() {
        return boundedLoad(1.25);
    }

    /**
     * A copy that lets no backend have more than so many times its fair share of the sessions: after Mirrokni, Thorup
     * and Zadimoghaddam, <em>Consistent Hashing with Bounded Loads</em> (2016, arXiv:1608.01350). Keys of a backend that has its share go where they would go
     * if it were full. The share is that of HAProxy ({@code chash_server_is_eligible}): of
     * ⌈(sessions + 1) × {@code factor}⌉ places over all candidates each has its part by weight, rounded so that the parts
     * add up, and at least one.
     *
     * <p>Costs a pass over the candidates, since their sessions must be added up. Loops that pick at the same moment see the
     * same sessions, so a share may be exceeded by one session for each loop but one.
     *
     * @param factor 1.01 to 10, in hundredths; HAProxy has 1.25 to 2. The less, the more even, and the more keys move
     * @return the copy, not prepared
     */
    public ConsistentHash boundedLoad(double factor) {
        if (!(factor >= 1.01 && factor <= 10)) {
            throw new IllegalArgumentException("boundedLoad factor is " + factor + ", must be between 1.01 and 10");
        }
        return new ConsistentHash(key, maglev, (int) Math.round(factor * 100), MaglevTable.EMPTY, new long[0], false);
    }

    @Override
    public Selector prepare(Candidates all) {
        int last = -1;
        boolean equal = true;
        for (int i = 0; i < all.size(); i++) {
            last = Math.max(last, all.position(i));
            equal &= all.weight(i) == all.weight(0);
        }
        long[] idHashes = new long[last + 1];
        for (int i = 0; i < all.size(); i++) {
            idHashes[all.position(i)] = Hash.of(all.backend(i).id());
        }
        MaglevTable table = maglev ? MaglevTable.of(all) : MaglevTable.EMPTY;
        return new ConsistentHash(key, maglev, boundPercent, table, idHashes, equal);
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        long hash = Hash.of(key.of(client), 0);
        long totalWeight = boundPercent == UNBOUNDED ? 0 : totalWeight(candidates);
        long places = boundPercent == UNBOUNDED ? UNBOUNDED : places(candidates);
        for (int n = 0; n < MOST_TRIES && !table.isEmpty(); n++) {
            int index = candidates.indexOf(table.position(Hash.of(hash, n)));
            if (index != NONE
                    && (places == UNBOUNDED
                            || isBelowShare(candidates, index, weightBefore(candidates, index), totalWeight, places))) {
                return index;
            }
        }
        int index = highest(candidates, hash, totalWeight, places);
        // None is below its share only if other loops picked meanwhile.
        return index != NONE ? index : highest(candidates, hash, 0, UNBOUNDED);
    }

    /** Rendezvous hashing by weight; {@link Selectors#rendezvous(Key)} has the sources. */
    private int highest(Candidates candidates, long hash, long totalWeight, long places) {
        int best = NONE;
        double highest = 0;
        long weightBefore = 0;
        for (int i = 0; i < candidates.size(); i++) {
            int weight = candidates.weight(i);
            double score = score(hash ^ idHash(candidates, i), weight);
            if (score > highest
                    && (places == UNBOUNDED || isBelowShare(candidates, i, weightBefore, totalWeight, places))) {
                best = i;
                highest = score;
            }
            weightBefore += weight;
        }
        return best;
    }

    private double score(long hash, int weight) {
        double u = ((Hash.of(hash, 0) >>> 11) + 0.5) * 0x1p-53;
        // StrictMath, because all proxies must agree; equal weights need no logarithm to be ranked alike.
        return equal ? u : weight / -StrictMath.log(u);
    }

    private long idHash(Candidates candidates, int index) {
        int position = candidates.position(index);
        return position < idHashes.length
                ? idHashes[position]
                : Hash.of(candidates.backend(index).id());
    }

    // ---- bounded load

    /** What may be had in all, the session in question included. */
    private long places(Candidates candidates) {
        long sessions = 1;
        for (int i = 0; i < candidates.size(); i++) {
            sessions += candidates.connections(i);
        }
        return (sessions * boundPercent + 99) / 100;
    }

    private static long totalWeight(Candidates candidates) {
        return weightBefore(candidates, candidates.size());
    }

    private static long weightBefore(Candidates candidates, int index) {
        long sum = 0;
        for (int i = 0; i < index; i++) {
            sum += candidates.weight(i);
        }
        return sum;
    }

    private static boolean isBelowShare(
            Candidates candidates, int index, long weightBefore, long totalWeight, long places) {
        return candidates.connections(index) < share(weightBefore, candidates.weight(index), totalWeight, places);
    }

    /**
     * How many of some places a backend may have. In HAProxy's words weight × (places / total), and of the remainder what its
     * weights accumulate to; which is the same as the difference of two accumulated shares.
     */
    static long share(long weightBefore, long weight, long totalWeight, long places) {
        long share = accumulated(weightBefore + weight, totalWeight, places)
                - accumulated(weightBefore, totalWeight, places);
        return Math.max(1, share);
    }

    /** Exact up to 2^53, beyond that still in order and complete. */
    private static long accumulated(long weight, long totalWeight, long places) {
        return weight == totalWeight ? places : (long) ((double) weight * places / totalWeight);
    }
}
