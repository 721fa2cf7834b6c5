package io.lbkit.core.backend;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.ConnectionInfo;
import io.lbkit.Explanation;
import io.lbkit.Explanation.Verdict;
import io.lbkit.Selector;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Makes the choice that a session would make now, by a copy of the selector and by chance of its own, and says why.
 *
 * <p>Owned by the control loop.
 */
final class Explainer {

    private final Snapshot snapshot;
    private final long nowNanos;
    private final Chance chance;
    private final CandidateView view = new CandidateView();

    Explainer(Snapshot snapshot, long nowNanos) {
        this.snapshot = snapshot;
        this.nowNanos = nowNanos;
        this.chance = new Chance(new SplittableRandom(nowNanos));
    }

    /** Remembers whether it was needed. */
    private static final class Chance implements RandomGenerator {
        private final RandomGenerator random;
        private boolean used;

        Chance(RandomGenerator random) {
            this.random = random;
        }

        @Override
        public long nextLong() {
            used = true;
            return random.nextLong();
        }
    }

    private record Inquiry(
            SocketAddress clientAddress,
            SocketAddress listenerAddress,
            @Nullable String serverName,
            @Nullable String route,
            RandomGenerator random,
            long nowNanos)
            implements ConnectionInfo {
        @Override
        public SocketAddress peerAddress() {
            return clientAddress();
        }

        @Override
        public long sessionId() {
            return -1;
        }

        @Override
        public long clientIpHigh() {
            return ClientIp.high(ClientIp.bytes(clientAddress));
        }

        @Override
        public long clientIpLow() {
            return ClientIp.low(ClientIp.bytes(clientAddress));
        }

        @Override
        public int attempt() {
            return 1;
        }

        @Override
        public boolean tried(Backend backend) {
            return false;
        }
    }

    Explanation explain(
            SocketAddress client, SocketAddress listener, @Nullable String serverName, @Nullable String route) {
        view.show(snapshot, List.of(), true, chance, nowNanos);
        Backend chosen =
                view.size() == 0 ? null : choose(new Inquiry(client, listener, serverName, route, chance, nowNanos));
        IdentityHashMap<BackendEntry, Integer> positions = new IdentityHashMap<>();
        for (int position = 0; position < snapshot.size(); position++) {
            positions.put(snapshot.entry(position), position);
        }
        List<Verdict> verdicts = new ArrayList<>();
        for (BackendEntry entry : snapshot.all()) {
            Integer position = positions.get(entry);
            boolean candidate = position != null && view.indexOf(position) != Selector.NONE;
            String why = candidate ? numbers(entry) : whyNot(entry, position);
            verdicts.add(new Verdict(entry.backend(), entry.state(), candidate, why));
        }
        Tiers tiers = snapshot.tiers();
        return new Explanation(client, route, tiers.mode(), tiers.priority(), chosen, chance.used, verdicts);
    }

    private @Nullable Backend choose(ConnectionInfo inquiry) {
        try {
            int index = snapshot.selector().trial().select(view, inquiry);
            return index < 0 || index >= view.size() ? null : view.backend(index);
        } catch (Throwable thrown) {
            return null; // as it would end the session
        }
    }

    private String numbers(BackendEntry entry) {
        String limit = entry.most() == Backend.UNLIMITED ? "" : " of " + entry.most();
        String weight =
                String.format(Locale.ROOT, "%.4g", entry.condition().weight()).replaceFirst("\\.?0+$", "");
        return "weight " + weight + ", sessions " + entry.active() + limit
                + (entry.condition().why().isEmpty()
                        ? ""
                        : "; though " + entry.condition().why());
    }

    private String whyNot(BackendEntry entry, @Nullable Integer position) {
        BackendState state = entry.state();
        String why = entry.condition().why();
        String because = why.isEmpty() ? "" : ": " + why;
        String since = " for " + seconds(nowNanos - entry.condition().sinceNanos());
        return switch (state) {
            case REMOVED, MAINTENANCE, DRAINING -> state + since + because + ", sessions left " + entry.active();
            case DOWN -> "down" + since + because;
            case EJECTED ->
                "ejected for another " + seconds(entry.condition().ejectedUntilNanos() - nowNanos) + because;
            case PROBING, RAMPING, UP -> whyNotThough(entry, position);
        };
    }

    private String whyNotThough(BackendEntry entry, @Nullable Integer position) {
        if (entry.condition().weight() == 0) {
            return "its weight is 0";
        }
        if (position == null) {
            return "about to come in";
        }
        if (entry.isProbed()) {
            return "on probation, and has the one session that it may have";
        }
        if (entry.isFull()) {
            return "full, sessions " + entry.active() + " of " + entry.most();
        }
        return "of tier " + entry.backend().priority();
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", Math.max(0, nanos) / 1e9);
    }
}
