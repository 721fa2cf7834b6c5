package io.lbkit.core.health;

import io.lbkit.BackendState;
import io.lbkit.HealthCheck;
import io.lbkit.HealthQuestion;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.backend.BackendWatch;
import io.lbkit.core.backend.CheckRecord;
import io.lbkit.core.loop.Errands;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.wire.LogText;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which backends are well, and tells the table what is news.
 *
 * <p>Owned by the control loop.
 */
final class HealthMonitor implements BackendWatch {

    private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);

    /** What is known of one backend. */
    private static final class Checkup {
        final BackendEntry entry;
        final RiseFall state;
        List<SocketAddress> addresses;
        CheckRecord record;

        Checkup(BackendEntry entry, RiseFall state) {
            this.entry = entry;
            this.state = state;
            this.addresses = entry.backend().addresses();
            this.record = CheckRecord.begin(state.isUp(), entry.check());
            entry.onCheck(record);
        }

        void keep(CheckRecord next) {
            record = next;
            entry.onCheck(next);
        }
    }

    private final String proxy;
    private final EventLoop control;
    private final HealthCheck check;
    private final BackendTable table;
    private final Rounds rounds;
    private final Map<BackendEntry, Checkup> checkups = new LinkedHashMap<>();
    private boolean running;

    /** @param probers one for each loop */
    HealthMonitor(
            String proxy,
            HealthCheck check,
            EventLoop control,
            List<Prober> probers,
            Errands errands,
            SecureDialer secure,
            BackendTable table) {
        this.proxy = proxy;
        this.control = control;
        this.check = check;
        this.table = table;
        long timeoutNanos = check.timeout().toNanos();
        if (check.question() instanceof HealthQuestion.HostTest host) {
            // Bounded by the threads they take.
            HostChecks calls = new HostChecks(control, errands, host.test(), timeoutNanos);
            rounds = new Rounds(control, Pace.of(check, Integer.MAX_VALUE), calls, this::onOutcome);
        } else {
            Addresses addresses = new Addresses(check.port(), check.address());
            Probes probes = new Probes(
                    control,
                    probers,
                    addresses,
                    Scripts.of(check.question()),
                    timeoutNanos,
                    check.tls() ? secure : null);
            rounds = new Rounds(control, Pace.of(check, check.concurrency()), probes, this::onOutcome);
        }
    }

    /** The first backends are known; those that come later are checked soon. */
    void start() {
        running = true;
    }

    /** Checks nobody any more. */
    void stop() {
        rounds.stop();
    }

    /** How many checks are under way. */
    int inFlight() {
        return rounds.inFlight();
    }

    @Override
    public void onAdded(BackendEntry entry) {
        boolean up = check.initiallyUp();
        checkups.put(entry, new Checkup(entry, new RiseFall(check.rise(), check.fall(), up)));
        rounds.end(entry); // of a life before its removal
        rounds.begin(entry, running || !up);
    }

    /** Where it is has changed perhaps, or whether it wants to be checked. */
    @Override
    public void onUpdated(BackendEntry entry) {
        Checkup checkup = checkups.get(entry);
        if (checkup == null) {
            return;
        }
        if (entry.state() == BackendState.MAINTENANCE) {
            rounds.end(entry);
            checkup.state.restart();
        } else if (!rounds.isAsked(entry)) {
            rounds.begin(entry, true);
        } else if (!checkup.addresses.equals(entry.backend().addresses())) {
            checkup.state.restart();
            rounds.restart(entry);
        }
        checkup.addresses = entry.backend().addresses();
    }

    @Override
    public void onRemoved(BackendEntry entry) {
        checkups.remove(entry);
        rounds.end(entry);
    }

    private boolean onOutcome(BackendEntry entry, Outcome outcome) {
        Checkup checkup = checkups.get(entry);
        if (checkup == null) {
            return false;
        }
        String why = LogText.of(outcome.why());
        boolean passed = outcome.verdict() == Outcome.Verdict.PASSED;
        if (!passed) {
            LOG.debug("{}: check of backend {} {}: {}", proxy, entry.backend(), outcome.verdict(), why);
        }
        CheckRecord record = checkup.record;
        if (outcome.verdict() == Outcome.Verdict.SPOILT) {
            checkup.keep(record.afterSpoilt());
            return checkup.state.isChanging();
        }
        boolean changed = checkup.state.on(passed);
        checkup.keep(record.after(passed, changed, why, control.nowNanos()));
        if (changed) {
            table.onChecked(entry, passed, why);
        }
        return checkup.state.isChanging();
    }
}
