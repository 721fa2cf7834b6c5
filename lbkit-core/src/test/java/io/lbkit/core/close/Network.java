package io.lbkit.core.close;

import io.lbkit.Backend;
import io.lbkit.DrainReport;
import io.lbkit.Limits;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.ProxyObserver;
import io.lbkit.ProxyStats;
import io.lbkit.Selector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/**
 * What a {@link Stage} stands on: a proxy, and the sockets around it. There is a simulated one, and one of real sockets.
 *
 * <p>Owned by the test's thread.
 */
public interface Network {

    /** What becomes of a connect to an address. */
    enum Manner {
        ACCEPTS,
        REFUSES,
        /** Nothing comes back, ever. */
        IGNORES,
        /** There is no local port for it. */
        CANNOT_BE_TRIED
    }

    /** What a proxy is made of here; where it listens is the network's affair, and how is said by {@code listener}. */
    record Plan(
            List<Backend> backends,
            Selector selector,
            Limits limits,
            ProxyObserver observer,
            int loops,
            UnaryOperator<Listener> listener,
            UnaryOperator<ProxyBuilder> more) {

        /** All of it. */
        public ProxyBuilder builder(Listener at) {
            return more.apply(Proxy.builder()
                    .name("stage")
                    .listen(listener.apply(at))
                    .backends(backends)
                    .selector(selector)
                    .limits(unset -> limits)
                    .observer(observer)
                    .loops(loops));
        }
    }

    /** Somebody at an address, as a backend. */
    Backend backend(String id, Manner manner) throws Exception;

    /** How many bytes can have come in unread for sockets made from now on; 0 for some tens of thousands. */
    void window(int bytes) throws Exception;

    /** A system says that all of a stream was taken when it still has so many bytes; a real one decides that itself. */
    default void rest(int bytes) {}

    void start(Plan plan) throws Exception;

    /** A client's connection to the proxy; null if it was refused. */
    Wire connect() throws Exception;

    /** The connection that has waited longest at a backend that accepts; null if none does. */
    Wire accept(Backend backend) throws Exception;

    /** Lets things happen, and waits for them if nothing does, perhaps less than asked for; whether anything did. */
    boolean step(long mostNanos) throws Exception;

    /** For how long nothing must happen to be sure that only a timer will change that. */
    long quietNanos();

    /** Its clock. */
    long nowNanos();

    /** How late a timer may be; the largest number where nobody can say. */
    long lateNanos();

    /** How long to wait for what does not come. */
    Duration patience();

    ProxyStats stats();

    CompletionStage<DrainReport> stop(Duration within);

    /** @param deadline null if there is none */
    CompletionStage<DrainReport> drain(String id, Duration deadline);

    CompletionStage<?> add(Backend backend);

    CompletionStage<?> weight(String id, int weight);

    /** @param deadline null if there is none */
    CompletionStage<DrainReport> remove(String id, Duration deadline);

    /** From now on there are no descriptors to accept with, or to connect with. Not every network can do that. */
    void drought(boolean accepting, boolean connecting);

    /** Closes everything, then looks for what was left behind. */
    void end() throws Exception;
}
