package io.lbkit.core.dial;

import io.lbkit.Backend;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.ReadyHandler;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/**
 * Makes connections to backends: plainly where there is one address, by a {@link Race} where there are several.
 *
 * <p>Owned by one event loop.
 */
public final class Dial {

    private final EventLoop loop;
    private final long delayNanos;

    /** @param delayNanos how long one address may take before the next one is tried as well */
    public Dial(EventLoop loop, long delayNanos) {
        this.loop = loop;
        this.delayNanos = delayNanos;
    }

    /**
     * As {@code Transport.connect}.
     *
     * @param addresses of one server, in the order in which they are tried; at least one
     */
    public Endpoint connect(Backend backend, List<? extends SocketAddress> addresses, ReadyHandler owner)
            throws IOException {
        if (addresses.size() == 1) {
            return loop.transport().connect(backend, addresses.get(0), owner);
        }
        Race race = new Race(loop, backend, addresses, delayNanos, owner);
        race.begin();
        return race;
    }
}
