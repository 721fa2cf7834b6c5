package io.lbkit;

import java.time.Duration;

/**
 * The bounds and timeouts of a proxy that a host may want to change, with their defaults. {@link Duration#ZERO} means off
 * where that is allowed; no duration may be longer than 3650 days. A setter throws {@link IllegalArgumentException} for a value
 * out of its range.
 *
 * <p>Nothing in lbkit waits, queues, loops or buffers without a bound. Fixed are those that hardly depend on the host: a PROXY
 * header ({@link Listener#acceptProxy(AddressSet)}) and what a {@link Route} looks at (64 KiB); TLS records, of which a
 * connection holds some tens of KiB each way, while they are on their way; and what waits for threads besides the loops, 4,096
 * errands and 4,096 steps of handshakes, beyond which a check or a handshake fails.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy.
 */
public final class Limits implements Cloneable {

    /** The limits of a proxy about which nothing was said. */
    public static final Limits DEFAULT = new Limits();

    /** {@link #maxConnections()} without a limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    // Written only by the setters below, on a copy that nobody else has yet.
    private Duration preludeTimeout = Duration.ofSeconds(3);
    private Duration connectTimeout = Duration.ofSeconds(3);
    private Duration addressDelay = Duration.ofMillis(250);
    private int connectAttempts = 3;
    private Duration connectDeadline = Duration.ofSeconds(10);
    private Duration idleTimeout = Duration.ofMinutes(10);
    private Duration firstByteTimeout = Duration.ZERO;
    private Duration halfCloseTimeout = Duration.ofSeconds(30);
    private Duration maxAge = Duration.ZERO;
    private Duration drainTimeout = Duration.ofSeconds(30);
    private int maxConnections = UNLIMITED;
    private int queueCapacity = 0;
    private Duration queueTimeout = Duration.ofSeconds(3);
    private boolean queueLeftAtEnd = false;
    private int retriesPerSecond = 10;
    private int retryPercent = 20;
    private int cutsPerSecond = 1000;
    private int bandwidthToBackend = UNLIMITED;
    private int bandwidthToClient = UNLIMITED;
    private int bufferBytes = 512 << 10;
    private int turnBytes = 512 << 10;
    private int acceptsPerTurn = 16;
    private int handshakes = 1024;
    private int inboxCapacity = 4096;

    private Limits() {}

    private Limits copy() {
        try {
            return (Limits) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return how long a client may take to say what must be known before a backend is chosen} */
    public Duration preludeTimeout() {
        return preludeTimeout;
    }

    /**
     * Sets how long a client may take, from being accepted, until a backend can be chosen: to send its whole PROXY header and
     * to finish the TLS handshake, where a listener asks for either, and to say what a {@link Route} asks for. Bytes that drip
     * in do not push the deadline out.
     *
     * @param value at least 1 ms; default 3 s
     * @return the changed copy
     */
    public Limits preludeTimeout(Duration value) {
        Limits copy = copy();
        copy.preludeTimeout = Range.time("preludeTimeout", value);
        return copy;
    }

    /** {@return how long one connect to a backend may take} */
    public Duration connectTimeout() {
        return connectTimeout;
    }

    /**
     * Sets how long one connect to a backend may take; then another backend is tried.
     *
     * @param value at least 1 ms; default 3 s, which outlasts two lost SYNs (retransmitted after 1 s and 3 s)
     * @return the changed copy
     */
    public Limits connectTimeout(Duration value) {
        Limits copy = copy();
        copy.connectTimeout = Range.time("connectTimeout", value);
        return copy;
    }

    /** {@return how long one address of a backend may take before the next one is tried as well} */
    public Duration addressDelay() {
        return addressDelay;
    }

    /**
     * Sets how long one {@linkplain Backend#addresses(java.util.List) address} of a backend may take before the next one is
     * tried as well: the connection attempt delay of RFC 8305. All of them together are one connect, bounded by
     * {@link #connectTimeout()}.
     *
     * @param value 10 ms to 2 s, the bounds of the RFC; default 250 ms, as it recommends
     * @return the changed copy
     */
    public Limits addressDelay(Duration value) {
        Limits copy = copy();
        copy.addressDelay = Range.time("addressDelay", value, Duration.ofMillis(10), Duration.ofSeconds(2));
        return copy;
    }

    /** {@return how many different backends a session tries} */
    public int connectAttempts() {
        return connectAttempts;
    }

    /**
     * Sets how many different backends a session tries before it fails. No backend is tried twice for a session, and
     * none once a byte has gone to one.
     *
     * @param value 1 to 64; default 3
     * @return the changed copy
     */
    public Limits connectAttempts(int value) {
        Limits copy = copy();
        copy.connectAttempts = Range.of("connectAttempts", value, 1, 64);
        return copy;
    }

