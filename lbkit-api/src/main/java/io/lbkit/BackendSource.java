package io.lbkit;

import java.util.Collection;

/**
 * Where the set of backends comes from, if it is not the host that changes it step by step: a registry, a file, a lookup
 * of names. A source begins with the proxy and says, whenever it likes, what the whole set is:
 *
 * <pre>{@code
 * BackendSource file = sink -> {
 *     ScheduledExecutorService every = Executors.newSingleThreadScheduledExecutor();
 *     every.scheduleWithFixedDelay(() -> sink.onBackends(read(path)), 0, 10, TimeUnit.SECONDS);
 *     return every::shutdownNow;
 * };
 * }</pre>
 *
 * <p>Each set replaces the one before it as {@link Backends#replaceAll} does: backends are known by their ids, those that
 * are in both sets keep their sessions, counters, drains and health. A source that fails, that says that there is no backend,
 * or that names one which {@link Backends#add} would refuse, changes nothing: the last good set stays, and
 * {@link PoolStats#source()} tells why.
 */
@FunctionalInterface
public interface BackendSource {

    /**
     * Begins. Called once, by the thread that starts the proxy; a set that is said during this call is in place before the
     * first client is served.
     *
     * @param sink to be told, from any thread
     * @return closed when the proxy has ended; what the sink is told after that is ignored
     * @throws Exception if it cannot begin; then the proxy does not start
     */
    AutoCloseable start(Sink sink) throws Exception;

    /** Takes what a source says. Thread-safe; none of its methods blocks or throws. */
    interface Sink {

        /**
         * Says what the set is now. If several are said in short order, the last one counts. Files of {@link Backend#tls}
         * that were not read yet are read here.
         *
         * @param backends all of them, with ids that differ. An empty set is taken for a failure, and so is one with a backend
         *     that asks for a file or a socket option that there is not
         */
        void onBackends(Collection<Backend> backends);

        /**
         * Says that the set is not known now.
         *
         * @param why in a few words, for the log and for {@link PoolStats#source()}
         */
        void onFailure(String why);
    }
}
