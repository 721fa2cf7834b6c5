package io.lbkit.core;

import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.ProxyConfig;
import io.lbkit.Tls;
import io.lbkit.core.health.SecureDialer;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.observe.LoopCounters;
import io.lbkit.core.relay.Dialer;
import io.lbkit.core.tls.Handshakes;
import io.lbkit.core.tls.TlsEndpoint;
import io.lbkit.core.tls.TlsEngines;
import io.lbkit.core.tls.TlsFiles;
import io.lbkit.core.tls.TlsLoop;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;
import io.lbkit.core.transport.Opening;
import io.lbkit.core.transport.ReadyHandler;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings TLS to where listeners and backends ask for it.
 *
 * <p>Shared; immutable but for what the files of backends have led to, a synchronized map. It is forgotten when nobody has the
 * {@link Tls} any more: no table, no session that dials or is about to, and not the host.
 */
final class TlsWiring implements Dialer, SecureDialer {

    private static final Logger LOG = LoggerFactory.getLogger(TlsWiring.class);

    private final String proxy;
    private final Errands errands;
    private final List<@Nullable TlsEngines> ofListeners = new ArrayList<>();
    private final Map<Tls, TlsFiles> ofBackends = Collections.synchronizedMap(new WeakHashMap<>());
    private final List<TlsLoop> loops = new ArrayList<>();

    /** Reads the files of the listeners; the counters are those of the loops. */
    TlsWiring(ProxyConfig config, List<EventLoop> loops, List<LoopCounters> counters, Errands errands) {
        this.proxy = config.name();
        this.errands = errands;
        Handshakes handshakes = new Handshakes(config.limits().handshakes());
        for (EventLoop loop : loops) {
            this.loops.add(new TlsLoop(loop, handshakes, errands, counters.get(loop.index())));
        }
        long now = loops.get(0).nowNanos();
        for (Listener listener : config.listeners()) {
            Tls tls = listener.tls();
            ofListeners.add(
                    tls == null ? null : new TlsEngines(tls, TlsFiles.ofListener(tls, errands, this::onBadFile, now)));
        }
    }

    /**
     * Reads the files of a backend, before it is added. Any thread.
     *
     * @throws IllegalArgumentException if a file cannot be used, naming it
     */
    void prepare(Backend backend, long nowNanos) {
        Tls tls = backend.tls();
        if (tls != null) {
            engines(tls, nowNanos);
        }
    }

    private TlsEngines engines(Tls tls, long nowNanos) {
        TlsFiles known = ofBackends.get(tls);
        if (known == null) {
            TlsFiles read =
                    TlsFiles.ofBackends(tls, errands, this::onBadFile, nowNanos); // not under the lock of the map
            TlsFiles other = ofBackends.putIfAbsent(tls, read);
            known = other == null ? read : other;
        }
        return new TlsEngines(tls, known);
    }

    /** For how many different backends there are files in memory; what is garbage may still count. */
    int remembered() {
        return ofBackends.size();
    }

    private void onBadFile(String complaint) {
        LOG.warn("{}: {}", proxy, complaint);
    }

    @Override
    public Layer over(int listener, EventLoop loop, Endpoint client, ReadyHandler owner) {
        TlsEngines engines = ofListeners.get(listener);
        if (engines == null) {
            throw new AssertionError("no TLS at listener " + listener);
        }
        return TlsEndpoint.over(loops.get(loop.index()), client, engines.accept(loop.nowNanos()), owner);
    }

    @Override
    public Endpoint connect(
            EventLoop loop, Backend backend, String protocol, Opening opening, byte[] preface, ReadyHandler owner)
            throws IOException {
        Tls tls = backend.tls();
        if (tls == null) {
            throw new AssertionError("no TLS with " + backend);
        }
        List<String> alpn = protocol.isEmpty() ? tls.alpn() : List.of(protocol);
        return connect(loop, tls, backend.address(), alpn, opening, preface, owner);
    }

    @Override
    public Layer connect(
            EventLoop loop,
            Tls tls,
            SocketAddress address,
            List<String> alpn,
            Opening opening,
            byte[] preface,
            ReadyHandler owner)
            throws IOException {
        long now = loop.nowNanos();
        return TlsEndpoint.connect(
                loops.get(loop.index()), engines(tls, now).connect(address, alpn, now), opening, preface, owner);
    }
}