    /** {@return how long all connects of a session may take together} */
    public Duration connectDeadline() {
        return connectDeadline;
    }

    /**
     * Sets how long all connects of a session may take together.
     *
     * @param value at least 1 ms; default 10 s
     * @return the changed copy
     */
    public Limits connectDeadline(Duration value) {
        Limits copy = copy();
        copy.connectDeadline = Range.time("connectDeadline", value);
        return copy;
    }

    /** {@return how long a session may go without a byte either way; zero if that is off} */
    public Duration idleTimeout() {
        return idleTimeout;
    }

    /**
     * Sets how long a session may go without a byte either way. A transfer that is slow but moving is not idle.
     *
     * @param value at least 1 ms, or zero for off; default 10 min, because without it the sessions of vanished peers
     *     pile up
     * @return the changed copy
     */
    public Limits idleTimeout(Duration value) {
        Limits copy = copy();
        copy.idleTimeout = Range.timeOrOff("idleTimeout", value);
        return copy;
    }

    /** {@return how long a connected backend may take to its first byte; zero if that is off} */
    public Duration firstByteTimeout() {
        return firstByteTimeout;
    }

    /**
     * Sets how long a backend may take from being connected to its first byte. Finds backends that accept and then
     * hang. Clients that open connections in advance, as pools do, must be slower than this to notice. Where
     * {@link #bandwidthToBackend(int)} holds bytes back, the time counts from when it last did.
     *
     * @param value at least 1 ms, or zero for off; default off
     * @return the changed copy
     */
    public Limits firstByteTimeout(Duration value) {
        Limits copy = copy();
        copy.firstByteTimeout = Range.timeOrOff("firstByteTimeout", value);
        return copy;
    }

    /** {@return how long a session may go without a byte after one side has ended its stream; zero if that is off} */
    public Duration halfCloseTimeout() {
        return halfCloseTimeout;
    }

    /**
     * Sets how long a session may go without a byte after one side has ended its stream, and how long the last bytes of
     * a side that was reset may take to be delivered (30 s then, if this is off).
     *
     * @param value at least 1 ms, or zero for off; default 30 s
     * @return the changed copy
     */
    public Limits halfCloseTimeout(Duration value) {
        Limits copy = copy();
        copy.halfCloseTimeout = Range.timeOrOff("halfCloseTimeout", value);
        return copy;
    }

    /** {@return how old a session may become; zero if that is off} */
    public Duration maxAge() {
        return maxAge;
    }

    /**
     * Sets how old a session may become before it is reset, so that long-lived clients spread anew. Each session gets up
     * to 10 % less, by chance, so that sessions that began together do not end together.
     *
     * @param value at least 1 ms, or zero for off; default off
     * @return the changed copy
     */
    public Limits maxAge(Duration value) {
        Limits copy = copy();
        copy.maxAge = Range.timeOrOff("maxAge", value);
        return copy;
    }

    /** {@return how long {@link Proxy#close()} lets sessions go on} */
    public Duration drainTimeout() {
        return drainTimeout;
    }

    /**
     * Sets how long {@link Proxy#close()} lets sessions go on.
     *
     * @param value at least 1 ms, or zero to cut at once; default 30 s
     * @return the changed copy
     */
    public Limits drainTimeout(Duration value) {
        Limits copy = copy();
        copy.drainTimeout = Range.timeOrOff("drainTimeout", value);
        return copy;
    }

    /** {@return how many sessions the proxy may have at once} */
    public int maxConnections() {
        return maxConnections;
    }

    /**
     * Sets how many sessions the proxy may have at once. At the limit it stops accepting: clients wait in the backlog of
     * the system.
     *
     * @param value 1 to {@link #UNLIMITED}; default {@link #UNLIMITED}. Each session needs two file descriptors
     * @return the changed copy
     */
    public Limits maxConnections(int value) {
        Limits copy = copy();
        copy.maxConnections = Range.of("maxConnections", value, 1, UNLIMITED);
        return copy;
    }

    /** {@return how many sessions may wait for a backend that has room; 0 if none does} */
    public int queueCapacity() {
        return queueCapacity;
    }

    /**
     * Sets how many sessions may wait while every usable backend has its {@linkplain Backend#maxConnections() maximum}.
     * First come, first served: nobody who comes later is served earlier by a backend that serves both, and a place that
     * becomes free goes to the first who can use it at once. The selector is asked as ever, with that one candidate.
     *
     * <p>A client that resets its connection leaves the queue at once. One that has ended its stream stays, unless
     * {@link #queueLeftAtEnd(boolean)} says otherwise. Without room in the queue the session ends with
     * {@link CloseReason#BACKENDS_FULL}.
     *
     * <p>After {@code maxconn} and {@code timeout queue} of HAProxy, whose queue is one for each process.
     *
     * @param value 0 to 1048576; default 0, no queue, because a client that is turned away at once can try elsewhere,
     *     and because waiting costs a socket and up to one buffer for each session
     * @return the changed copy
     */
    public Limits queueCapacity(int value) {
        Limits copy = copy();
        copy.queueCapacity = Range.of("queueCapacity", value, 0, 1 << 20);
        return copy;
    }

