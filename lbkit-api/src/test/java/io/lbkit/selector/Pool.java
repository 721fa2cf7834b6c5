package io.lbkit.selector;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Backends a, b, c, … whose numbers a test sets, as a selector sees them. What is hidden is numbered around, as the
 * engine does with backends that are down, full or were tried.
 *
 * <p>Several threads may pick at once as long as no number changes.
 */
final class Pool implements Candidates {

    final int[] connections;
    final double[] recentPicks;
    final long[] connectNanos;
    final long[] firstByteNanos;
    final long[] connectPeakNanos;
    final long[] firstBytePeakNanos;

    private final Backend[] backends;
    private final int[] weights;
    private final int[] positions; // of each index
    private final int[] indexes; // of each position
    private int size;
    private @Nullable Pool narrowed;

    private Pool(Backend[] backends, int[] weights) {
        this.backends = backends;
        this.weights = weights;
        int n = weights.length;
        connections = new int[n];
        recentPicks = new double[n];
        connectNanos = new long[n];
        firstByteNanos = new long[n];
        connectPeakNanos = new long[n];
        firstBytePeakNanos = new long[n];
        positions = new int[n];
        indexes = new int[n];
        hide();
    }

    /** Another view of the same backends, showing all. */
    private Pool(Pool other) {
        backends = other.backends;
        weights = other.weights;
        connections = other.connections;
        recentPicks = other.recentPicks;
        connectNanos = other.connectNanos;
        firstByteNanos = other.firstByteNanos;
        connectPeakNanos = other.connectPeakNanos;
        firstBytePeakNanos = other.firstBytePeakNanos;
        positions = new int[weights.length];
        indexes = new int[weights.length];
        hide();
    }

    /** Backends with ids of their own; the weights in force are at first those configured. */
    static Pool having(Backend... backends) {
        return new Pool(
                backends, Arrays.stream(backends).mapToInt(Backend::weight).toArray());
    }

    /** Backends on ports from 1 on, which are in their ids. */
    static Pool of(int... weights) {
        Backend[] backends = new Backend[weights.length];
        Arrays.setAll(backends, i -> Backend.of("127.0.0.1", 1 + i));
        return new Pool(backends, weights);
    }

    /** As many backends of weight 1. */
    static Pool equal(int backends) {
        return of(IntStream.generate(() -> 1).limit(backends).toArray());
    }

    /** The same backends and numbers for another thread. */
    Pool forAnotherThread() {
        return new Pool(this);
    }

    /** What the engine does before the first pick: all backends are shown, the hidden ones as well. */
    Selector prepare(Selector selector) {
        return selector.prepare(new Pool(this));
    }

    /** Leaves all but some positions. */
    Pool hide(int... hidden) {
        size = 0;
        for (int position = 0; position < weights.length; position++) {
            int p = position;
            boolean isHidden = Arrays.stream(hidden).anyMatch(h -> h == p);
            indexes[position] = isHidden ? Selector.NONE : size;
            if (!isHidden) {
                positions[size++] = position;
            }
        }
        return this;
    }

    /** Leaves all but one. */
    Pool hideAllBut(int shown) {
        return hide(IntStream.range(0, weights.length).filter(p -> p != shown).toArray());
    }

    /** The position that a selector chooses. */
    int pick(Selector selector, ConnectionInfo client) {
        return positions[selector.select(this, client)];
    }

    /** The letters of the backends chosen one after the other, with no session kept. */
    String picks(Selector selector, int times) {
        return picks(selector, times, new Client(1));
    }

