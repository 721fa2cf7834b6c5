package io.lbkit;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The set of backends of a running proxy. Changes touch no session but those they name; counters belong to the id and
 * survive every change.
 *
 * <p>Thread-safe. Changes are carried out by the control loop, in the order of the calls; none of these methods waits for it.
 * A returned stage completes on that loop once every later pick sees the change, or completes exceptionally: with
 * {@link IllegalArgumentException} for an unknown or a duplicate id, with {@link IllegalStateException} once the proxy
 * is closing. The PEM files of a {@link Backend#tls()} that is new here are read before, in the calling thread.
 */
public interface Backends {

    /** {@return the backends in the pool as configured now, in the order in which they were added} */
    List<Backend> list();

    /**
     * Says which of them would serve a client now and why none of the others would, without changing anything.
     *
     * @param client address of the client
     * @return completes on the control loop; with {@link IllegalStateException} if the proxy is closed
     */
    CompletionStage<Explanation> explain(SocketAddress client);

    /**
     * Adds a backend. An id that was removed and still has sessions continues with its counters.
     *
     * @param backend with an id that is not in the pool
     * @return completes when it can be chosen, with the backend as it is then
     */
    CompletionStage<Backend> add(Backend backend);

    /**
     * Changes weight, limit or address of a backend; sessions it has are not touched.
     *
     * @param backend as it is to be; its id says which one
     * @return completes when later picks see it, with the backend as it is then
     */
    CompletionStage<Backend> update(Backend backend);

    /**
     * Changes the weight of a backend.
     *
     * @param id which backend
     * @param weight 1 to 65535, or 0 for no new sessions
     * @return completes when later picks see it, with the backend as it is then
     * @throws IllegalArgumentException if the weight is out of range
     */
    CompletionStage<Backend> weight(String id, int weight);

    /**
     * Sends no new session to a backend. Those it has go on for as long as they like, unless
     * {@link ProxyBuilder#onBackendDrained} says otherwise.
     *
     * @param id which backend
     * @return completes when its last session has ended, or with what was done so far when it is made ready again
     */
    CompletionStage<DrainReport> drain(String id);

    /**
     * Sends no new session to a backend, and resets those that remain at the deadline, no more than
     * {@link Limits#cutsPerSecond()} in a second.
     *
     * @param id which backend
     * @param deadline from now; zero begins at once
     * @return completes when its last session has ended
     */
    CompletionStage<DrainReport> drain(String id, Duration deadline);

    /**
     * Sends no new session to a backend and stops checking it, as somebody is working on it; lets the sessions it has go
     * on for as long as they like.
     *
     * @param id which backend
     * @return completes when its last session has ended, or with what was done so far when it is made ready again
     */
    CompletionStage<DrainReport> maintenance(String id);

    /**
     * Ends a drain or maintenance, and an ejection as well: as far as the operator and the traffic are concerned, the
     * backend gets new sessions again. One that fails its checks is still down.
     *
     * @param id which backend
     * @return completes when it can be chosen, with the backend as it is then
     */
    CompletionStage<Backend> ready(String id);

    /**
     * Takes a backend out of the pool. The sessions it has go on for as long as they like, unless
     * {@link ProxyBuilder#onBackendRemoved} says otherwise.
     *
     * @param id which backend
     * @return completes when its last session has ended
     */
    CompletionStage<DrainReport> remove(String id);

    /**
     * Takes a backend out of the pool, and resets the sessions that remain at the deadline, no more than
     * {@link Limits#cutsPerSecond()} in a second.
     *
     * @param id which backend
     * @param deadline from now; zero begins at once
     * @return completes when its last session has ended
     */
    CompletionStage<DrainReport> remove(String id, Duration deadline);

    /**
     * Replaces the whole set in one step: no pick sees a part of the change. Backends are known by their ids. Those in both
     * sets keep their sessions and counters, and stay drained or ejected if they are; those that are only in the new one
     * are added; those that are only in the old one get sessions until the new set is in force, and are removed then, as by
     * {@link #remove(String)}.
     *
     * @param backends at least one, with ids that differ. That an empty set is refused guards against emptying a pool by
     *     mistake; who means it says {@link #removeAll()}
     * @return completes when later picks see the new set, with what has changed
     * @throws IllegalArgumentException if there is none, or if two have the same id
     */
    CompletionStage<Replacement> replaceAll(Collection<Backend> backends);

    /**
     * Takes every backend out of the pool, and lets the sessions they have go on for as long as they like.
     *
     * @return completes when later picks see it, with what has changed
     */
    CompletionStage<Replacement> removeAll();
}
