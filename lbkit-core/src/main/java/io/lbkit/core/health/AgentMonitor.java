package io.lbkit.core.health;

import io.lbkit.AgentCheck;
import io.lbkit.core.backend.AgentRecord;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.backend.BackendWatch;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.wire.LogText;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the agents of backends what they want, and tells the table.
 *
 * <p>Owned by the control loop.
 */
final class AgentMonitor implements BackendWatch {

    private static final Logger LOG = LoggerFactory.getLogger(AgentMonitor.class);

    private final String proxy;
    private final BackendTable table;
    private final Rounds rounds;
    private final Map<BackendEntry, List<SocketAddress>> addresses = new LinkedHashMap<>();
    private boolean running;

    /** @param probers one for each loop */
    AgentMonitor(String proxy, AgentCheck check, EventLoop control, List<Prober> probers, BackendTable table) {
        this.proxy = proxy;
        this.table = table;
        Addresses where = new Addresses(check.port(), check.address());
        Probes probes = new Probes(
                control, probers, where, Scripts.ofAgent(), check.timeout().toNanos(), null);
        rounds = new Rounds(control, Pace.of(check), probes, this::onOutcome);
    }

    /** The first backends are known; the agents of those that come later are asked soon. */
    void start() {
        running = true;
    }

    /** Asks nobody any more. */
    void stop() {
        rounds.stop();
    }

    /** How many questions are under way. */
    int inFlight() {
        return rounds.inFlight();
    }

    @Override
    public void onAdded(BackendEntry entry) {
        addresses.put(entry, entry.backend().addresses());
        if (entry.agent() == null) {
            entry.onAgent(AgentRecord.NONE);
        }
        rounds.end(entry); // of a life before its removal
        rounds.begin(entry, running);
    }

    @Override
    public void onUpdated(BackendEntry entry) {
        List<SocketAddress> now = entry.backend().addresses();
        if (!now.equals(addresses.put(entry, now))) {
            rounds.restart(entry);
        }
    }

    @Override
    public void onRemoved(BackendEntry entry) {
        addresses.remove(entry);
        rounds.end(entry);
    }

    private boolean onOutcome(BackendEntry entry, Outcome outcome) {
        String line = LogText.of(outcome.why());
        AgentRecord record = entry.agent() == null ? AgentRecord.NONE : entry.agent();
        if (outcome.verdict() != Outcome.Verdict.PASSED) {
            LOG.debug("{}: agent of backend {}: {}", proxy, entry.backend(), line);
            entry.onAgent(record.afterSilence());
            return false;
        }
        AgentWord word = AgentText.read(outcome.why());
        entry.onAgent(record.after(word.understood(), word.misunderstood(), line));
        if (word.understood() > 0) {
            table.onAgent(entry, word.after(table.agentWish(entry)));
        }
        return false;
    }
}