    String picks(Selector selector, int times, Client client) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < times; i++) {
            letters.append((char) ('a' + pick(selector, client)));
        }
        return letters.toString();
    }

    /** How often each is chosen by sessions that end at once and leave no trace. */
    int[] counts(Selector selector, int sessions) {
        Client client = new Client(2);
        int[] counts = new int[weights.length];
        for (int i = 0; i < sessions; i++) {
            counts[pick(selector, client)]++;
        }
        return counts;
    }

    /** How often each is chosen by sessions that end at once, all within a second. */
    int[] shortSessions(Selector selector, int sessions) {
        Client client = new Client(3);
        for (int i = 0; i < sessions; i++) {
            recentPicks[pick(selector, client)]++;
        }
        return Arrays.stream(recentPicks).mapToInt(picks -> (int) picks).toArray();
    }

    /** How many each has after so many came and stayed. */
    int[] longSessions(Selector selector, int sessions) {
        Client client = new Client(4);
        for (int i = 0; i < sessions; i++) {
            int position = pick(selector, client);
            connections[position]++;
            recentPicks[position]++;
        }
        return connections;
    }

    String idAt(int position) {
        return backends[position].id();
    }

    int[] weights() {
        return weights;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Backend backend(int index) {
        return backends[positions[index]];
    }

    @Override
    public int weight(int index) {
        return weights[positions[index]];
    }

    @Override
    public int connections(int index) {
        return connections[positions[index]];
    }

    @Override
    public double recentPicks(int index) {
        return recentPicks[positions[index]];
    }

    @Override
    public long connectNanos(int index) {
        return connectNanos[positions[index]];
    }

    @Override
    public long firstByteNanos(int index) {
        return firstByteNanos[positions[index]];
    }

    @Override
    public long connectPeakNanos(int index) {
        return connectPeakNanos[positions[index]];
    }

    @Override
    public long firstBytePeakNanos(int index) {
        return firstBytePeakNanos[positions[index]];
    }

    @Override
    public int position(int index) {
        Objects.checkIndex(index, size);
        return positions[index];
    }

    @Override
    public int indexOf(int position) {
        return indexes[position];
    }

    @Override
    public Candidates only(Filter filter) {
        if (narrowed == null) {
            narrowed = new Pool(this);
        }
        narrowed.show(this, filter);
        return narrowed;
    }

    private void show(Pool wide, Filter filter) {
        size = 0;
        for (int position = 0; position < weights.length; position++) {
            int index = wide.indexes[position];
            boolean stays = index != Selector.NONE && filter.accepts(wide, index);
            indexes[position] = stays ? size : Selector.NONE;
            if (stays) {
                positions[size++] = position;
            }
        }
    }

    /** Anybody, with seeded chance. Owned by one thread. */
    static final class Client implements ConnectionInfo {

        /** Takes the id of the session for its key, so that a test can have any. */
        static final Key BY_ID = ConnectionInfo::sessionId;

        long id = 1;
        long nowNanos = -5;

        private final RandomGenerator random;
        private SocketAddress address = new InetSocketAddress("127.0.0.1", 40_000);
        private long ipHigh;
        private long ipLow = 0xffff_7f000001L;
        private byte[] custom = {};

        Client(long seed) {
            this(new SplittableRandom(seed));
        }

        Client(RandomGenerator random) {
            this.random = random;
        }

        Client id(long id) {
            this.id = id;
            return this;
        }

        /** With one TLV, of type 0xE0. */
        Client custom(byte[] value) {
            custom = value.clone();
            return this;
        }

        /** As the engine takes addresses apart. */
        Client at(SocketAddress address) {
            this.address = address;
            byte[] ip = address instanceof InetSocketAddress inet
                    ? inet.getAddress().getAddress()
                    : new byte[16];
            ByteBuffer number = ByteBuffer.allocate(16);
            if (ip.length == 4) {
                number.putLong(0).putInt(0xffff);
            }
            number.put(ip).flip();
            ipHigh = number.getLong();
            ipLow = number.getLong();
            return this;
        }

        @Override
        public byte[] proxyTlv(int type) {
            return type == 0xE0 ? custom.clone() : new byte[0];
        }

        @Override
        public long sessionId() {
            return id;
        }

        @Override
        public SocketAddress clientAddress() {
            return address;
        }

        @Override
        public long clientIpHigh() {
            return ipHigh;
        }

        @Override
        public long clientIpLow() {
            return ipLow;
        }

        @Override
        public long nowNanos() {
            return nowNanos;
        }

        @Override
        public SocketAddress peerAddress() {
            return clientAddress();
        }

        @Override
        public SocketAddress listenerAddress() {
            return new InetSocketAddress("127.0.0.1", 80);
        }

        @Override
        public int attempt() {
            return 1;
        }

        @Override
        public boolean tried(Backend backend) {
            return false;
        }

        @Override
        public RandomGenerator random() {
            return random;
        }
    }
}
