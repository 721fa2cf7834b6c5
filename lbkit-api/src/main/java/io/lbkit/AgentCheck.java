package io.lbkit;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lets backends say how much work they want. The proxy connects to an agent beside each backend and reads one line, in
 * the words of HAProxy's agent checks, separated by spaces, tabs or commas:
 *
 * <ul>
 *   <li>{@code 75%}: that part of the configured weight; {@code weight:N}: another weight; 0 is no new sessions
 *   <li>{@code maxconn:N}: at most so many sessions
 *   <li>{@code drain}, {@code maint}: no new sessions; with {@code maint} no health checks either; {@code ready} ends both
 *   <li>{@code down}, {@code fail} or {@code stopped}, with a reason after {@code #}: unwell; {@code up} ends that
 * </ul>
 *
 * <p>What a line does not mention stays as it is. Only the agent can revert what it said, and it can revert nothing that
 * others said. An agent that cannot be reached changes nothing; words that mean nothing are counted and ignored.
 *
 * <p>Source: HAProxy's configuration manual, {@code agent-check}.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 */
public final class AgentCheck {

    private final int port;
    private final @Nullable Function<Backend, ? extends SocketAddress> address;
    private final Duration interval;
    private final Duration timeout;

    private AgentCheck(
            int port,
            @Nullable Function<Backend, ? extends SocketAddress> address,
            Duration interval,
            Duration timeout) {
        this.port = port;
        this.address = address;
        this.interval = interval;
        this.timeout = timeout;
    }

    /**
     * Agents at a port of each backend.
     *
     * @param port 1 to 65535. For a backend behind a unix-domain socket it is a port of 127.0.0.1
     * @return the check, with every default
     */
    public static AgentCheck port(int port) {
        Range.of("agent check port", port, 1, 65535);
        return new AgentCheck(port, null, Duration.ofSeconds(5), Duration.ofSeconds(2));
    }

    /**
     * Agents wherever the host says.
     *
     * @param address from a backend to the resolved address of its agent; called on an event loop before each check, must
     *     not block; when it throws, the agent counts as not reached
     * @return the check, with every default
     */
    public static AgentCheck address(Function<Backend, ? extends SocketAddress> address) {
        Objects.requireNonNull(address, "agent check address");
        return new AgentCheck(0, address, Duration.ofSeconds(5), Duration.ofSeconds(2));
    }

    /** {@return which port of a backend is asked; 0 if {@link #address()} says where} */
    public int port() {
        return port;
    }

    /** {@return who says where the agent of a backend is; null if it is at {@link #port()}} */
    public @Nullable Function<Backend, ? extends SocketAddress> address() {
        return address;
    }

    /** {@return time from one question to the next} */
    public Duration interval() {
        return interval;
    }

    /**
     * A copy with another time from one question to the next; each is 10 % longer or shorter at most.
     *
     * @param value at least 1 ms; default 5 s
     * @return the copy
     */
    public AgentCheck interval(Duration value) {
        return new AgentCheck(port, address, Range.time("agent check interval", value), timeout);
    }

    /** {@return how long the answer may take} */
    public Duration timeout() {
        return timeout;
    }

    /**
     * A copy with another time that the answer may take.
     *
     * @param value at least 1 ms; default 2 s
     * @return the copy
     */
    public AgentCheck timeout(Duration value) {
        return new AgentCheck(port, address, interval, Range.time("agent check timeout", value));
    }
}
