package io.lbkit.examples;

import io.lbkit.AccessRules;
import io.lbkit.AddressSet;
import io.lbkit.Admission;
import io.lbkit.Backend;
import io.lbkit.Listener;
import io.lbkit.ProxyBuilder;
import io.lbkit.Route;
import io.lbkit.SendProxy;
import io.lbkit.Tls;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The options about clients: who they are, who tells whom about it, who may come in, and how fast. Stateless. */
final class CliClients {

    private CliClients() {}

    static void apply(CliWords words, ProxyBuilder builder) {
        AddressSet trusted = addresses(words, "--trust");
        boolean accepts = words.has("--accept-proxy");
        if (trusted.size() > 0 && !accepts) {
            throw new IllegalArgumentException("--trust is of no use without --accept-proxy");
        }
        Tls tls = tls(words);
        List<SocketAddress> addresses = words.list("--listen", SocketAddress.class);
        for (SocketAddress address : addresses) {
            Listener listener = Listener.on(address);
            if (accepts) {
                listener = trusted.size() > 0 ? listener.acceptProxy(trusted) : listener.acceptProxy();
            }
            builder.listen(tls == null ? listener : listener.tls(tls));
        }
        List<Backend> backends = words.list("--backend", Backend.class);
        SendProxy version = sendProxy(words);
        for (Backend backend : backends) {
            builder.backend(backend.sendProxy(version));
        }
        routes(words, builder, version);
        if (words.has("--allow") || words.has("--deny")) {
            builder.access(AccessRules.NONE.allow(addresses(words, "--allow")).deny(addresses(words, "--deny")));
        }
        CliText.Rate rate = words.get("--rate", new CliText.Rate(0, 0));
        builder.admission(Admission.UNLIMITED
                .connectionsPerClient(words.get("--max-per-client", 0))
                .connectionsPerSecond(rate.perSecond())
                .connectionsBurst(rate.burst()));
    }

    private static void routes(CliWords words, ProxyBuilder builder, SendProxy version) {
        Map<String, Route> byName = new LinkedHashMap<>();
        List<String> all = words.list("--sni", String.class);
        for (String each : all) {
            String name = each.substring(0, each.indexOf('='));
            Backend backend = CliText.backend(each.substring(name.length() + 1)).sendProxy(version);
            Route route = byName.getOrDefault(name, Route.named(name).serverName(name));
            byName.put(name, route.backend(backend));
        }
        for (Route route : byName.values()) {
            builder.route(route);
        }
    }

    /** Null if clients do not speak TLS. */
    private static @Nullable Tls tls(CliWords words) {
        Path chain = words.find("--tls-cert", Path.class);
        Path key = words.find("--tls-key", Path.class);
        if ((chain == null) != (key == null)) {
            throw new IllegalArgumentException("--tls-cert and --tls-key are of no use without each other");
        }
        return chain == null || key == null ? null : Tls.pem(chain, key);
    }

    /** What every backend is told, also those that come later. */
    static SendProxy sendProxy(CliWords words) {
        return words.get("--send-proxy", SendProxy.OFF);
    }

    private static AddressSet addresses(CliWords words, String name) {
        List<String> prefixes = words.list(name, String.class);
        return prefixes.isEmpty() ? AddressSet.EMPTY : AddressSet.of(prefixes);
    }
}
