package io.lbkit;

import java.time.Duration;
import java.util.Objects;

/**
 * What the system is asked for about the sockets of a {@link Listener} or of a {@link Backend}. Nothing needs to be said:
 * the defaults are what a relay wants.
 *
 * <pre>{@code
 * Listener.on("0.0.0.0", 80).socketOptions(SocketOptions.DEFAULT.keepAliveIdle(Duration.ofMinutes(1)))
 * }</pre>
 *
 * <p>A system may lack an option (those of keep-alive times are an extension of the JDK, in the module {@code jdk.net}): what
 * is asked for and not there is refused when the proxy starts or the backend is added; of a {@link BackendSource} the whole
 * set is, and the last good one stays.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 */
public final class SocketOptions implements Cloneable {

    /** The options of sockets about which nothing was said. */
    public static final SocketOptions DEFAULT = new SocketOptions();

    private static final int LONGEST_SECONDS = 32767; // of Linux, and so is the next
    private static final int MOST_PROBES = 127;
    private static final int LEAST_BUFFER_BYTES = 1024;
    private static final int MOST_BUFFER_BYTES = 1 << 30;

    // Written only by the setters below, on a copy that nobody else has yet.
    private boolean noDelay = true;
    private boolean keepAlive = true;
    private Duration keepAliveIdle = Duration.ZERO;
    private Duration keepAliveInterval = Duration.ZERO;
    private int keepAliveCount;
    private int sendBufferBytes;
    private int receiveBufferBytes;

    private SocketOptions() {}

    private SocketOptions copy() {
        try {
            return (SocketOptions) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return whether small writes go out at once, TCP_NODELAY} */
    public boolean noDelay() {
        return noDelay;
    }

    /**
     * Sets whether small writes go out at once, without waiting for the peer to acknowledge earlier ones (TCP_NODELAY).
     *
     * @param value default true: what was relayed is not held back a second time
     * @return the changed copy
     */
    public SocketOptions noDelay(boolean value) {
        SocketOptions copy = copy();
        copy.noDelay = value;
        return copy;
    }

    /** {@return whether the system looks now and then whether a silent peer is still there, SO_KEEPALIVE} */
    public boolean keepAlive() {
        return keepAlive;
    }

    /**
     * Sets whether the system looks now and then whether a silent peer is still there (SO_KEEPALIVE), once a session is
     * 10 s old.
     *
     * @param value default true
     * @return the changed copy
     */
    public SocketOptions keepAlive(boolean value) {
        SocketOptions copy = copy();
        copy.keepAlive = value;
        return copy;
    }

    /** {@return after how long a silence the system begins to look; zero if that is left to it} */
    public Duration keepAliveIdle() {
        return keepAliveIdle;
    }

    /**
     * Sets after how long a silence the system begins to look whether the peer is still there (TCP_KEEPIDLE).
     *
     * @param value 1 s to 32767 s in whole seconds, or zero to leave it to the system; default that (Linux: 2 h)
     * @return the changed copy
     */
    public SocketOptions keepAliveIdle(Duration value) {
        SocketOptions copy = copy();
        copy.keepAliveIdle = Range.secondsOrOff("keepAliveIdle", value, LONGEST_SECONDS);
        return copy;
    }

    /** {@return how long the system waits for an answer before it asks again; zero if that is left to it} */
    public Duration keepAliveInterval() {
        return keepAliveInterval;
    }

    /**
     * Sets how long the system waits for an answer before it asks again (TCP_KEEPINTVL).
     *
     * @param value 1 s to 32767 s in whole seconds, or zero to leave it to the system; default that (Linux: 75 s)
     * @return the changed copy
     */
    public SocketOptions keepAliveInterval(Duration value) {
        SocketOptions copy = copy();
        copy.keepAliveInterval = Range.secondsOrOff("keepAliveInterval", value, LONGEST_SECONDS);
        return copy;
    }

    /** {@return after how many questions without an answer the connection is reset; 0 if that is left to the system} */
    public int keepAliveCount() {
        return keepAliveCount;
    }

    /**
     * Sets after how many questions without an answer the system resets the connection (TCP_KEEPCNT).
     *
     * @param value 1 to 127, or 0 to leave it to the system; default that (Linux: 9)
     * @return the changed copy
     */
    public SocketOptions keepAliveCount(int value) {
        SocketOptions copy = copy();
        copy.keepAliveCount = Range.of("keepAliveCount", value, 0, MOST_PROBES);
        return copy;
    }

    /** {@return how many bytes the system may hold that the peer has not taken, SO_SNDBUF; 0 if that is left to it} */
    public int sendBufferBytes() {
        return sendBufferBytes;
    }

    /**
     * Sets how many bytes the system may hold that the peer has not taken (SO_SNDBUF). The system may round it, and cap it
     * ({@code net.core.wmem_max}); it no longer grows with the connection then.
     *
     * @param value 1024 to 1073741824 (1 GiB), or 0 to leave it to the system; default that
     * @return the changed copy
     */
    public SocketOptions sendBufferBytes(int value) {
        SocketOptions copy = copy();
        copy.sendBufferBytes = bufferBytes("sendBufferBytes", value);
        return copy;
    }

    /** {@return how many bytes the system may hold that we have not read, SO_RCVBUF; 0 if that is left to it} */
    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    /**
     * Sets how many bytes the system may hold that we have not read (SO_RCVBUF). It is set before a connection is made, so
     * that the window can grow as large. The system may round it, and cap it ({@code net.core.rmem_max}).
     *
     * @param value 1024 to 1073741824 (1 GiB), or 0 to leave it to the system; default that
     * @return the changed copy
     */
    public SocketOptions receiveBufferBytes(int value) {
        SocketOptions copy = copy();
        copy.receiveBufferBytes = bufferBytes("receiveBufferBytes", value);
        return copy;
    }

    private static int bufferBytes(String property, int value) {
        return value == 0 ? 0 : Range.of(property, value, LEAST_BUFFER_BYTES, MOST_BUFFER_BYTES);
    }

    /** A complaint if anything is asked for that a unix-domain socket has not. */
    void checkUnix(String whose) {
        String senseless = senseless();
        if (!senseless.isEmpty()) {
            throw new IllegalArgumentException(whose + " " + senseless + ", must not be set for a unix-domain socket");
        }
    }

    /** The first one that is not as it is by default, but for the buffers. */
    private String senseless() {
        if (!noDelay || !keepAlive) {
            return noDelay ? "keepAlive is false" : "noDelay is false";
        }
        if (!keepAliveIdle.isZero()) {
            return "keepAliveIdle is " + keepAliveIdle;
        }
        if (!keepAliveInterval.isZero()) {
            return "keepAliveInterval is " + keepAliveInterval;
        }
        return keepAliveCount > 0 ? "keepAliveCount is " + keepAliveCount : "";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SocketOptions that
                && noDelay == that.noDelay
                && keepAlive == that.keepAlive
                && keepAliveIdle.equals(that.keepAliveIdle)
                && keepAliveInterval.equals(that.keepAliveInterval)
                && keepAliveCount == that.keepAliveCount
                && sendBufferBytes == that.sendBufferBytes
                && receiveBufferBytes == that.receiveBufferBytes;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                noDelay,
                keepAlive,
                keepAliveIdle,
                keepAliveInterval,
                keepAliveCount,
                sendBufferBytes,
                receiveBufferBytes);
    }
}
