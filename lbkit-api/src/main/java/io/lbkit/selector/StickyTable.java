package io.lbkit.selector;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which backend each key has had, for the keys used last. A key has its place in one set of {@value #WAYS}; a new one takes
 * a free place of its set, or that of the key unused for longest. All memory is taken at the start.
 *
 * <p>Shared; each set is read and written by every loop under the lock of its stripe, for some tens of nanoseconds.
 */
final class StickyTable {

    static final int WAYS = 16;
    private static final int STRIPES = 256;
    private static final int NOWHERE = -1;

    private final long idleNanos;
    private final long[] keys;
    private final long[] usedNanos;
    private final @Nullable String[] ids; // null where the place is free
    private final Object[] locks = new Object[STRIPES];

    StickyTable(long idleNanos, int entries) {
        this.idleNanos = idleNanos;
        int places = entries - entries % WAYS;
        keys = new long[places];
        usedNanos = new long[places];
        ids = new String[places];
        Arrays.setAll(locks, i -> new Object());
    }

    /** The id of the backend that a key has, and from now on keeps for as long again; null if it has none. */
    @Nullable
    String find(long key, long nowNanos) {
        int set = set(key);
        synchronized (lock(set)) {
            int place = placeOf(key, set);
            if (place == NOWHERE) {
                return null;
            }
            if (nowNanos - usedNanos[place] >= idleNanos) {
                ids[place] = null;
            }
            usedNanos[place] = nowNanos;
            return ids[place];
        }
    }

    /** The id of the backend that a key has, without keeping it for longer; null if it has none. */
    @Nullable
    String look(long key, long nowNanos) {
        int set = set(key);
        synchronized (lock(set)) {
            int place = placeOf(key, set);
            return place == NOWHERE || nowNanos - usedNanos[place] >= idleNanos ? null : ids[place];
        }
    }

    /**
     * Gives a key another backend than it had, unless it has yet another by now, because a session with the same key was
     * quicker on another loop.
     *
     * @param had what {@link #find} said
     * @return what the key has now
     */
    String learn(long key, @Nullable String had, String id, long nowNanos) {
        int set = set(key);
        synchronized (lock(set)) {
            int place = placeOf(key, set);
            String has = place == NOWHERE ? null : ids[place];
            if (has != null && !has.equals(had)) {
                return has;
            }
            place = has == null ? placeFor(set, nowNanos) : place;
            keys[place] = key;
            usedNanos[place] = nowNanos;
            ids[place] = id;
            return id;
        }
    }

    private int set(long key) {
        return (int) ((Hash.of(key, 0) >>> 1) % (keys.length / WAYS)) * WAYS;
    }

    private Object lock(int set) {
        return locks[set / WAYS % STRIPES];
    }

    private int placeOf(long key, int set) {
        for (int place = set; place < set + WAYS; place++) {
            if (keys[place] == key && ids[place] != null) {
                return place;
            }
        }
        return NOWHERE;
    }

    private int placeFor(int set, long nowNanos) {
        int oldest = set;
        for (int place = set; place < set + WAYS; place++) {
            if (ids[place] == null) {
                return place;
            }
            if (nowNanos - usedNanos[place] > nowNanos - usedNanos[oldest]) {
                oldest = place;
            }
        }
        return oldest;
    }
}
