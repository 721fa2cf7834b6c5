package io.lbkit.core.wire;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which route a server name takes: that of the name itself, or that of the longest wildcard, or none.
 *
 * <p>{@code *.example.org} stands for one or more labels, as in nginx ({@code server_name}, {@code hostnames} of
 * {@code map}) and Envoy ({@code server_names} of a filter chain): for {@code a.example.org} and {@code a.b.example.org},
 * not for {@code example.org}. Certificates are stricter (RFC 9525: one label), and so is HAProxy when it chooses one;
 * for routes that would only mean more lines. {@code *} alone is the default, and also takes those that name nobody.
 *
 * <p>Immutable.
 */
public final class ServerNames {

    /** What {@link #routeOf} says if nothing fits. */
    public static final int NONE = -1;

    private final Map<String, Integer> exact = new HashMap<>();
    private final Map<String, Integer> suffixes = new HashMap<>();
    private final int otherwise;

    /**
     * Patterns in the order of their routes: the first is that of route 0.
     *
     * @throws IllegalArgumentException for a pattern that is none, or is there twice
     */
    public ServerNames(List<String> patterns) {
        int all = NONE;
        for (int route = 0; route < patterns.size(); route++) {
            String pattern = patterns.get(route);
            if (pattern.equals("*") && all == NONE) {
                all = route;
                continue;
            }
            boolean wild = pattern.startsWith("*.");
            String name = HostName.of(wild ? pattern.substring(2) : pattern);
            if (name == null || (wild ? suffixes : exact).putIfAbsent(name, route) != null) {
                throw new IllegalArgumentException("server name is \"" + printable(pattern)
                        + "\", must be a host name, *. and a host name, or *, and each only once");
            }
        }
        otherwise = all;
    }

    private static String printable(String pattern) {
        StringBuilder text = new StringBuilder();
        pattern.chars().forEach(c -> text.append(c >= 0x20 && c < 0x7f ? (char) c + "" : String.format("\\u%04x", c)));
        return text.toString();
    }

    /** The route of a name as {@link ClientHello} gives it, or {@link #NONE}. */
    public int routeOf(@Nullable String serverName) {
        if (serverName == null) {
            return otherwise;
        }
        Integer route = exact.get(serverName);
        for (int dot = serverName.indexOf('.'); route == null && dot >= 0; dot = serverName.indexOf('.', dot + 1)) {
            route = suffixes.get(serverName.substring(dot + 1));
        }
        return route == null ? otherwise : route;
    }
}
