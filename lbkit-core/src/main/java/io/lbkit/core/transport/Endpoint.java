package io.lbkit.core.transport;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * One non-blocking stream of bytes each way. Expected outcomes are results: a count, {@link #NOTHING}, {@link #ENDED} or
 * {@link #FAILED}; no method throws for what a peer or a network does.
 *
 * <p>Owned by one event loop, from {@link #attach} to {@link #close()} or {@link #reset()}.
 */
public interface Endpoint {

    /** Interest in, or readiness for, reading. */
    int READ = 1;

    /** Interest in, or readiness for, writing; while connecting, for the outcome of the connect. */
    int WRITE = 2;

    /** The operation is done. */
    int DONE = 1;

    /** Nothing could be done now; ask again when ready. */
    int NOTHING = 0;

    /** The peer has ended its stream. */
    int ENDED = -1;

    /** The connection is dead: reset, refused, or another error. */
    int FAILED = -2;

    /** The connection could not be made for a cause on this side, such as local ports in short supply. */
    int FAILED_HERE = -3;

    /** Gives an accepted endpoint to a loop. Called once, on that loop. */
    void attach(Transport transport, ReadyHandler handler);

    /** {@link #DONE}, {@link #NOTHING} while connecting, {@link #FAILED} or {@link #FAILED_HERE}. */
    int finishConnect();

    /** Bytes read, more than 0; or {@link #NOTHING}, {@link #ENDED}, {@link #FAILED}. The buffer has room. */
    int read(ByteBuffer into);

    /** Bytes written, possibly fewer than offered; or {@link #NOTHING}, {@link #FAILED}. */
    int write(ByteBuffer from);

    /** Ends our stream after what was written: {@link #DONE}, {@link #NOTHING} or {@link #FAILED}. */
    int shutdownOutput();

    /**
     * Whether the peer's system has taken what was written, as nearly as can be told. From the first call on, readiness for
     * {@link #WRITE} means that it is worth asking again; nothing may be written any more.
     */
    boolean flushed();

    /** What to be told of: {@link #READ} | {@link #WRITE}, or 0. Cheap when it is what was asked for before. */
    void interest(int operations);

    /** It is here to stay: the system may look now and then whether the peer is still there. */
    void keepAlive();

    /** Closes in an orderly way (FIN). Closing twice does nothing. */
    void close();

    /** Closes at once, dropping what was not sent (RST). */
    void reset();

    /** Our end of an accepted connection. */
    SocketAddress localAddress();

    /** The peer. */
    SocketAddress remoteAddress();
}
