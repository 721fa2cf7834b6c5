package io.lbkit;

/**
 * Chooses one of the candidates for a client. A lambda over live numbers is enough:
 *
 * <pre>{@code
 * Selector fewest = (candidates, client) -> {
 *     int best = client.random().nextInt(candidates.size()); // not 0, or all go there while the pool is idle
 *     for (int i = 0; i < candidates.size(); i++)
 *         if (candidates.connections(i) < candidates.connections(best)) best = i;
 *     return best;
 * };
 * }</pre>
 *
 * <p>One selector serves all event loops of a proxy and is called by several of them at once: it must be thread-safe,
 * and it must neither block nor wait, because every connection of the calling loop waits meanwhile. What it throws ends
 * the one session with {@link CloseReason#SELECTOR_FAILED}.
 *
 * <p>The built-in ones are in {@link io.lbkit.selector.Selectors} and use nothing that a host's selector lacks.
 */
@FunctionalInterface
public interface Selector {

    /** Answer of a selector that wants none of the candidates; the session ends with {@link CloseReason#NO_BACKEND}. */
    int NONE = -1;

    /**
     * Chooses a backend.
     *
     * @param candidates what can be chosen now, at least one: usable, not full, and not tried for this session yet.
     *     Valid during the call only
     * @param client for whom. Valid during the call only
     * @return an index from 0 to {@code candidates.size() - 1}, or {@link #NONE}
     */
    int select(Candidates candidates, ConnectionInfo client);

    /**
     * Told of each new set of members before the first pick from it, to prepare a table for instance. A member is every
     * backend of weight above 0 that is neither drained nor removed, whether it can be chosen right now or is down, full
     * or of another tier: a table over members need not change with the health of one, and whatever hashes need not move
     * the clients of the others. Called when members, their weights, zones or priorities change: on the control
     * loop, or for large sets on a thread for such work, never by two threads at once. A selector that asks another must
     * pass this call on, too: without it the built-in ones know no weights.
     *
     * <p>What to keep of a member is its {@linkplain Candidates#position position}, by which
     * {@link Candidates#indexOf} finds it among the candidates of a later call.
     *
     * @param all every member, in the order of configuration. Valid during the call only
     * @return the selector for that set: {@code this}, which is the default, or one made for it
     */
    default Selector prepare(Candidates all) {
        return this;
    }

    /**
     * A selector that would answer as this one, to ask what it would say without consequences: asking it must change
     * nothing that this one uses. Called on the control loop, on the selector that {@link #prepare} returned. A selector
     * that asks another asks a trial of it.
     *
     * @return {@code this}, which is the default and right for a selector that keeps nothing from one choice to the next;
     *     otherwise a copy
     */
    default Selector trial() {
        return this;
    }
}