    /** {@return how long a session may wait in the queue} */
    public Duration queueTimeout() {
        return queueTimeout;
    }

    /**
     * Sets how long a session may wait in the queue, all its waits together; then it ends with
     * {@link CloseReason#QUEUE_TIMEOUT}. This time does not count as part of {@link #connectDeadline()}.
     *
     * @param value at least 1 ms; default 3 s, as for {@link #connectTimeout()}: a client cannot tell whether it waits for
     *     room or for a connect, and its patience is the same for both
     * @return the changed copy
     */
    public Limits queueTimeout(Duration value) {
        Limits copy = copy();
        copy.queueTimeout = Range.time("queueTimeout", value);
        return copy;
    }

    /** {@return whether a client that ends its stream leaves the queue} */
    public boolean queueLeftAtEnd() {
        return queueLeftAtEnd;
    }

    /**
     * Sets whether a client that ends its stream leaves the queue, as by {@code option abortonclose} of HAProxy. A client
     * that has gone looks the same as one that has said all and waits for the answer; where clients never end their
     * stream before the answer, as in HTTP or most databases, places of those who have gone are free at once. The
     * session then ends with {@link CloseReason#RESET_BY_CLIENT} in phase {@link Phase#QUEUED}, and is reset. The end of
     * a stream is noticed behind up to {@link #bufferBytes()} of what was sent before.
     *
     * @param value default false: the end may be that of a whole request, and gets its answer
     * @return the changed copy
     */
    public Limits queueLeftAtEnd(boolean value) {
        Limits copy = copy();
        copy.queueLeftAtEnd = value;
        return copy;
    }

    /** {@return how many retries may fail in a second whatever the traffic} */
    public int retriesPerSecond() {
        return retriesPerSecond;
    }

    /**
     * Sets the reserve of the retry budget: how many retries may fail in a second whatever the traffic, taken over ten
     * seconds. The budget keeps {@link #connectAttempts()} from multiplying the load when all backends are in trouble.
     * A retry is the try of a second or later backend for a session. Only those that fail, too, are charged; a retry
     * that is served costs nothing, so that the death of one backend among healthy ones never uses the budget up. When
     * it is used up, a session whose backend cannot be reached ends with {@link CloseReason#CONNECT_FAILED} instead of
     * trying another one.
     *
     * <p>After Finagle's {@code RetryBudget}, which charges every retry.
     *
     * @param value 0 to {@link #UNLIMITED}, which switches the budget off; default 10, as in Finagle, so that a proxy
     *     with little traffic may retry always
     * @return the changed copy
     */
    public Limits retriesPerSecond(int value) {
        Limits copy = copy();
        copy.retriesPerSecond = Range.of("retriesPerSecond", value, 0, UNLIMITED);
        return copy;
    }

    /** {@return how many retries may fail for each hundred sessions, besides the reserve} */
    public int retryPercent() {
        return retryPercent;
    }

    /**
     * Sets how many retries may fail for each hundred sessions, over ten seconds and besides
     * {@link #retriesPerSecond()}.
     *
     * @param value 0 to 100; default 20, as in Finagle and Envoy: in the worst case backends see a fifth more connects
     *     than there are clients
     * @return the changed copy
     */
    public Limits retryPercent(int value) {
        Limits copy = copy();
        copy.retryPercent = Range.of("retryPercent", value, 0, 100);
        return copy;
    }

    /** {@return how many sessions of backends that are down, drained or removed are cut in a second} */
    public int cutsPerSecond() {
        return cutsPerSecond;
    }

    /**
     * Sets how many sessions are cut in a second because their backends are down, drained or removed, all backends
     * together. Cut clients connect again at once, and what they connect to must bear it.
     *
     * @param value 1 to {@link #UNLIMITED}; default 1000: 10,000 sessions come back within ten seconds instead of one
     *     moment, which a handful of servers with a TLS handshake or a login of about a millisecond can bear
     * @return the changed copy
     */
    public Limits cutsPerSecond(int value) {
        Limits copy = copy();
        copy.cutsPerSecond = Range.of("cutsPerSecond", value, 1, UNLIMITED);
        return copy;
    }

