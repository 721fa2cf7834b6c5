package io.lbkit.core.tls;

import io.lbkit.Tls;
import io.lbkit.core.observe.HostFailure;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * Makes the engine of each connection as a {@link Tls} says, for one side: that of clients or that of backends. Its contexts
 * are the host's, or those of the files.
 *
 * <p>Immutable.
 */
public record TlsEngines(Tls tls, TlsFiles files) {

    /**
     * The engine for a connection that was accepted. Any loop.
     *
     * @throws RuntimeException if the host's context supplier throws
     */
    public SSLEngine accept(long nowNanos) {
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
        Supplier<SSLContext> own = tls.context();
        if (own == null) {
            return files.context(tls, nowNanos);
        }
        try {
            return own.get();
        } catch (Throwable thrown) {
            throw HostFailure.of(thrown);
        }
    }
}
