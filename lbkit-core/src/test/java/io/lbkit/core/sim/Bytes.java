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

    void put(byte b) {
        assert size < most : "more than the buffer takes";
        if (size == ring.length) {
            grow();
        }
        ring[first + size & ring.length - 1] = b;
        size++;
    }

    byte take() {
        assert size > 0;
        byte b = ring[first];
        first = first + 1 & ring.length - 1;
        size--;
        return b;
    }

    void put(ByteBuffer from, int n) {
        for (int i = 0; i < n; i++) {
            put(from.get());
        }
    }

    void takeInto(ByteBuffer into, int n) {
        for (int i = 0; i < n; i++) {
            into.put(take());
        }
    }

    private void grow() {
        byte[] wider = new byte[2 * ring.length];
        for (int i = 0; i < size; i++) {
            wider[i] = ring[first + i & ring.length - 1];
        }
        ring = wider;
        first = 0;
    }
}
