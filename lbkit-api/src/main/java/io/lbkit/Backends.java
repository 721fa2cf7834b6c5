package io.lbkit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The set of backends of a running proxy. Changes touch no session but those they name; counters belong to the id and
 * survive every change.
 *
 * <p>Thread-safe. Changes are carried out by the control loop, in the order of the calls; none of these methods blocks.
 * A returned stage completes on that loop once every later pick sees the change, or completes exceptionally: with
 * {@link IllegalArgumentException} for an unknown or a duplicate id, with {@link IllegalStateException} once the proxy
 * is closing.
 */
public interface Backends {

    /** {@return the backends in the pool as configured now, in the order in which they were added} */
    List<Backend> list();

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
     * Ends a drain: the backend gets new sessions again.
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
}
