package io.lbkit.core;

import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.Tls;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.backend.BackendWatch;
import io.lbkit.core.health.SecureDialer;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.relay.Dialer;
import io.lbkit.core.tls.Handshakes;
import io.lbkit.core.tls.TlsEndpoint;
import io.lbkit.core.tls.TlsEngines;
import io.lbkit.core.tls.TlsLoop;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;
import io.lbkit.core.transport.Opening;
import io.lbkit.core.transport.ReadyHandler;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings TLS to where listeners and backends ask for it.
 *
 * <p>Shared; immutable but for the engines of backends, which are a concurrent map: loops look into it, and the control loop
 * takes out what no backend has any more, by {@code used}, which is its own.
 */
final class TlsWiring implements Dialer, SecureDialer, BackendWatch {

    private static final Logger LOG = LoggerFactory.getLogger(TlsWiring.class);

    private final String proxy;
    private final Errands errands;
    private final List<@Nullable TlsEngines> ofListeners = new ArrayList<>();
    private final Map<Tls, TlsEngines> ofBackends = new ConcurrentHashMap<>();
    private final List<TlsLoop> loops = new ArrayList<>();
    private Set<Tls> used = Set.of(); // by backends of the tables, when they were last published
    private final List<BackendTable> tables = new ArrayList<>(); // complete before the loops run

    /** Reads the files of the listeners. */
    TlsWiring(String proxy, List<Listener> listeners, List<EventLoop> loops, Errands errands) {
        this.proxy = proxy;
        this.errands = errands;
        Handshakes handshakes = new Handshakes(Handshakes.MOST);
        for (EventLoop loop : loops) {
            this.loops.add(new TlsLoop(loop, handshakes, errands));
        }
        long now = loops.get(0).nowNanos();
        for (Listener listener : listeners) {
            Tls tls = listener.tls();
            ofListeners.add(tls == null ? null : TlsEngines.forListener(tls, errands, this::onBadFile, now));
        }
    }

    /** From now on it follows one more set of backends. */
    void watch(BackendTable table) {
        tables.add(table);
        table.watch(this);
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
        return ofBackends.computeIfAbsent(
                tls, wanted -> TlsEngines.forBackends(wanted, errands, this::onBadFile, nowNanos));
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

    /**
     * Forgets what no backend has any more; what was prepared for one that is still to come is kept. Once for all that has
     * changed: a pass for each backend of a large set would hold the control loop up.
     */
    @Override
    public void onPublished() {
        if (!ofBackends.isEmpty()) {
            Set<Tls> now = tables.stream()
                    .flatMap(table -> table.pool().current().all().stream())
                    .map(entry -> entry.backend().tls())
                    .filter(tls -> tls != null)
                    .collect(Collectors.toSet());
            used.stream().filter(tls -> !now.contains(tls)).forEach(ofBackends::remove);
            used = now;
        }
    }
}
