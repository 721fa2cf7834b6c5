package io.lbkit.core.loop;

/** Where a loop sends what is too long for a turn or may block: the host's own health checks, tables for very many backends. */
@FunctionalInterface
public interface Errands {

    /**
     * Runs some work on another thread, soon; it posts its outcome to the loop that wants it. Any thread.
     *
     * @return false if too much is waiting already; then it will not be run
     */
    boolean run(Runnable work);
}
