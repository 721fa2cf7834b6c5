package io.lbkit.core.relay;

import io.lbkit.BackendState;
import io.lbkit.FirstBytes;
import io.lbkit.FirstBytes.Verdict;
import io.lbkit.Route;
import io.lbkit.core.observe.HostFailure;
import io.lbkit.core.wire.ClientHello;
import io.lbkit.core.wire.Reading;
import io.lbkit.core.wire.ServerNames;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which pool serves a client, by its first bytes; the rules are explained at {@link Route}. The answer is the same however the
 * bytes were cut.
 *
 * <p>Immutable, as far as the host's matchers are.
 */
public final class Routes {

    /** Server names, and where each of them leads. */
    private record Names(ServerNames patterns, List<Lane> lanes) {

        static Names of(List<String> patterns, List<Lane> lanes) {
            return new Names(new ServerNames(patterns), List.copyOf(lanes));
        }

        @Nullable
        Lane laneOf(@Nullable String serverName) {
            int index = patterns.routeOf(serverName);
            return index == ServerNames.NONE ? null : lanes.get(index);
        }
    }

    private record Matcher(FirstBytes knows, Lane lane) {

        Verdict look(ByteBuffer bytes) {
            try {
                return knows.look(bytes);
            } catch (Throwable thrown) {
                throw HostFailure.of(thrown);
            }
        }
    }

    private final Lane otherwise;
    private final Choice unasked;
    private final int mostBytes;
    private final boolean readsHello;
    private final Names names; // of the routes that ask for no protocol
    private final Map<String, Names> namesByProtocol = new HashMap<>();
    private final List<Matcher> matchers = new ArrayList<>();

    /**
     * @param lanes one for each route
     * @param otherwise of the default route
     * @param bufferBytes the largest buffer there is
     */
    public Routes(List<Route> routes, List<Lane> lanes, Lane otherwise, int bufferBytes) {
        this.otherwise = otherwise;
        this.unasked = Choice.of(otherwise, null);
        this.mostBytes = Math.min(ClientHello.MOST_BYTES, bufferBytes - Direction.MOST_PREFIX);
        this.names = namesOf(routes, lanes, null);
        boolean tls = false;
        for (int i = 0; i < routes.size(); i++) {
            Route route = routes.get(i);
            tls |= !route.serverNames().isEmpty() || !route.protocols().isEmpty();
            for (String protocol : route.protocols()) {
                namesByProtocol.computeIfAbsent(protocol, key -> namesOf(routes, lanes, key));
            }
            FirstBytes matcher = route.firstBytes();
            if (matcher != null) {
                matchers.add(new Matcher(matcher, lanes.get(i)));
            }
        }
        this.readsHello = tls;
    }

    /** The names of the routes that ask for a protocol, or for none. */
    private static Names namesOf(List<Route> routes, List<Lane> lanes, @Nullable String protocol) {
        List<String> patterns = new ArrayList<>();
        List<Lane> leads = new ArrayList<>();
        for (int i = 0; i < routes.size(); i++) {
            Route route = routes.get(i);
            boolean any = protocol != null && route.serverNames().isEmpty();
            boolean asks = protocol == null
                    ? route.protocols().isEmpty()
                    : route.protocols().contains(protocol);
            for (String pattern : asks ? any ? List.of("*") : route.serverNames() : List.<String>of()) {
                patterns.add(pattern);
                leads.add(lanes.get(i));
            }
        }
        return Names.of(patterns, leads);
    }

    /** Whether anything has to be read before a pool is known. */
    boolean isNone() {
        return !readsHello && matchers.isEmpty();
    }

    /** What comes of it if nothing has to be read. */
    Choice unasked() {
        return unasked;
    }

    /** The pool of the default route. */
    Lane otherwise() {
        return otherwise;
    }

    /** How many bytes are looked at, at most. */
    int mostBytes() {
        return mostBytes;
    }

    /**
     * Decides, if so much is enough.
     *
     * @param bytes from the first one on; they are left as they are
     * @param all whether nothing follows that could be looked at
     * @throws RuntimeException whatever a matcher has thrown
     */
    Choice choose(ByteBuffer bytes, boolean all) {
        String serverName = null;
        if (readsHello) {
            Reading<ClientHello> reading = ClientHello.read(bytes, mostBytes);
            ClientHello hello = reading.value();
            if (hello != null) {
                serverName = hello.serverName();
                Lane lane = laneOf(serverName, hello.protocols());
                if (lane != null) {
                    return Choice.of(lane, serverName);
                }
            } else if (reading.state() == Reading.State.MALFORMED) {
                return Choice.rejecting(reading.flaw());
            } else if (reading.state() == Reading.State.MORE && !all) {
                return Choice.NEEDS_MORE;
            }
        }
        for (Matcher matcher : matchers) {
            Verdict verdict = bytes.hasRemaining() ? matcher.look(bytes.asReadOnlyBuffer()) : Verdict.NEEDS_MORE;
            if (verdict == Verdict.MATCHES) {
                return Choice.of(matcher.lane, serverName);
            } else if (verdict == Verdict.NEEDS_MORE && !all) {
                return Choice.NEEDS_MORE; // one that comes later must not be asked before this one has decided
            }
        }
        return isEmpty(otherwise) ? Choice.noRoute(serverName) : Choice.of(otherwise, serverName);
    }

    /**
     * Decides by what a client has said in the handshake of a TLS that ends here; its first bytes are not looked at.
     *
     * @param serverName empty if it named nobody
     * @param protocol what was agreed on, empty if nothing was
     */
    Choice choose(String serverName, String protocol) {
        String name = serverName.isEmpty() ? null : serverName;
        Lane lane = laneOf(name, protocol.isEmpty() ? List.of() : List.of(protocol));
        if (lane == null && !isNone() && isEmpty(otherwise)) {
            return Choice.noRoute(name);
        }
        return Choice.of(lane == null ? otherwise : lane, name);
    }

    /** The name of the route of those who want a server and offer protocols in a ClientHello; null for the default route. */
    public @Nullable String routeOf(@Nullable String serverName, List<String> protocols) {
        Lane lane = laneOf(serverName, protocols);
        return lane == null ? null : lane.route();
    }

    /** Where a name and protocols lead; null if to none of the routes. */
    private @Nullable Lane laneOf(@Nullable String serverName, List<String> protocols) {
        for (String protocol : protocols) {
            Names own = namesByProtocol.get(protocol);
            Lane lane = own == null ? null : own.laneOf(serverName);
            if (lane != null) {
                return lane;
            }
        }
        return names.laneOf(serverName);
    }

    /** Those that were removed do not count; those that are drained do, because they may come back. */
    private static boolean isEmpty(Lane lane) {
        return lane.pool().current().all().stream().allMatch(entry -> entry.state() == BackendState.REMOVED);
    }
}
