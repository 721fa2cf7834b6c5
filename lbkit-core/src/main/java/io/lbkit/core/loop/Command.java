package io.lbkit.core.loop;

/** A verb that one thread sends and a loop carries out on its own thread. */
@FunctionalInterface
public interface Command {

    /** Called on the receiving loop. */
    void run();
}
