package io.lbkit.core.admission;

import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How many connections each client has, and how fast it makes them. Clients are told apart by their whole IPv4 address, or by
 * the first bits of their IPv6 address, of which everybody has more than one. All memory is taken at the start, and a look
 * allocates nothing.
 *
 * <p>A client has its place in one of {@value #WINDOW} after the one that its hash says. A new one takes the first that is free;
 * else one whose client has no connection and has been quiet long enough that nothing is forgotten with it; else that of the
 * client without connections that has been quiet for longest, which may then connect faster than the limit says. A client with
 * connections keeps its place, so no client ever has more of them than it may. If all places of a window are such, a further
 * client is refused with {@link Verdict#NO_ROOM}. Of 24 million newcomers to tables of 65,536 places (60 seeds) none was, where
 * half of the places had clients with connections; one of 50,000 was at 60 %, one of 700 at 70 %.
 *
 * <p>The hash is seeded, so that nobody can choose addresses that share a window.
 *
 * <p>Shared; every loop under its lock, for some tens of nanoseconds for each connection that begins or ends. A session whose
 * client is announced by a PROXY header is admitted on its own loop.
 */
public final class ClientTable {

    static final int WINDOW = 64;

    private static final int NOWHERE = -1;
    private static final int FREE = -1;
    private static final long[] NONE = {};

    private final int mostPerClient;
    private final @Nullable Rate rate;
    private final long highMask;
    private final long lowMask;
    private final long seed;

    private final long[] highs;
    private final long[] lows;
    private final int[] connections; // FREE where no client has ever been; such a place ends every search
    private final long[] levels; // with stamps, the token bucket of each client; empty without a rate
    private final long[] stampsNanos;
    private int clients;

    /**
     * A table without clients.
     *
     * @param places for how many clients, {@value #WINDOW} at least
     * @param mostPerClient how many connections a client may have; {@link Integer#MAX_VALUE} for any number
     * @param rate how fast a client may connect; null for any
     * @param ipv6Bits how many bits tell IPv6 clients apart, 1 to 128
     */
    public ClientTable(int places, int mostPerClient, @Nullable Rate rate, int ipv6Bits, long seed) {
        this.mostPerClient = mostPerClient;
        this.rate = rate;
        this.highMask = -1L << Math.max(0, 64 - ipv6Bits);
        this.lowMask = ipv6Bits <= 64 ? 0 : -1L << 128 - ipv6Bits;
        this.seed = seed;
        int size = Math.max(places, WINDOW);
        highs = new long[size];
        lows = new long[size];
        connections = new int[size];
        Arrays.fill(connections, FREE);
        levels = rate == null ? NONE : new long[size];
        stampsNanos = rate == null ? NONE : new long[size];
    }

    /**
     * Judges a new connection and, if it is {@linkplain Verdict#isCounted counted}, counts it. Clients without an IP address
     * (0, 0) are admitted, and nobody counts them.
     *
     * @param forgiven what is only said, for a dry run: the connection is counted all the same, because it goes on
     */
    public synchronized Verdict admit(long high, long low, long nowNanos, Set<Verdict> forgiven) {
        if ((high | low) == 0) {
            return Verdict.ADMITTED;
        }
        long keyHigh = keyHigh(high, low);
        long keyLow = keyLow(high, low);
        int place = find(keyHigh, keyLow);
        if (place == NOWHERE) {
            place = placeFor(home(keyHigh, keyLow), nowNanos);
            if (place == NOWHERE) {
                return Verdict.NO_ROOM;
            }
            settle(place, keyHigh, keyLow, nowNanos);
        }
        Verdict verdict = judge(place, nowNanos, forgiven);
        if (verdict.isCounted(forgiven) && connections[place]++ == 0) {
            clients++;
        }
        return verdict;
    }

    /** Gives back what was counted; once for each time. */
    public synchronized void release(long high, long low) {
        if ((high | low) != 0) {
            int place = find(keyHigh(high, low), keyLow(high, low));
            assert place != NOWHERE && connections[place] > 0 : "released more often than counted";
            if (--connections[place] == 0) {
                clients--;
            }
        }
    }

    /** How many clients have connections now. */
    public synchronized int clients() {
        return clients;
    }

    /** How many connections a client has now. */
    public synchronized int connectionsOf(long high, long low) {
        int place = find(keyHigh(high, low), keyLow(high, low));
        return place == NOWHERE ? 0 : connections[place];
    }

    private Verdict judge(int place, long nowNanos, Set<Verdict> forgiven) {
        boolean tooMany = connections[place] >= mostPerClient;
        boolean lastWord = forgiven.contains(Verdict.TOO_FAST) || !forgiven.contains(Verdict.TOO_MANY);
        if (tooMany && lastWord) {
            return Verdict.TOO_MANY;
        }
        if (rate != null && !takesToken(rate, place, nowNanos)) {
            return Verdict.TOO_FAST;
        }
        return tooMany ? Verdict.TOO_MANY : Verdict.ADMITTED;
    }

    private boolean takesToken(Rate rate, int place, long nowNanos) {
        long level = level(rate, place, nowNanos);
        if (level < Rate.TOKEN) {
            return false;
        }
        levels[place] = level - Rate.TOKEN;
        // The loops read the clock once a turn, so another one may have been further by a little.
        stampsNanos[place] = nowNanos - stampsNanos[place] > 0 ? nowNanos : stampsNanos[place];
        return true;
    }

    private long level(Rate rate, int place, long nowNanos) {
        return rate.levelAfter(levels[place], nowNanos - stampsNanos[place]);
    }

    private int find(long keyHigh, long keyLow) {
        int home = home(keyHigh, keyLow);
        for (int i = 0; i < WINDOW; i++) {
            int place = place(home, i);
            if (connections[place] == FREE) {
                return NOWHERE;
            }
            if (highs[place] == keyHigh && lows[place] == keyLow) {
                return place;
            }
        }
        return NOWHERE;
    }

    private int placeFor(int home, long nowNanos) {
        int quietest = NOWHERE;
        long most = -1;
        for (int i = 0; i < WINDOW; i++) {
            int place = place(home, i);
            if (connections[place] == FREE) {
                return place;
            }
            if (connections[place] == 0) {
                long level = rate == null ? 0 : level(rate, place, nowNanos);
                if (level > most) {
                    quietest = place;
                    most = level;
                }
            }
        }
        return quietest;
    }

    private void settle(int place, long keyHigh, long keyLow, long nowNanos) {
        highs[place] = keyHigh;
        lows[place] = keyLow;
        connections[place] = 0;
        if (rate != null) {
            levels[place] = rate.full();
            stampsNanos[place] = nowNanos;
        }
    }

    private int place(int home, int step) {
        int place = home + step;
        return place < highs.length ? place : place - highs.length;
    }

    private int home(long keyHigh, long keyLow) {
        return (int) ((mix(keyLow + mix(keyHigh + seed)) >>> 1) % highs.length);
    }

    /** The output function of SplitMix64. */
    private static long mix(long number) {
        long z = number + 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    private static boolean isIpv4(long high, long low) {
        return high == 0 && low >>> 32 == 0xffff;
    }

    private long keyHigh(long high, long low) {
        return isIpv4(high, low) ? high : high & highMask;
    }

    private long keyLow(long high, long low) {
        return isIpv4(high, low) ? low : low & lowMask;
    }
}
