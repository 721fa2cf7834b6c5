package io.lbkit.core.sim;

import java.util.function.Supplier;

/** Where a replay tells what it does. */
@FunctionalInterface
interface Trace {

    Trace OFF = line -> {};

    void say(Supplier<String> line);
}
