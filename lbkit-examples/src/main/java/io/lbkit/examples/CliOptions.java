package io.lbkit.examples;

import io.lbkit.Backend;
import io.lbkit.HealthCheck;
import io.lbkit.Limits;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.Selector;
import io.lbkit.SlowStart;
import io.lbkit.selector.Selectors;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * What the command line may say, and the proxy it describes. The options are declared by calls rather than annotations,
 * which saves the reflection at start. Stateless.
 */
final class CliOptions {

    private CliOptions() {}

    /** A parser that takes words as they are: an {@code @} at the beginning means nothing. */
    static CommandLine line() {
        return new CommandLine(spec()).setExpandAtFiles(false);
    }

    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("lbkit");
        spec.usageMessage()
                .width(100)
                .sortOptions(false)
                .customSynopsis("java -jar lbkit-examples.jar --listen HOST:PORT --backend HOST:PORT... [OPTION...]%n")
                .description("Balances TCP connections over backends.%n")
                .footerHeading("%nCommands of --control:%n")
                .footer(Control.COMMANDS.stream().map("  "::concat).toArray(String[]::new))
                .exitCodeListHeading("%nExit status:%n")
                .exitCodeList(statuses());
        spec.addOption(list("--listen", "HOST:PORT", SocketAddress.class, CliText::address)
                .description(
                        "Where to accept clients: HOST:PORT, [IPV6]:PORT or unix:PATH; port 0 for any. Repeatable.")
                .required(true)
                .build());
        spec.addOption(list(
                        "--backend",
                        "HOST:PORT[,id=NAME][,weight=N][,max=N][,backup][,tls[,verify=off][,sni=NAME]]",
                        Backend.class,
                        CliText::backend)
                .description("A server: its address, id, weight (0 for no new connections), maximum of connections, and"
                        + " whether it stands by for when no other can be had. Repeatable.")
                .build());
        spec.addOption(one("--selector", "NAME", Selector.class, Selectors::named)
                .description("How to choose: " + String.join(", ", Selectors.names()) + ". Default: power-of-two.")
                .build());
        time(spec, "--connect-timeout", "For one connect; then another backend is tried. Default: 3s.");
        time(spec, "--idle-timeout", "Without a byte either way, or off. Default: 10m.");
        time(spec, "--half-close-timeout", "Without a byte after one side has ended, or off. Default: 30s.");
        time(spec, "--first-byte-timeout", "From the connect to the backend's first byte, or off. Default: off.");
        time(spec, "--max-age", "Of a connection, or off. Default: off.");
        time(spec, "--drain-timeout", "For connections to end by themselves at a stop; off cuts them. Default: 30s.");
        spec.addOption(one("--max-connections", "N", Integer.class, text -> whole(text, "count", Limits.UNLIMITED))
                .description("At once; more wait in the backlog. Default: no limit.")
                .build());
        spec.addOption(one("--health-check", "tcp|http:PATH[,port=N]", HealthCheck.class, CliText::healthCheck)
                .description("How to find out whether backends are well: by a connection, or by GET answered with a"
                        + " status from 200 to 399; at their address or at another port. Default: not at all.")
                .build());
        time(spec, "--health-interval", "From one check to the next. Default: 5s.");
        time(spec, "--health-timeout", "For one check. Default: 2s.");
        spec.addOption(one("--rise", "N", Integer.class, text -> whole(text, "count", 1000))
                .description("Checks in a row that must pass to bring a backend back. Default: 2.")
                .build());
        spec.addOption(one("--fall", "N", Integer.class, text -> whole(text, "count", 1000))
                .description("Checks in a row that must fail to take a backend out. Default: 3.")
                .build());
        time(
                spec,
                "--slow-start",
                "In which a backend that was added or has recovered regains its share, or off. Default: off.");
        spec.addOption(one("--queue", "N", Integer.class, text -> CliText.number(text, "count", 0, 1 << 20))
                .description("Connections that may wait while every backend has its maximum. Default: 0.")
                .build());
        time(spec, "--queue-timeout", "In that queue. Default: 3s.");
        spec.addOption(one("--bandwidth", "BYTES", Integer.class, CliOptions::bandwidth)
                .description("A second, of each connection and each way, 1024 at least. Default: no limit.")
                .build());
        CliClients.addTo(spec);
        spec.addOption(one("--loops", "N", Integer.class, text -> whole(text, "count", 64))
                .description("Event loops, each a thread. Default: one for each processor, at most 4.")
                .build());
        flag(spec, "--access-log", "Print a line for each connection that ended.");
        flag(spec, "--control", "Take commands from standard input, and answer each by a line of ok or error.");
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Print this and exit.")
                .build());
        spec.addOption(OptionSpec.builder("--version")
                .versionHelp(true)
                .description("Print the version and exit.")
                .build());
        spec.version("lbkit " + version());
        return spec;
    }

    private static Map<String, String> statuses() {
        Map<String, String> statuses = new LinkedHashMap<>();
        statuses.put("0", "Stopped by a command.");
        statuses.put("1", "Could not start.");
        statuses.put("2", "Wrong arguments.");
        statuses.put("130", "Stopped, as gracefully, by SIGINT.");
        statuses.put("143", "Stopped, as gracefully, by SIGTERM.");
        return statuses;
    }

    private static String version() {
        String version = CliOptions.class.getPackage().getImplementationVersion();
        return version == null ? "(unpackaged)" : version;
    }

    private static Integer whole(String text, String what, int most) {
        return CliText.number(text, what, 1, most);
    }

    /** Reads one value; picocli prints what it throws as one line. */
    interface Reader<T> {
        T read(String text);
    }

    static <T> OptionSpec.Builder one(String name, String label, Class<T> type, Reader<T> reader) {
        return OptionSpec.builder(name).paramLabel(label).type(type).converters(converter(reader));
    }

    static <T> OptionSpec.Builder list(String name, String label, Class<T> type, Reader<T> reader) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(List.class)
                .auxiliaryTypes(type)
                .converters(converter(reader));
    }

    private static <T> CommandLine.ITypeConverter<T> converter(Reader<T> reader) {
        return text -> {
            try {
                return reader.read(text);
            } catch (IllegalArgumentException e) {
                throw new CommandLine.TypeConversionException(e.getMessage());
            }
        };
    }

    static void time(CommandSpec spec, String name, String description) {
        spec.addOption(one(name, "TIME", Duration.class, CliText::duration)
                .description(description)
                .build());
    }

    static void flag(CommandSpec spec, String name, String description) {
        spec.addOption(
                OptionSpec.builder(name).arity("0").description(description).build());
    }

    private static int bandwidth(String text) {
        return CliText.number(text, "bytes a second", 1024, Limits.UNLIMITED);
    }

    /** The proxy that was described. */
    static ProxyBuilder builder(ParseResult parsed) {
        ProxyBuilder builder = Proxy.builder();
        CliClients.apply(parsed, builder);
        if (parsed.hasMatchedOption("--selector")) {
            builder.selector(parsed.matchedOptionValue("--selector", null));
        }
        if (parsed.hasMatchedOption("--loops")) {
            builder.loops(parsed.matchedOptionValue("--loops", 1));
        }
        time(parsed, builder, "--connect-timeout", Limits::connectTimeout);
        time(parsed, builder, "--idle-timeout", Limits::idleTimeout);
        time(parsed, builder, "--half-close-timeout", Limits::halfCloseTimeout);
        time(parsed, builder, "--first-byte-timeout", Limits::firstByteTimeout);
        time(parsed, builder, "--max-age", Limits::maxAge);
        time(parsed, builder, "--drain-timeout", Limits::drainTimeout);
        time(parsed, builder, "--queue-timeout", Limits::queueTimeout);
        if (parsed.hasMatchedOption("--queue")) {
            int capacity = parsed.matchedOptionValue("--queue", 0);
            builder.limits(limits -> limits.queueCapacity(capacity));
        }
        if (parsed.hasMatchedOption("--bandwidth")) {
            int bytes = parsed.matchedOptionValue("--bandwidth", Limits.UNLIMITED);
            builder.limits(limits -> limits.bandwidthToBackend(bytes).bandwidthToClient(bytes));
        }
        if (parsed.hasMatchedOption("--max-connections")) {
            int most = parsed.matchedOptionValue("--max-connections", Limits.UNLIMITED);
            builder.limits(limits -> limits.maxConnections(most));
        }
        Duration ramp = parsed.matchedOptionValue("--slow-start", Duration.ZERO);
        if (!ramp.isZero()) {
            builder.slowStart(SlowStart.over(ramp));
        }
        HealthCheck check = healthCheck(parsed);
        if (check != null) {
            builder.healthCheck(check);
        }
        return builder;
    }

    /** Null if none was asked for. */
    private static HealthCheck healthCheck(ParseResult parsed) {
        HealthCheck check = parsed.matchedOptionValue("--health-check", null);
        check = with(parsed, check, "--health-interval", Duration.class, HealthCheck::interval);
        check = with(parsed, check, "--health-timeout", Duration.class, HealthCheck::timeout);
        check = with(parsed, check, "--rise", Integer.class, HealthCheck::rise);
        return with(parsed, check, "--fall", Integer.class, HealthCheck::fall);
    }

    private static <T> HealthCheck with(
            ParseResult parsed,
            HealthCheck check,
            String name,
            Class<T> type,
            BiFunction<HealthCheck, T, HealthCheck> setter) {
        if (!parsed.hasMatchedOption(name)) {
            return check;
        }
        if (check == null) {
            throw new IllegalArgumentException(name + " is of no use without --health-check");
        }
        return setter.apply(check, type.cast(parsed.matchedOptionValue(name, null)));
    }

    private static void time(
            ParseResult parsed, ProxyBuilder builder, String name, BiFunction<Limits, Duration, Limits> setter) {
        Duration time = parsed.matchedOptionValue(name, null);
        if (time != null) {
            builder.limits(limits -> setter.apply(limits, time));
        }
    }
}
