package io.lbkit.core.sim;

import java.nio.ByteBuffer;

/** What a peer speaks through: a socket as it is, or TLS over one. Results are those of {@link SimSocket}. */
interface Wire {

    boolean readable();

    int read(ByteBuffer into, int most);

    boolean writable();

    int write(ByteBuffer from, int most);

    /** Whether its end could be said now. */
    default boolean mayEnd() {
        return true;
    }

    void shutdownOutput();

    /** Whether all that was written, the end included, is with the system. */
    default boolean isFlushed() {
        return true;
    }

    /** Whether anything has come that was not read and the system does not know of any more. */
    default boolean isPending() {
        return false;
    }

    /** Whether there is something to do on its own account. */
    default boolean hasWork() {
        return false;
    }

    default void act() {}

    /** Whether it is TLS, whose end is more than that of a socket. */
    default boolean isSecret() {
        return false;
    }

    /** Whether it could carry bytes of its owner by now. */
    default boolean isAgreed() {
        return true;
    }

    /** Bytes each way until then. */
    default long shaken() {
        return 0;
    }

    /** The socket as it is. */
    static Wire plain(SimSocket socket) {
        return new Wire() {
            @Override
            public boolean readable() {
                return socket.readable();
            }

            @Override
            public int read(ByteBuffer into, int most) {
                return socket.read(into, most);
            }

            @Override
            public boolean writable() {
                return socket.writable();
            }

            @Override
            public int write(ByteBuffer from, int most) {
                return socket.write(from, most);
            }

            @Override
            public void shutdownOutput() {
                socket.shutdownOutput();
            }
        };
    }
}
