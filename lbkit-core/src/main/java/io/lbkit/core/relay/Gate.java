package io.lbkit.core.relay;

import io.lbkit.AccessRules;
import io.lbkit.Admission;
import io.lbkit.Admission.Limit;
import io.lbkit.CloseReason;
import io.lbkit.core.admission.ClientTable;
import io.lbkit.core.admission.Rate;
import io.lbkit.core.admission.Verdict;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in, by the address of the client as it was announced, and how many of one address.
 *
 * <p>Shared; immutable but for the {@link ClientTable}, which has a lock.
 */
public final class Gate {

    private final AccessRules access;
    private final @Nullable ClientTable clients;
    private final Set<Verdict> forgiven; // in a dry run

    /** @param chance asked once, and only if clients are counted */
    public Gate(AccessRules access, Admission admission, RandomGenerator chance) {
        this.access = access;
        this.forgiven = forgiven(admission);
        int most = admission.connectionsPerClient();
        int rate = admission.clientConnectionsPerSecond();
        this.clients = most == 0 && rate == 0
                ? null
                : new ClientTable(
                        admission.clients(),
                        most == 0 ? Integer.MAX_VALUE : most,
                        rate == 0 ? null : new Rate(rate, admission.clientConnectionsBurst()),
                        admission.ipv6PrefixBits(),
                        chance.nextLong());
    }

    private static Set<Verdict> forgiven(Admission admission) {
        boolean tooMany = admission.dryRun().contains(Limit.CONNECTIONS_PER_CLIENT);
        boolean tooFast = admission.dryRun().contains(Limit.CLIENT_CONNECTIONS_PER_SECOND);
        Set<Verdict> forgiven = EnumSet.noneOf(Verdict.class);
        if (tooMany) {
            forgiven.add(Verdict.TOO_MANY);
        }
        if (tooFast) {
            forgiven.add(Verdict.TOO_FAST);
        }
        boolean counts = admission.connectionsPerClient() > 0 && !tooMany;
        boolean measures = admission.clientConnectionsPerSecond() > 0 && !tooFast;
        if (!counts && !measures) {
            forgiven.add(Verdict.NO_ROOM);
        }
        return Set.copyOf(forgiven);
    }

    /** Whether an address is on the lists; those without an IP address are on none. */
    boolean allows(long high, long low) {
        return access == AccessRules.NONE || (high | low) == 0 || access.allows(high, low);
    }

    boolean isAccessDryRun() {
        return access.dryRun();
    }

    /** Judges one more connection of a client, and counts it if {@link #isCounted}. */
    Verdict count(long high, long low, long nowNanos) {
        return clients == null ? Verdict.ADMITTED : clients.admit(high, low, nowNanos, forgiven);
    }

    boolean isCounted(Verdict verdict) {
        return clients != null && verdict.isCounted(forgiven);
    }

    /** Whether one of whom this is said comes in all the same. */
    boolean isDryRun(Verdict verdict) {
        return forgiven.contains(verdict);
    }

    static CloseReason reasonOf(Verdict verdict) {
        return verdict == Verdict.TOO_MANY ? CloseReason.CLIENT_FULL : CloseReason.TOO_FAST;
    }

    /** A connection that was counted has ended. */
    void release(long high, long low) {
        if (clients != null) {
            clients.release(high, low);
        }
    }

    /** How many clients have connections now; 0 if nobody counts them. */
    public int clients() {
        return clients == null ? 0 : clients.clients();
    }
}
