package io.lbkit.examples;

import io.lbkit.AddressSet;
import io.lbkit.Backend;
import io.lbkit.HealthCheck;
import io.lbkit.Route;
import io.lbkit.SendProxy;
import io.lbkit.Tls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The words of the command line: addresses, backends, durations and rates. What cannot be understood is an
 * {@link IllegalArgumentException} whose message says what is expected. Stateless.
 */
final class CliText {

    private static final String BURST = ",burst=";

    private CliText() {}

    /** {@code HOST:PORT}, {@code [IPV6]:PORT} or {@code unix:PATH}. */
    static SocketAddress address(String text) {
        if (text.startsWith("unix:")) {
            return UnixDomainSocketAddress.of(text.substring("unix:".length()));
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean brackets = host.startsWith("[") && host.endsWith("]");
        if (brackets) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isEmpty() || host.contains(":") != brackets) {
            throw new IllegalArgumentException("expected HOST:PORT, [IPV6]:PORT or unix:PATH, not '" + text + "'");
        }
        int port = number(text.substring(colon + 1), "port", 0, 65535);
        return new InetSocketAddress(resolve(host), port);
    }

    /** A client: an address as above, or without the port. */
    static SocketAddress client(String text) {
        boolean alone = !text.startsWith("unix:")
                && (text.endsWith("]")
                        || text.indexOf(':') < 0
                        || text.indexOf(':') != text.lastIndexOf(':') && text.charAt(0) != '[');
        return alone ? new InetSocketAddress(resolve(text), 0) : address(text);
    }

    private static InetAddress resolve(String host) {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("unknown host '" + host + "'");
        }
    }

    /** {@code ADDRESS[,id=NAME][,weight=N][,max=N][,backup][,tls[,verify=off][,sni=NAME]]}. */
    static Backend backend(String text) {
        String[] parts = text.split(",", -1);
        Backend backend = Backend.of(address(parts[0]));
        List<String> ofTls = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            String value = parts[i].substring(equals + 1);
            switch (equals < 0 ? parts[i] : parts[i].substring(0, equals + 1)) {
                case "id=" -> backend = backend.id(value);
                case "weight=" -> backend = backend.weight(number(value, "weight", 0, 65535));
                case "max=" -> backend = backend.maxConnections(number(value, "max", 1, Integer.MAX_VALUE));
                case "backup" -> backend = backend.backup();
                case "tls", "verify=", "sni=" -> ofTls.add(parts[i]);
                default ->
                    throw new IllegalArgumentException("expected id=NAME, weight=N, max=N, backup, tls, verify=off or"
                            + " sni=NAME after the address, not '" + parts[i] + "'");
            }
        }
        return ofTls.isEmpty() ? backend : backend.tls(tls(ofTls));
    }

    private static Tls tls(List<String> words) {
        if (!words.contains("tls")) {
            throw new IllegalArgumentException("'" + words.get(0) + "' is of no use without tls");
        }
        Tls tls = Tls.client();
        for (String word : words) {
            if (word.startsWith("sni=")) {
                tls = tls.serverName(word.substring("sni=".length()));
            } else if (word.equals("verify=off")) {
                tls = tls.verify(false);
            } else if (!word.equals("tls")) {
                throw new IllegalArgumentException("expected verify=off, not '" + word + "'");
            }
        }
        return tls;
    }

    /** {@code tcp}, {@code http:PATH}, or either with {@code ,port=N}. */
    static HealthCheck healthCheck(String text) {
        int comma = text.lastIndexOf(",port="); // a path may have commas
        String what = comma < 0 ? text : text.substring(0, comma);
        HealthCheck check;
        if (what.equals("tcp")) {
            check = HealthCheck.tcp();
        } else if (what.startsWith("http:")) {
            check = HealthCheck.http(what.substring("http:".length()));
        } else {
            throw new IllegalArgumentException(
                    "expected tcp or http:PATH, and perhaps ,port=N after it, not '" + text + "'");
        }
        return comma < 0 ? check : check.port(number(text.substring(comma + ",port=".length()), "port", 1, 65535));
    }

    /** {@code v1} or {@code v2}. */
    static SendProxy sendProxy(String text) {
        return switch (text) {
            case "v1" -> SendProxy.V1;
            case "v2" -> SendProxy.V2;
            default -> throw new IllegalArgumentException("expected v1 or v2, not '" + text + "'");
        };
    }

    /** An address or a prefix, which comes back as it is. */
    static String prefix(String text) {
        AddressSet.of(text); // complains
        return text;
    }

    /** {@code NAME=ADDRESS}, which comes back as it is. */
    static String named(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException("expected NAME=HOST:PORT, not '" + text + "'");
        }
        Route.named("sni").serverName(text.substring(0, equals)); // complains
        backend(text.substring(equals + 1));
        return text;
    }

    /** @param burst at once after a rest; 0 for those of a second */
    record Rate(int perSecond, int burst) {}

    /** {@code N/s}, or {@code N/s,burst=M}. */
    static Rate rate(String text, int most) {
        int unit = text.indexOf("/s");
        String rest = unit < 0 ? "" : text.substring(unit + "/s".length());
        if (unit < 0 || !rest.isEmpty() && !rest.startsWith(BURST)) {
            throw new IllegalArgumentException("expected a rate such as 100/s or 100/s,burst=20, not '" + text + "'");
        }
        int burst = rest.isEmpty() ? 0 : number(rest.substring(BURST.length()), "burst", 1, most);
        return new Rate(number(text.substring(0, unit), "rate", 1, most), burst);
    }

    /** What is left of a number that may, and need not, be said to be a second's. */
    static String perSecond(String text) {
        return text.endsWith("/s") ? text.substring(0, text.length() - "/s".length()) : text;
    }

    static int number(String text, String what, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, like a number out of range.
        }
        throw new IllegalArgumentException(
                "expected a " + what + " between " + least + " and " + most + ", not '" + text + "'");
    }

    /**
     * A number, or one with {@code k}, {@code M} or {@code G} of either case after it, which are 1024, 1024² and 1024³ as with
     * curl, rsync and nginx.
     */
    static int bytes(String text, String what, int least) {
        int shift =
                text.isEmpty() ? 0 : 10 * (1 + "kmg".indexOf(Character.toLowerCase(text.charAt(text.length() - 1))));
        String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
        if (digits.matches("[0-9]{1,10}")) {
            long number = Long.parseLong(digits) << shift;
            if (number >= least && number <= Integer.MAX_VALUE) {
                return (int) number;
            }
        }
        throw new IllegalArgumentException("expected " + what + " between " + least + " and " + Integer.MAX_VALUE
                + ", such as 500k or 10M, not '" + text + "'");
    }

    /** {@code 500ms}, {@code 2s}, {@code 10m}, {@code 1h}, or {@code off}, which is zero. */
    static Duration duration(String text) {
        if (text.equals("off")) {
            return Duration.ZERO;
        }
        int unit = 0;
        while (unit < text.length() && Character.isDigit(text.charAt(unit))) {
            unit++;
        }
        if (unit > 0 && unit < 10) {
            long n = Long.parseLong(text.substring(0, unit));
            Duration read = switch (text.substring(unit)) {
                case "ms" -> Duration.ofMillis(n);
                case "s" -> Duration.ofSeconds(n);
                case "m" -> Duration.ofMinutes(n);
                case "h" -> Duration.ofHours(n);
                default -> null;
            };
            if (read != null) {
                return read;
            }
        }
        throw new IllegalArgumentException("expected a time such as 500ms, 2s, 10m, 1h or off, not '" + text + "'");
    }
}
