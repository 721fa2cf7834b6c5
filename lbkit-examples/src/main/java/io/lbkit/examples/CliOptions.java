package io.lbkit.examples;

import static io.lbkit.examples.CliParser.flag;
import static io.lbkit.examples.CliParser.list;
import static io.lbkit.examples.CliParser.one;

import io.lbkit.selector.Selectors;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What the command line may say, for the parser and its help: declared by calls rather than annotations, which saves the
 * reflection. How values are read is in {@link CliWords}. Stateless.
 */
final class CliOptions {

    private CliOptions() {}

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
        spec.addOption(list(
                        "--listen",
                        "HOST:PORT",
                        "Where to accept clients: HOST:PORT, [IPV6]:PORT or unix:PATH; port 0 for any. Repeatable.")
                .required(true)
                .build());
        list(
                spec,
                "--backend",
                "HOST:PORT[,id=NAME][,weight=N][,max=N][,backup][,tls[,verify=off][,sni=NAME]]",
                "A server: its address, id, weight (0 for no new connections), maximum of connections, and"
                        + " whether it stands by for when no other can be had. Repeatable.");
        one(
                spec,
                "--selector",
                "NAME",
                "How to choose: " + String.join(", ", Selectors.names()) + ". Default: power-of-two.");
        time(spec, "--connect-timeout", "For one connect; then another backend is tried. Default: 3s.");
        time(spec, "--idle-timeout", "Without a byte either way, or off. Default: 10m.");
        time(spec, "--half-close-timeout", "Without a byte after one side has ended, or off. Default: 30s.");
        time(spec, "--first-byte-timeout", "From the connect to the backend's first byte, or off. Default: off.");
        time(spec, "--max-age", "Of a connection, or off. Default: off.");
        time(spec, "--drain-timeout", "For connections to end by themselves at a stop; off cuts them. Default: 30s.");
        one(spec, "--max-connections", "N", "At once; more wait in the backlog. Default: no limit.");
        one(
                spec,
                "--health-check",
                "tcp|http:PATH[,port=N]",
                "How to find out whether backends are well: by a connection, or by GET answered with a"
                        + " status from 200 to 399; at their address or at another port. Default: not at all.");
        time(spec, "--health-interval", "From one check to the next. Default: 5s.");
        time(spec, "--health-timeout", "For one check. Default: 2s.");
        one(spec, "--rise", "N", "Checks in a row that must pass to bring a backend back. Default: 2.");
        one(spec, "--fall", "N", "Checks in a row that must fail to take a backend out. Default: 3.");
        time(
                spec,
                "--slow-start",
                "In which a backend that was added or has recovered regains its share, or off. Default: off.");
        one(spec, "--queue", "N", "Connections that may wait while every backend has its maximum. Default: 0.");
        time(spec, "--queue-timeout", "In that queue. Default: 3s.");
        clients(spec);
        one(
                spec,
                "--bandwidth",
                "BYTES[/s]",
                "A second, of each connection and each way, 1k at least, such as 500k or 10M: k, M and G are 1024,"
                        + " 1024^2 and 1024^3. Default: no limit.");
        one(spec, "--loops", "N", "Event loops, each a thread. Default: one for each processor, at most 4.");
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

    /** Who they are, who tells whom about it, who may come in, and how fast. */
    private static void clients(CommandSpec spec) {
        flag(spec, "--accept-proxy", "Every connection must begin with a PROXY header that says who the client is.");
        list(
                spec,
                "--trust",
                "CIDR",
                "Only connections from there must, others are plain. Repeatable. Default: everywhere.");
        one(
                spec,
                "--send-proxy",
                "v1|v2",
                "Tell every backend who the client is, by a PROXY header of that version. Default: not at all.");
        time(
                spec,
                "--prelude-timeout",
                "For all that has to come before a backend is chosen: PROXY header, TLS handshake or hello. Default: 3s.");
        list(
                spec,
                "--sni",
                "NAME=HOST:PORT",
                "Clients whose TLS asks for this name, or *.NAME, go there and not to a --backend; with one"
                        + " name again, to several. Repeatable.");
        one(
                spec,
                "--tls-cert",
                "FILE",
                "Clients speak TLS: the certificate and those that vouch for it, as PEM. Default: they do not.");
        one(spec, "--tls-key", "FILE", "The private key of that certificate, as PEM.");
        list(spec, "--allow", "CIDR", "Who may come in; then nobody else may. Repeatable. Default: everybody.");
        list(
                spec,
                "--deny",
                "CIDR",
                "Who may not come in. The longest prefix of both lists decides. Repeatable. Default: nobody.");
        one(spec, "--max-per-client", "N", "Connections of one client at once; more are reset. Default: no limit.");
        one(spec, "--rate", "N/s", "Connections accepted in a second; more wait in the backlog. Default: no limit.");
    }

    private static void time(CommandSpec spec, String name, String description) {
        one(spec, name, "TIME", description);
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
}
