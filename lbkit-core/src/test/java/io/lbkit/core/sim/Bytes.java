package io.lbkit.core.sim;

import java.nio.ByteBuffer;

/** A queue of bytes with a bound: one direction of a socket's buffer. */
final class Bytes {

    private final int most;
    private byte[] ring = new byte[64];
    private int first;
    private int size;

    Bytes(int most) {
        this.most = most;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int room() {
        return most - size;
    }

    void clear() {
        size = 0;
    }

    void put(ByteBuffer from, int n) {
        makeRoomFor(n);
        int at = first + size & ring.length - 1;
        int straight = Math.min(n, ring.length - at);
        from.get(ring, at, straight).get(ring, 0, n - straight);
        size += n;
    }

    void put(byte[] from) {
        put(ByteBuffer.wrap(from), from.length);
    }

    void takeInto(ByteBuffer into, int n) {
        assert n <= size;
        int straight = Math.min(n, ring.length - first);
        into.put(ring, first, straight).put(ring, 0, n - straight);
        first = first + n & ring.length - 1;
        size -= n;
    }

    byte[] take(int n) {
        byte[] taken = new byte[n];
        takeInto(ByteBuffer.wrap(taken), n);
        return taken;
    }

    private void makeRoomFor(int n) {
        assert n <= room() : "more than the buffer takes";
        if (size + n > ring.length) {
            ByteBuffer wider = ByteBuffer.allocate(2 * Integer.highestOneBit(size + n));
            int had = size;
            takeInto(wider, had);
            ring = wider.array();
            first = 0;
            size = had;
        }
    }
}
