package io.lbkit.core.transport;

/**
 * An endpoint over another one, of whose readiness it is told, and whose owner it tells in turn.
 *
 * <p>Owned by one event loop.
 */
public interface Layer extends Endpoint, ReadyHandler {}
