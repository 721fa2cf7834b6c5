package io.lbkit.selector;

import io.lbkit.Backend;
import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Backends a, b, c, … whose numbers a test sets, as a selector sees them. What is hidden is numbered around, as the
 * engine does with backends that are full or were tried.
 *
 * <p>Several threads may pick at once as long as no number changes.
 */
final class Pool implements Candidates {

    final int[] connections;
    final double[] recentPicks;
    final long[] connectNanos;
    final long[] firstByteNanos;

    private final int[] weights;
    private final int[] positions; // of each index
    private final int[] indexes; // of each position
    private int size;

    private Pool(int[] weights) {
        this.weights = weights;
        connections = new int[weights.length];
        recentPicks = new double[weights.length];
        connectNanos = new long[weights.length];
        firstByteNanos = new long[weights.length];
        positions = new int[weights.length];
        indexes = new int[weights.length];
        hide();
    }

    static Pool of(int... weights) {
        return new Pool(weights);
    }

    /** As many backends of weight 1. */
    static Pool equal(int backends) {
        return new Pool(IntStream.generate(() -> 1).limit(backends).toArray());
    }

    /** What the engine does before the first pick: all backends are shown, the hidden ones as well. */
    Selector prepare(Selector selector) {
        return selector.prepare(size == weights.length ? this : of(weights));
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

    /** The position that a selector chooses. */
    int pick(Selector selector, ConnectionInfo client) {
        return positions[selector.select(this, client)];
    }

    /** The letters of the backends chosen one after the other, with no session kept. */
    String picks(Selector selector, int times) {
        Client client = new Client(1);
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

    int[] weights() {
        return weights;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Backend backend(int index) {
        return Backend.of("127.0.0.1", 1 + positions[index]);
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
    public int indexOf(int position) {
        return indexes[position];
    }

    /** Anybody, with seeded chance. Owned by one thread. */
    static final class Client implements ConnectionInfo {

        private final RandomGenerator random;

        Client(long seed) {
            random = new SplittableRandom(seed);
        }

        @Override
        public long sessionId() {
            return 1;
        }

        @Override
        public SocketAddress clientAddress() {
            return new InetSocketAddress("127.0.0.1", 40_000);
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
