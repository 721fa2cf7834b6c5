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
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The options about clients: who they are, who tells whom about it, who may come in, and how fast. Stateless. */
final class CliClients {

    private static final int MOST = 1_000_000;

    private CliClients() {}

    static void addTo(CommandSpec spec) {
        CliOptions.flag(
                spec, "--accept-proxy", "Every connection must begin with a PROXY header that says who the client is.");
        prefixes(
                spec,
                "--trust",
                "Only connections from there must, others are plain. Repeatable. Default: everywhere.");
        spec.addOption(CliOptions.one("--send-proxy", "v1|v2", SendProxy.class, CliText::sendProxy)
                .description(
                        "Tell every backend who the client is, by a PROXY header of that version. Default: not at all.")
                .build());
        CliOptions.time(
                spec, "--prelude-timeout", "For the PROXY header and the TLS handshake of a client. Default: 3s.");
        spec.addOption(CliOptions.list("--sni", "NAME=HOST:PORT", String.class, CliClients::named)
                .description(
                        "Clients whose TLS asks for this name, or *.NAME, go there and not to a --backend; with one"
                                + " name again, to several. Repeatable.")
                .build());
        file(
                spec,
                "--tls-cert",
                "Clients speak TLS: the certificate and those that vouch for it, as PEM. Default: they do not.");
        file(spec, "--tls-key", "The private key of that certificate, as PEM.");
        prefixes(spec, "--allow", "Who may come in; then nobody else may. Repeatable. Default: everybody.");
        prefixes(
                spec,
                "--deny",
                "Who may not come in. The longest prefix of both lists decides. Repeatable. Default: nobody.");
        spec.addOption(
                CliOptions.one("--max-per-client", "N", Integer.class, text -> CliText.number(text, "count", 1, MOST))
                        .description("Connections of one client at once; more are reset. Default: no limit.")
                        .build());
        spec.addOption(CliOptions.one("--rate", "N/s", Integer.class, text -> CliText.rate(text, MOST))
                .description("Connections accepted in a second; more wait in the backlog. Default: no limit.")
                .build());
    }

    private static void file(CommandSpec spec, String name, String description) {
        spec.addOption(CliOptions.one(name, "FILE", Path.class, Path::of)
                .description(description)
                .build());
    }

    private static void prefixes(CommandSpec spec, String name, String description) {
        spec.addOption(CliOptions.list(name, "CIDR", String.class, CliText::prefix)
                .description(description)
                .build());
    }

    static void apply(ParseResult parsed, ProxyBuilder builder) {
        AddressSet trusted = addresses(parsed, "--trust");
        boolean accepts = parsed.hasMatchedOption("--accept-proxy");
        if (trusted.size() > 0 && !accepts) {
            throw new IllegalArgumentException("--trust is of no use without --accept-proxy");
        }
        Tls tls = tls(parsed);
        List<SocketAddress> addresses = parsed.matchedOptionValue("--listen", List.of());
        for (SocketAddress address : addresses) {
            Listener listener = Listener.on(address);
            Listener behind = trusted.size() > 0 ? listener.acceptProxy(trusted) : listener.acceptProxy();
            Listener plain = accepts ? behind : listener;
            builder.listen(tls == null ? plain : plain.tls(tls));
        }
        List<Backend> backends = parsed.matchedOptionValue("--backend", List.of());
        SendProxy version = sendProxy(parsed);
        backends.forEach(backend -> builder.backend(backend.sendProxy(version)));
        routes(parsed, builder, version);
        Duration prelude = parsed.matchedOptionValue("--prelude-timeout", null);
        if (prelude != null) {
            builder.limits(limits -> limits.preludeTimeout(prelude));
        }
        builder.access(AccessRules.NONE.allow(addresses(parsed, "--allow")).deny(addresses(parsed, "--deny")));
        builder.admission(Admission.UNLIMITED
                .connectionsPerClient(parsed.matchedOptionValue("--max-per-client", 0))
                .connectionsPerSecond(parsed.matchedOptionValue("--rate", 0)));
    }

    /** {@code NAME=ADDRESS}, which comes back as it is. */
    private static String named(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException("expected NAME=HOST:PORT, not '" + text + "'");
        }
        Route.named("sni").serverName(text.substring(0, equals)); // complains
        CliText.backend(text.substring(equals + 1));
        return text;
    }

    private static void routes(ParseResult parsed, ProxyBuilder builder, SendProxy version) {
        Map<String, Route> byName = new LinkedHashMap<>();
        List<String> all = parsed.matchedOptionValue("--sni", List.of());
        for (String each : all) {
            String name = each.substring(0, each.indexOf('='));
            Backend backend = CliText.backend(each.substring(name.length() + 1)).sendProxy(version);
            Route route = byName.getOrDefault(name, Route.named(name).serverName(name));
            byName.put(name, route.backend(backend));
        }
        byName.values().forEach(builder::route);
    }

    /** Null if clients do not speak TLS. */
    private static @Nullable Tls tls(ParseResult parsed) {
        Path chain = parsed.matchedOptionValue("--tls-cert", null);
        Path key = parsed.matchedOptionValue("--tls-key", null);
        if ((chain == null) != (key == null)) {
            throw new IllegalArgumentException("--tls-cert and --tls-key are of no use without each other");
        }
        return chain == null ? null : Tls.pem(chain, key);
    }

    /** What every backend is told, also those that come later. */
    static SendProxy sendProxy(ParseResult parsed) {
        return parsed.matchedOptionValue("--send-proxy", SendProxy.OFF);
    }

    private static AddressSet addresses(ParseResult parsed, String name) {
        List<String> prefixes = parsed.matchedOptionValue(name, List.of());
        return AddressSet.of(prefixes);
    }
}
