package io.lbkit.core.tls;

import io.lbkit.Tls;
import io.lbkit.core.loop.Errands;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * Makes the engine of each connection as a {@link Tls} says, and reads its files again when they have changed. Files are
 * read on a thread for errands, and what is found is for the connections that begin after it.
 *
 * <p>Shared; {@code lookAtNanos} by every loop with compare-and-set, the others by one errand at a time.
 */
public final class TlsEngines {

    private final Tls tls;
    private final boolean forBackends;
    private final Errands errands;
    private final Consumer<String> complaints;
    private final long reloadNanos;
    private final AtomicLong lookAtNanos;
    private final Supplier<SSLContext> contexts;
    private volatile SSLContext current; // of the files; written by errands, read by loops
    private byte[] digest;
    private String complained = "";

    private TlsEngines(
            Tls tls, boolean forBackends, Errands errands, Consumer<String> complaints, long nowNanos, PemFiles files)
            throws IOException {
        this.tls = tls;
        this.forBackends = forBackends;
        this.errands = errands;
        this.complaints = complaints;
        this.reloadNanos = tls.context() == null && !(tls.pems().isEmpty() && tls.trust() == null)
                ? tls.reloadInterval().toNanos()
                : 0;
        this.lookAtNanos = new AtomicLong(nowNanos + reloadNanos);
        this.current = files.context();
        this.digest = files.digest();
        Supplier<SSLContext> own = tls.context();
        this.contexts = own == null ? () -> current : own;
    }

    /**
     * For a listener.
     *
     * @param complaints told when files have changed and cannot be used; called on a thread for errands
     * @throws IllegalArgumentException if a file cannot be used, naming it
     */
    public static TlsEngines forListener(Tls tls, Errands errands, Consumer<String> complaints, long nowNanos) {
        return of(tls, false, errands, complaints, nowNanos);
    }

    /** For backends; otherwise as {@link #forListener}. */
    public static TlsEngines forBackends(Tls tls, Errands errands, Consumer<String> complaints, long nowNanos) {
        return of(tls, true, errands, complaints, nowNanos);
    }

    private static TlsEngines of(
            Tls tls, boolean forBackends, Errands errands, Consumer<String> complaints, long nowNanos) {
        try {
            PemFiles files = PemFiles.read(tls, forBackends && !tls.verify());
            return new TlsEngines(tls, forBackends, errands, complaints, nowNanos, files);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * The engine for a connection that was accepted. Any loop.
     *
     * @throws RuntimeException if the host's context supplier throws
     */
    public SSLEngine accept(long nowNanos) {
        assert !forBackends;
        SSLEngine engine = context(nowNanos).createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = parameters(engine, tls.alpn());
        switch (tls.clientAuth()) {
            case NONE -> parameters.setNeedClientAuth(false);
            case OPTIONAL -> parameters.setWantClientAuth(true);
            case REQUIRED -> parameters.setNeedClientAuth(true);
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    /**
     * The engine for a connection to a backend. Any loop.
     *
     * @param alpn what to offer; {@link Tls#alpn()}, or what was agreed on with the client, to pass it on
     * @throws RuntimeException if the host's context supplier throws
     */
    public SSLEngine connect(SocketAddress backend, List<String> alpn, long nowNanos) {
        assert forBackends;
        String name = tls.serverName();
        String host = name.isEmpty() && backend instanceof InetSocketAddress inet ? inet.getHostString() : name;
        int port = backend instanceof InetSocketAddress inet ? inet.getPort() : -1;
        SSLEngine engine = context(nowNanos).createSSLEngine(host, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = parameters(engine, alpn);
        if (!name.isEmpty()) {
            // By itself the JDK sends no name without a dot.
            parameters.setServerNames(List.of(new SNIHostName(name)));
        }
        if (tls.verify()) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    private SSLParameters parameters(SSLEngine engine, List<String> alpn) {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(tls.protocols().toArray(new String[0]));
        parameters.setApplicationProtocols(alpn.toArray(new String[0]));
        return parameters;
    }

    private SSLContext context(long nowNanos) {
        long due = lookAtNanos.get();
        if (reloadNanos > 0 && nowNanos - due >= 0 && lookAtNanos.compareAndSet(due, nowNanos + reloadNanos)) {
            errands.run(this::look); // if that is refused, it is looked at next time
        }
        return contexts.get();
    }

    private synchronized void look() {
        try {
            PemFiles files = PemFiles.read(tls, forBackends && !tls.verify());
            byte[] found = files.digest();
            if (!Arrays.equals(found, digest)) {
                current = files.context();
                digest = found;
            }
            complained = "";
        } catch (IOException e) {
            String complaint = e.getMessage() + "; the certificates read before stay in use";
            if (!complaint.equals(complained)) {
                complained = complaint;
                complaints.accept(complaint);
            }
        }
    }
}