    /** {@return how many bytes a second each session moves from its client to its backend at most} */
    public int bandwidthToBackend() {
        return bandwidthToBackend;
    }

    /**
     * Sets how many bytes a second each session moves from its client to its backend at most, by a token bucket
     * (RFC 2697) that holds a tenth of a second's worth; what was read before a backend was connected is reckoned with.
     * When it is empty the client is not read from, so that its own system slows it down. To wait for that is not to be
     * idle. Nothing is lost, and an end of stream is passed on after the bytes before it as ever; a reset may be noticed
     * only when the session reads again. TLS is counted as plaintext.
     *
     * @param value 1024 to {@link #UNLIMITED} bytes a second; default {@link #UNLIMITED}, which costs nothing
     * @return the changed copy
     */
    public Limits bandwidthToBackend(int value) {
        Limits copy = copy();
        copy.bandwidthToBackend = Range.of("bandwidthToBackend", value, 1024, UNLIMITED);
        return copy;
    }

    /** {@return how many bytes a second each session moves from its backend to its client at most} */
    public int bandwidthToClient() {
        return bandwidthToClient;
    }

    /**
     * Sets how many bytes a second each session moves from its backend to its client at most, independently of the other
     * way and in the same manner: see {@link #bandwidthToBackend(int)}.
     *
     * @param value 1024 to {@link #UNLIMITED} bytes a second; default {@link #UNLIMITED}, which costs nothing
     * @return the changed copy
     */
    public Limits bandwidthToClient(int value) {
        Limits copy = copy();
        copy.bandwidthToClient = Range.of("bandwidthToClient", value, 1024, UNLIMITED);
        return copy;
    }

    /** {@return the size of the buffer that bytes are read into, in bytes} */
    public int bufferBytes() {
        return bufferBytes;
    }

    /**
     * Sets the size of the buffer that bytes are read into, which is the most that one direction of a session holds. An
     * idle session holds none, and bytes that wait for a slow reader move to the smallest of 16, 64 and 256 KiB
     * and this that takes them.
     *
     * @param value 4096 to 4194304 bytes (4 MiB); default 512 KiB, because bytes per system call decide what bulk
     *     transfer costs
     * @return the changed copy
     */
    public Limits bufferBytes(int value) {
        Limits copy = copy();
        copy.bufferBytes = Range.of("bufferBytes", value, 4096, 4 << 20);
        return copy;
    }

    /** {@return how many bytes one direction moves before others have their turn} */
    public int turnBytes() {
        return turnBytes;
    }

    /**
     * Sets how many bytes, about, one direction of a session moves before the others of its loop have their turn.
     *
     * @param value 4096 to 67108864 bytes (64 MiB); default 512 KiB
     * @return the changed copy
     */
    public Limits turnBytes(int value) {
        Limits copy = copy();
        copy.turnBytes = Range.of("turnBytes", value, 4096, 64 << 20);
        return copy;
    }

    /** {@return how many connections a listener accepts before sessions have their turn} */
    public int acceptsPerTurn() {
        return acceptsPerTurn;
    }

    /**
     * Sets how many connections a listener accepts before sessions have their turn.
     *
     * @param value 1 to 1024; default 16
     * @return the changed copy
     */
    public Limits acceptsPerTurn(int value) {
        Limits copy = copy();
        copy.acceptsPerTurn = Range.of("acceptsPerTurn", value, 1, 1024);
        return copy;
    }

    /** {@return how many TLS handshakes go on at once} */
    public int handshakes() {
        return handshakes;
    }

    /**
     * Sets how many TLS handshakes go on at once, with clients and backends together; others wait in the order in which they
     * came, each until its own deadline ({@link #preludeTimeout()}, {@link #connectTimeout()}). A handshake counts from when its
     * peer has said enough that there is something to compute.
     *
     * @param value 1 to 65536; default 1024: at one or two milliseconds of a processor for each, what waits longer is late
     *     anyway. Their buffers come to 17 MiB at most
     * @return the changed copy
     */
    public Limits handshakes(int value) {
        Limits copy = copy();
        copy.handshakes = Range.of("handshakes", value, 1, 1 << 16);
        return copy;
    }

    /** {@return how many messages may wait for one loop} */
    public int inboxCapacity() {
        return inboxCapacity;
    }

    /**
     * Sets how many messages (accepted connections handed over, changes of the set of backends) may wait for one loop.
     * A connection that finds another loop's inbox full stays with the loop that accepted it.
     *
     * @param value 16 to 1048576; default 4096. Rounded up to a power of two
     * @return the changed copy
     */
    public Limits inboxCapacity(int value) {
        Limits copy = copy();
        copy.inboxCapacity = Range.of("inboxCapacity", value, 16, 1 << 20);
        return copy;
    }
}
