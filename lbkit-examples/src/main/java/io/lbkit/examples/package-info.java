/** Programs that embed lbkit, each run by a test, and a load balancer for the command line. */
@NullMarked
package io.lbkit.examples;

import org.jspecify.annotations.NullMarked;
