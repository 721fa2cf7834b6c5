/**
 * A TCP load balancer inside a Java process: {@link io.lbkit.Proxy#builder()} is where to begin.
 *
 * <p>This package has no thread and does no input or output; lbkit-core brings the engine.
 */
package io.lbkit;
