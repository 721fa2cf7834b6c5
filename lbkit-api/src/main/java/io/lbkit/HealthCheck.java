package io.lbkit;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How a proxy finds out whether its backends are well. A backend that fails {@link #fall()} checks in a row gets no new
 * sessions until it has passed {@link #rise()} in a row: {@code rise} and {@code fall} of HAProxy, with its defaults.
 *
 * <pre>{@code
 * HealthCheck primary = HealthCheck.http("/primary").port(8008).interval(Duration.ofSeconds(2));
 * }</pre>
 *
 * <p>The time of a check counts only while the proxy's own process is on time: a pause of it, for garbage collection or
 * because the machine was suspended, fails no check. Checks end with an orderly close, never with a reset, unless the
 * backend keeps sending for a second after its answer.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 */
public final class HealthCheck implements Cloneable {

    private static final Duration FAST = Duration.ofSeconds(1);

    // Written only by the setters below, on a copy that nobody else has yet.
    private HealthQuestion question;
    private int port;
    private @Nullable Function<Backend, ? extends SocketAddress> address;
    private @Nullable Boolean tls;
    private Duration interval = Duration.ofSeconds(5);
    private @Nullable Duration fastInterval;
    private Duration timeout = Duration.ofSeconds(2);
    private double jitter = 0.1;
    private int rise = 2;
    private int fall = 3;
    private boolean initiallyUp = true;
    private int concurrency = 256;

    private HealthCheck(HealthQuestion question) {
        this.question = Objects.requireNonNull(question, "health question");
    }

    /**
     * A check that asks a question.
     *
     * @param question what to ask
     * @return the check, with every default
     */
    public static HealthCheck of(HealthQuestion question) {
        return new HealthCheck(question);
    }

    /** {@return a check that passes when the backend accepts a connection} */
    public static HealthCheck tcp() {
        return of(new HealthQuestion.Connect());
    }

    /**
     * A check that passes when the answer begins with what is expected.
     *
     * @param send what to say, at most 4096 bytes in UTF-8; empty if the backend speaks first
     * @param expect how the answer must begin, 1 to 4096 bytes
     * @return the check; {@link HealthQuestion.Exchange} has more to choose
     */
    public static HealthCheck exchange(String send, String expect) {
        return of(HealthQuestion.Exchange.of(send, expect));
    }

    /**
     * A check that passes when {@code GET} is answered with a status from 200 to 399.
     *
     * @param path what to get, with its query; 1 to 2000 ASCII characters, the first a slash
     * @return the check; {@link HealthQuestion.HttpGet} has more to choose
     */
    public static HealthCheck http(String path) {
        return of(HealthQuestion.HttpGet.of(path));
    }

    /**
     * A check by the host's own code.
     *
     * @param test whether the backend is well. It may block: it is called on one of three threads kept for this, and
     *     interrupted at the timeout; what it throws is a failed check. While one call hangs, its backend has no other;
     *     while three hang, no other backend has one either, and keeps the state it has
     * @return the check
     */
    public static HealthCheck test(Predicate<Backend> test) {
        Objects.requireNonNull(test, "health check test");
        return testAsync(backend -> CompletableFuture.completedFuture(test.test(backend)));
    }

    /**
     * A check by the host's own code that answers later.
     *
     * @param test called as that of {@link #test}; the stage may complete on any thread
     * @return the check
     */
    public static HealthCheck testAsync(Function<Backend, ? extends CompletionStage<Boolean>> test) {
        return of(new HealthQuestion.HostTest(test));
    }

    private HealthCheck copy() {
        try {
            return (HealthCheck) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return what is asked} */
    public HealthQuestion question() {
        return question;
    }

    /**
     * Sets what is asked.
     *
     * @param value the question
     * @return the changed copy
     */
    public HealthCheck question(HealthQuestion value) {
        HealthCheck copy = copy();
        copy.question = Objects.requireNonNull(value, "health question");
        return copy;
    }

    /** {@return which port of a backend is asked; 0 for the one that gets the sessions} */
    public int port() {
        return port;
    }

    /**
     * Sets which port of a backend is asked. Sessions go where they went. For a backend behind a unix-domain socket it
     * is a port of 127.0.0.1.
     *
     * @param value 1 to 65535, or 0 for the one that gets the sessions; default 0
     * @return the changed copy
     */
    public HealthCheck port(int value) {
        HealthCheck copy = copy();
        copy.port = Range.of("health check port", value, 0, 65535);
        return copy;
    }

    /** {@return who says where a backend is asked; null if nobody was named} */
    public @Nullable Function<Backend, ? extends SocketAddress> address() {
        return address;
    }

    /**
     * Sets who says where a backend is asked, instead of {@link #port()}.
     *
     * @param value from a backend to a resolved address; called on an event loop before each check, must not block; what
     *     it throws is a failed check
     * @return the changed copy
     */
    public HealthCheck address(Function<Backend, ? extends SocketAddress> value) {
        HealthCheck copy = copy();
        copy.address = Objects.requireNonNull(value, "health check address");
        return copy;
    }

    /** {@return whether backends that speak TLS are asked by TLS; unless said, those that are asked at their own address} */
    public boolean tls() {
        return tls == null ? port == 0 && address == null : tls;
    }

    /**
     * Sets whether backends with {@link Backend#tls()} are asked by TLS, as their {@link Tls} says: the handshake must
     * succeed, certificate and name included, and what is sent and expected is inside. An HTTP question offers
     * {@code http/1.1} where a backend is offered protocols at all. Backends without TLS are asked in the clear in any case.
     *
     * @param value default true, but false where {@link #port()} or {@link #address()} say to ask elsewhere. (HAProxy's
     *     {@code check-ssl} has the same defaults.)
     * @return the changed copy
     */
    public HealthCheck tls(boolean value) {
        HealthCheck copy = copy();
        copy.tls = value;
        return copy;
    }

    /** {@return time from the beginning of a check to that of the next one} */
    public Duration interval() {
        return interval;
    }

    /**
     * Sets the time from the beginning of a check to that of the next one. A check that takes longer is followed by the
     * next one at once.
     *
     * @param value at least 1 ms; default 5 s
     * @return the changed copy
     */
    public HealthCheck interval(Duration value) {
        HealthCheck copy = copy();
        copy.interval = Range.time("health check interval", value);
        return copy;
    }

    /** {@return the interval while the last result contradicts the state; never longer than {@link #interval()}} */
    public Duration fastInterval() {
        Duration fast = fastInterval == null ? FAST : fastInterval;
        return fast.compareTo(interval) < 0 ? fast : interval;
    }

    /**
     * Sets the interval while a backend rises or falls: when the last result contradicts the state it has.
     *
     * @param value at least 1 ms; default 1 s; where it is longer than the interval, the interval holds
     * @return the changed copy
     */
    public HealthCheck fastInterval(Duration value) {
        HealthCheck copy = copy();
        copy.fastInterval = Range.time("health check fastInterval", value);
        return copy;
    }

    /** {@return how long a check may take, from connect to answer} */
    public Duration timeout() {
        return timeout;
    }

    /**
     * Sets how long a check may take, from connect to answer.
     *
     * @param value at least 1 ms; default 2 s, which outlasts one lost SYN (retransmitted after 1 s)
     * @return the changed copy
     */
    public HealthCheck timeout(Duration value) {
        HealthCheck copy = copy();
        copy.timeout = Range.time("health check timeout", value);
        return copy;
    }

    /** {@return by which part of itself an interval is longer or shorter at most} */
    public double jitter() {
        return jitter;
    }

    /**
     * Sets by which part of itself each interval is longer or shorter at most, so that the checks of many backends, and
     * of many proxies, do not meet.
     *
     * @param value 0 to 0.5; default 0.1
     * @return the changed copy
     */
    public HealthCheck jitter(double value) {
        if (!(value >= 0 && value <= 0.5)) {
            throw new IllegalArgumentException("health check jitter is " + value + ", must be between 0 and 0.5");
        }
        HealthCheck copy = copy();
        copy.jitter = value;
        return copy;
    }

    /** {@return how many checks in a row bring a backend back} */
    public int rise() {
        return rise;
    }

    /**
     * Sets how many checks in a row must pass to bring a backend back. One that has never been checked needs only one.
     *
     * @param value 1 to 1000; default 2
     * @return the changed copy
     */
    public HealthCheck rise(int value) {
        HealthCheck copy = copy();
        copy.rise = Range.of("health check rise", value, 1, 1000);
        return copy;
    }

    /** {@return how many checks in a row take a backend out} */
    public int fall() {
        return fall;
    }

    /**
     * Sets how many checks in a row must fail to take a backend out.
     *
     * @param value 1 to 1000; default 3
     * @return the changed copy
     */
    public HealthCheck fall(int value) {
        HealthCheck copy = copy();
        copy.fall = Range.of("health check fall", value, 1, 1000);
        return copy;
    }

    /** {@return whether a backend that has not been checked yet gets sessions} */
    public boolean initiallyUp() {
        return initiallyUp;
    }

    /**
     * Sets whether a backend that has not been checked yet gets sessions: until proven otherwise, or not before its
     * first success. Where no backend is usable at all, {@link Failover#failOpen()} holds for the unchecked, too.
     *
     * @param value default true
     * @return the changed copy
     */
    public HealthCheck initiallyUp(boolean value) {
        HealthCheck copy = copy();
        copy.initiallyUp = value;
        return copy;
    }

    /** {@return how many checks of a proxy may be under way at once} */
    public int concurrency() {
        return concurrency;
    }

    /**
     * Sets how many checks of a proxy may be under way at once, each with a descriptor; more wait until one ends.
     *
     * @param value 1 to 65535; default 256, enough for 600 backends that all hang with the other defaults
     * @return the changed copy
     */
    public HealthCheck concurrency(int value) {
        HealthCheck copy = copy();
        copy.concurrency = Range.of("health check concurrency", value, 1, 65535);
        return copy;
    }
}
